import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../../src/base/scope.ts'
import { run } from '../../../src/cli/program.ts'
import { adminToken, gatewayKey, type TestApi, testApi } from '../../kit/api.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'

const scope = new Scope('test')
let api: TestApi
let program: Receiver
let url: string

beforeAll(async () => {
  api = await testApi()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  program = await startReceiver(scope)
})
afterAll(async () => {
  await api.close()
  await scope.close()
})

async function offhook(...args: string[]) {
  const words: Record<'out' | 'err', string[]> = { out: [], err: [] }
  const code = await run(args, {
    out: { write: (text: string) => words.out.push(text) > 0 },
    err: { write: (text: string) => words.err.push(text) > 0 },
    env: { OFFHOOK_URL: url, OFFHOOK_TOKEN: adminToken },
    signal: new AbortController().signal,
  })
  return { code, out: words.out.join(''), err: words.err.join('') }
}

describe('offhook ussd', () => {
  it('goes through the menu of a code screen by screen', async () => {
    const menu = {
      name: 'Shop',
      start: 'main',
      menus: {
        main: {
          prompt: 'Shop.',
          options: [
            { key: '1', label: 'hours', action: { kind: 'say', say: 'Nine to five.' } },
            { key: '2', label: 'to leave', action: { kind: 'hangup', say: 'Bye.' } },
          ],
        },
      },
    }
    const { id } = (await api.call('POST', '/v1/menus', { body: menu })).json<{ id: string }>()
    expect(await offhook('ussd', 'add', '*384*303#', '--menu', id)).toMatchObject({
      code: 0,
      out: '*384*303# is answered.\n',
    })

    const { code, out } = await offhook('ussd', '*384*303#', '1', '2')
    expect(code).toBe(0)
    expect(out.split('\n').filter((line) => line !== '')).toEqual([
      ...['Shop.', '1. Hours', '2. Leave', '> 1', 'Nine to five.', 'Shop.', '1. Hours', '2. Leave', '> 2', 'Bye.'],
      '(the session is over)',
    ])
    expect((await offhook('ussd', '*384*303*2#', '9')).out).toMatch(/^Bye\.\n\(the session is over\)/)
    expect((await offhook('ussd', 'sessions')).out).toMatch(/\*384\*303# {2}\+15550142 {2}ended/)
  })

  it('names what is wrong with a code that is to be answered', async () => {
    expect(await offhook('ussd', 'add', 'hello')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/CODE: takes a service code/),
    })
    expect((await offhook('ussd', 'add', '*1#')).err).toMatch(/--menu: takes a menu, or `url` a program/)
  })
})

describe('a program behind a code', () => {
  const ask = async (text: string, session = 'p1') => {
    const body = { sessionId: session, serviceCode: '*500#', phoneNumber: '+254722000000', networkCode: '63902', text }
    return (await api.call('POST', `/ussd?key=${gatewayKey}`, { body, token: '' })).body
  }

  it('is asked as gateways ask, signed, and its long texts are paged', async () => {
    await offhook('ussd', 'add', '*500#', '--url', `${program.url}/ussd`)
    program.answer = ({ body }) => {
      const text = new URLSearchParams(body).get('text')
      return { status: 200, body: text === '' ? 'CON Amount?' : `END ${'Thank you very much. '.repeat(12)}` }
    }
    expect(await ask('')).toBe('CON Amount?')
    const first = await ask('250')
    expect(first).toMatch(/^CON Thank you[\s\S]*\n98\. More$/)
    expect(await ask('250')).toBe(first)
    expect(await ask('250*98')).toMatch(/^END Thank you[\s\S]*\n0\. Back$/)
    const told = program.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
    expect(told.map(({ text }) => text)).toEqual(['', '250'])
    expect(told[1]).toMatchObject({
      sessionId: 'p1',
      serviceCode: '*500#',
      phoneNumber: '+254722000000',
      networkCode: '63902',
    })
    expect(program.received[0]?.headers['webhook-signature']).toMatch(/^v1,/)
  })

  it('that answers with control characters is shown without them', async () => {
    program.answer = () => ({ status: 200, body: 'CON Am\0ount?\n1.\tTen\u0007' })
    expect(await ask('', 'controls')).toBe('CON Am ount?\n1. Ten')
  })

  it.each([
    ['fails', { status: 500, body: '' }],
    ['answers something else', { status: 200, body: '<html>' }],
  ])('that %s ends the session with an apology', async (name, answer) => {
    program.answer = () => answer
    expect(await ask('', name)).toBe('END Sorry, this service is not available at the moment. Please try again later.')
  })
})
