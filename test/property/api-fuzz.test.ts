import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await testApi()
  await api.call('POST', '/v1/extensions', { body: { username: '1001', password: 'correct horse' } })
})
afterAll(() => api.close())

// Text that has hurt parsers and databases before, beside any other.
const hurtful = [
  '\0',
  '\ud800',
  '1001',
  '+15550100',
  'sip:a\0@b',
  'sip:\ud800@b',
  "'; drop table calls; --",
  '__proto__',
  '%',
  '\r\nVia: x',
]
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...hurtful))
const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
)
const some = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] })
const bodyOf = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof(
    { weight: 4, arbitrary: some(fields) as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: fc.json().map((json) => JSON.parse(json) as unknown) },
  )
/** Mostly what would be taken, so that the other fields are looked at too. */
const right = (good: unknown, other: fc.Arbitrary<unknown> = value) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: other })

const bodies: Record<string, fc.Arbitrary<unknown>> = {
  '/v1/tokens': bodyOf({ name: right('x'), scopes: right(['read']), expiresAt: right('2027-01-01T00:00:00Z') }),
  '/v1/extensions': bodyOf({ username: value, password: right('correct horse'), name: value, outbound: value }),
  '/v1/trunks': bodyOf({
    name: value,
    uri: right('sip:a.example'),
    username: value,
    password: value,
    addresses: value,
  }),
  '/v1/numbers': bodyOf({ number: value }),
  '/v1/forwards': bodyOf({
    name: right('x'),
    targets: right([{ to: '1001', seconds: 10 }], fc.array(some({ to: value, seconds: value }), { maxLength: 3 })),
    notify: right('1001'),
    prompts: right({}, some({ greeting: value })),
  }),
  '/v1/calls': bodyOf({ from: right('1001'), to: value, seconds: right(5) }),
  '/v1/messages': bodyOf({ from: right('1001'), to: right('1001'), body: value }),
}

it.each(Object.keys(bodies))(
  'POST %s refuses what it cannot take, and never fails',
  async (url) => {
    await fc.assert(
      fc.asyncProperty(bodies[url]!, async (body) => {
        const headers = { 'content-type': 'application/json' }
        const answer = await api.call('POST', url, { body: JSON.stringify(body), headers })

        expect(answer.statusCode, answer.body).toBeLessThan(500)
        if (answer.json().code === 'invalid_request') expect(answer.json().errors.length).toBeGreaterThan(0)
      }),
      { numRuns: 100 },
    )
  },
  60_000,
)

it('text that no database or header takes is refused in each field', async () => {
  const rightBodies: Record<string, Record<string, unknown>> = {
    '/v1/tokens': { name: 'x', scopes: ['read'] },
    '/v1/extensions': { username: '1009', password: 'correct horse', name: 'x' },
    '/v1/trunks': { name: 'x', uri: 'sip:a.example', username: 'u', password: 'p' },
    '/v1/numbers': { number: '+15550100' },
    '/v1/forwards': { name: 'x', targets: [{ to: '1001' }], notify: '1001' },
    '/v1/calls': { from: '1001', to: '1001' },
    '/v1/messages': { from: '1001', to: '1001', body: 'x' },
  }
  for (const [url, right] of Object.entries(rightBodies)) {
    for (const field of Object.keys(right)) {
      for (const bad of ['a\0b', 'a\ud800b', 'sip:a\0@b', 'sip:\ud800@b']) {
        const wrong = Array.isArray(right[field]) ? [field === 'targets' ? { to: bad } : bad] : bad
        const answer = await api.call('POST', url, { body: { ...right, [field]: wrong } })
        expect(answer.statusCode, `${url} ${field} ${JSON.stringify(bad)} ${answer.body}`).toBe(400)
      }
    }
  }
}, 60_000)

// Lone surrogates cannot stand in a URL.
const part = (raw: string): string => encodeURIComponent(Buffer.from(raw).toString())

it.each(['/v1/extensions', '/v1/numbers', '/v1/calls', '/v1/messages', '/v1/forwards', '/r'])(
  'GET %s/{anything} never fails',
  async (url) => {
    await fc.assert(
      fc.asyncProperty(text, text, async (id, query) => {
        for (const path of [`/${part(id)}`, `?after=${part(query)}`, `?from=${part(query)}&to=${part(id)}`]) {
          const answer = await api.call('GET', url + path)
          expect(answer.statusCode, `${path} ${answer.body}`).toBeLessThan(500)
        }
      }),
      { numRuns: 50 },
    )
  },
  60_000,
)
