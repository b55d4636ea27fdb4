import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayKey, type TestApi, testApi } from '../../kit/api.ts'

let api: TestApi
let menu: string

/** The request of source document 5, as it stands there. */
const sample = {
  sessionId: 'ATx138920183226162773',
  serviceCode: '*384*303',
  phoneNumber: '+254722000000',
  text: '1',
}
const bank = {
  name: 'Bank',
  start: 'main',
  menus: {
    main: {
      prompt: 'Welcome to the bank.',
      options: [
        { key: '1', label: 'your account', action: { kind: 'menu', menu: 'account' } },
        { key: '2', label: 'to be called back', action: { kind: 'dial', to: ['+15550142'] } },
        {
          key: '3',
          label: 'a text',
          action: { kind: 'message', to: '+15550143', text: '{caller} chose {label}', say: 'Sent.' },
        },
        { key: '4', label: 'the operator', action: { kind: 'conference', room: 'ops' } },
      ],
    },
    account: {
      prompt: 'Your account.',
      options: [
        { key: '1', label: 'the balance', action: { kind: 'hangup', say: 'Your balance is 12.' } },
        { key: '*', label: 'cards', action: { kind: 'say', say: 'You have no cards.' } },
      ],
    },
  },
}

beforeAll(async () => {
  api = await testApi()
  menu = (await api.call('POST', '/v1/menus', { body: bank })).json<{ id: string }>().id
  const made = await api.call('POST', '/v1/ussd/codes', { body: { code: '*384*303', menu } })
  expect(made.statusCode).toBe(201)
})
afterAll(() => api.close())

const post = (body: object, query = `?key=${gatewayKey}`, headers = {}) =>
  api.call('POST', `/ussd${query}`, { body, token: '', headers })
