import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkNotifyUrl } from '../../../src/main/sessions.ts'
import { type TestApi, testApi } from '../../kit/api.ts'

const inside = 'http://inside.test/hook'

/** Names of URLs are looked up when they are set, and not first when somebody is to be told. */
describe('a URL whose name leads inside', () => {
  let api: TestApi
  let number: string
  beforeAll(async () => {
    api = await testApi({ names: { 'inside.test': ['192.168.1.1'], 'outside.test': ['8.8.8.8'] } })
    number = (await api.call('POST', '/v1/numbers', { body: {} })).json().number
  })
  afterAll(() => api.close())

  const toNumber = () => `/v1/numbers/${encodeURIComponent(number)}`
  const fieldsOf = (answer: { readonly errors?: readonly { readonly field: string }[] }) =>
    answer.errors?.map(({ field }) => field)
  const assigned = (urls: object) => ({ assignment: { kind: 'notify', url: 'http://outside.test/', ...urls } })

  it.each<[field: string, method: 'POST' | 'PATCH', path: () => string, body: object]>([
    ['/url', 'POST', () => '/v1/webhooks', { url: inside, events: ['*'] }],
    ['/fallbackUrl', 'POST', () => '/v1/webhooks', { url: 'http://outside.test/', fallbackUrl: inside, events: ['*'] }],
    ['/assignment/url', 'PATCH', toNumber, assigned({ url: inside })],
    ['/assignment/fallbackUrl', 'PATCH', toNumber, assigned({ fallbackUrl: inside })],
    ['/textsUrl', 'PATCH', toNumber, { textsUrl: inside }],
    ['/callbackUrl', 'POST', () => '/v1/messages', { to: '+15550142', body: 'Hello', callbackUrl: inside }],
    ['/url', 'POST', () => '/v1/ussd/codes', { code: '*384*303', url: inside }],
  ])('is refused as %s by %s %s', async (field, method, path, body) => {
    const reply = await api.call(method, path(), { body })
    expect([reply.statusCode, fieldsOf(reply.json())]).toEqual([400, [field]])
    expect(reply.body).toContain('inside.test is 192.168.1.1, which is not a public address (private)')
  })

  it('is taken where it leads outside, or does not resolve yet', async () => {
    const urls = assigned({ fallbackUrl: 'http://not-yet.test/' })
    const reply = await api.call('PATCH', toNumber(), { body: { ...urls, textsUrl: 'http://not-yet.test/texts' } })
    expect(reply.json()).toMatchObject(urls)
  })
})

describe('a notify URL of the block API', () => {
  it.each([
    ['unresolved', 'error_unable_to_resolve_notify_url'],
    ['late', undefined],
    ['resolved', undefined],
  ] as const)('whose name is %s', async (found, code) => {
    const refused = checkNotifyUrl({ check: async () => found }, 'http://hook.test/').then(
      () => undefined,
      (error: { readonly code: string }) => error.code,
    )
    expect(await refused).toBe(code)
  })
})