const form = (fields: Record<string, string>) =>
  api.app.inject({
    method: 'POST',
    url: `/ussd?key=${gatewayKey}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    payload: new URLSearchParams(fields).toString(),
  })

let sessions = 0
/** What a phone sees that types these one after the other. */
async function walk(...inputs: string[]): Promise<string[]> {
  const session = { ...sample, sessionId: `walk-${sessions++}` }
  const seen = [(await post({ ...session, text: '' })).body]
  for (let n = 1; n <= inputs.length; n++)
    seen.push((await post({ ...session, text: inputs.slice(0, n).join('*') })).body)
  return seen
}

describe('a gateway for USSD', () => {
  it('answers the request of the source document', async () => {
    const reply = await post(sample)
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(reply.body).toBe('CON Your account.\n1. The balance\n*. Cards\n0. Back\n00. Home')
  })

  it('answers a form in the same way', async () => {
    const reply = await form({ ...sample, sessionId: 'form-1', networkCode: '63902' })
    expect(reply.body).toMatch(/^CON Your account\./)
  })

  it('goes on from screen to screen, and ends', async () => {
    expect(await walk('1', '1')).toEqual([
      'CON Welcome to the bank.\n1. Your account\n2. Be called back\n3. A text\n4. The operator',
      'CON Your account.\n1. The balance\n*. Cards\n0. Back\n00. Home',
      'END Your balance is 12.',
    ])
  })

  it('takes back, home, a star that is a key, and what is none of the options', async () => {
    const seen = await walk('1', '*', '0', '9')
    expect(seen[2]).toMatch(/^CON You have no cards\.\nYour account\./)
    expect(seen[3]).toMatch(/^CON Welcome/)
    expect(seen[4]).toMatch(/^CON Sorry, that is not one of the options\.\nWelcome/)
  })

  it('gives a request that comes twice the same answer, and does nothing twice', async () => {
    const before = api.phone.placed.length
    const asked = { ...sample, sessionId: 'twice', text: '2' }
    const [first, second] = await Promise.all([post(asked), post(asked)])
    const third = await post(asked)
    expect([first.body, second.body, third.body]).toEqual(
      Array.from({ length: 3 }, () => 'END You are called back now.'),
    )
    expect(api.phone.placed.slice(before)).toMatchObject([
      { from: { e164: '+254722000000' }, to: { e164: '+15550142' } },
    ])
  })

  it('sends texts, and names the number where only a call will do', async () => {
    expect((await walk('3')).at(-1)).toBe('END Sent.')
    const texts = (await api.call('GET', '/v1/messages?to=%2B15550143')).json<{ items: { body: string }[] }>()
    expect(texts.items[0]?.body).toBe('+254722000000 chose a text')
    expect((await walk('4')).at(-1)).toBe('END This is offered by phone only.')
  })

  it('says that a session is over', async () => {
    const over = { ...sample, sessionId: 'over' }
    await post({ ...over, text: '1*1' })
    expect((await post({ ...over, text: '1*1*1' })).body).toBe(
      'END This session is over. Dial *384*303# to begin again.',
    )
  })

  it('ends a session that waited for too long', async () => {
    const slow = { ...sample, sessionId: 'slow' }
    await post({ ...slow, text: '' })
    api.clock.advance(181_000)
    expect((await post({ ...slow, text: '1' })).body).toBe('END You took too long. Dial *384*303# to begin again.')
    const listed = await api.call('GET', '/v1/ussd/sessions?phone=%2B254722000000&limit=200')
    const kept = listed.json<{ items: { session: string }[] }>().items.find(({ session }) => session === 'slow')
    expect(kept).toMatchObject({ state: 'expired', reason: 'timed_out', requests: 2, code: '*384*303#' })
  })

  it('keeps subscribers apart that a gateway gives one session id', async () => {
    await post({ ...sample, sessionId: 'shared', text: '' })
    const other = await post({ ...sample, sessionId: 'shared', phoneNumber: '+254722000001', text: '1' })
    expect(other.body).toMatch(/^CON Your account\./)
    expect((await post({ ...sample, sessionId: 'shared', text: '2' })).body).toBe('END You are called back now.')
  })

  it('offers nothing at another code', async () => {
    expect((await post({ ...sample, serviceCode: '*100#' })).body).toBe('END Nothing is offered at *100#.')
  })

  it.each([
    ['no session', { ...sample, sessionId: '' }, 'sessionId'],
    ['no code', { ...sample, serviceCode: 'abc' }, 'serviceCode'],
    ['no number', { sessionId: 'x', serviceCode: '*384*303' }, 'phoneNumber'],
    ['a text with an escape', { ...sample, text: '\u001b[2J' }, 'text'],
  ])('refuses %s, and says which field', async (_, body, field) => {
    const reply = await post(body)
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({ errors: [{ field: `/${field}` }] })
  })

  it.each([
    ['no key', '', {}, 403],
    ['a wrong key', '?key=test-gateway-key-0123456780', {}, 403],
    ['a token of the API', '', { authorization: 'Bearer test-admin-token-0123456789' }, 200],
    ['a wrong token', '', { authorization: 'Bearer nothing' }, 401],
  ])('with %s', async (_, query, headers, status) => {
    expect((await post({ ...sample, sessionId: 'door' }, query, headers)).statusCode).toBe(status)
  })

  it('keeps the menu that a code leads to', async () => {
    const reply = await api.call('DELETE', `/v1/menus/${menu}`)
    expect(reply.statusCode).toBe(409)
    expect(reply.json()).toMatchObject({ code: 'in_use' })
  })

  it('serves 1,000 sessions at once', async () => {
    const steps: readonly (readonly [string, string])[] = [
      ['', 'CON Welcome to the bank.'],
      ['1', 'CON Your account.'],
      ['1*1', 'END Your balance is 12.'],
    ]
    for (const [text, screen] of steps) {
      const replies = await Promise.all(
        Array.from({ length: 1000 }, (_, i) =>
          post({ ...sample, sessionId: `many-${i}`, phoneNumber: `+2547${10_000_000 + i}`, text }),
        ),
      )
      expect(replies.filter(({ body }) => body.startsWith(screen)).length).toBe(1000)
    }
  })
})
