import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { eventually } from '../kit/eventually.ts'
import { type InsideService, openInside } from '../kit/inside-service.ts'
import { freeRange } from '../kit/ports.ts'
import { plainSdp, RawSip, statusOf } from '../kit/raw-sip.ts'
import { PhoneShop, type VirtualPhone } from '../kit/virtual-phone.ts'

const scope = new Scope('hostile callers')
let house: InsideService
let server: number
let trunk: RawSip
let anns: VirtualPhone
let names = 0
const name = (): string => `caller${++names}`

/** The trunk is at 127.0.0.3, a trusted host at 127.0.0.2; everybody else is a stranger. Calls may be placed to 127.0.0.1, which is the service itself. */
beforeAll(async () => {
  house = await openInside(scope, { OFFHOOK_TRUSTED: '127.0.0.2', OFFHOOK_SIP_ALLOW: '127.0.0.1' })
  server = house.service.sipPort
  trunk = await RawSip.open(scope, server, '127.0.0.3')
  await house.api('POST', '/v1/trunks', { name: 'pstn', uri: `sip:127.0.0.3:${trunk.port}`, default: true })
  await house.api('POST', '/v1/extensions', { username: '1001', password: 'secret-of-1001' })
  await house.api('POST', '/v1/forwards', { name: 'Ann', targets: [{ to: '1001', seconds: 2 }] })
  const shop = await PhoneShop.open({ rtpPorts: await freeRange(32) })
  scope.add('phones', () => shop.close())
  anns = await shop.phone({ username: '1001', password: 'secret-of-1001', server: `127.0.0.1:${server}` })
  expect(await anns.register()).toBe(200)
})
afterAll(() => scope.close())

/** What tells one answer from another, without what is new in each. */
const plain = (answer: string): string =>
  answer
    .replace(/nonce="[^"]*"/g, 'nonce=""')
    .replace(/tag=[^\r;>]*/g, 'tag=')
    .replace(/(Call-ID|branch)[:=][^\r;]*/g, '$1')
    .replace(/(?:\d\d\d\d|nobody-here)@/g, 'user@')

const authorization = (user: string, nonce: string): string =>
  `Authorization: Digest username="${user}", realm="offhook", nonce="${nonce}", uri="sip:127.0.0.1", response="${'0'.repeat(32)}", algorithm=MD5, qop=auth, nc=00000001, cnonce="x"`

test('a scanner cannot tell who exists, neither by the answer nor by its time', async () => {
  const scanner = await RawSip.open(scope, server, '127.0.0.50')
  for (const method of ['REGISTER', 'INVITE', 'MESSAGE', 'SUBSCRIBE', 'OPTIONS']) {
    const asked = async (user: string, headers: readonly string[] = []): Promise<string> => {
      const uri = method === 'REGISTER' ? 'sip:127.0.0.1' : `sip:${user}@127.0.0.1`
      const party = `<sip:${user}@127.0.0.1>`
      return scanner.ask({ method, uri, callId: name(), from: `${party};tag=a`, to: party, headers })
    }
    const [known, unknown] = [await asked('1001'), await asked('9999')]
    expect(plain(known)).toBe(plain(unknown))
    if (method !== 'REGISTER') continue
    const nonce = /nonce="([^"]*)"/.exec(known)?.[1] ?? ''
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let i = 0; i < 4; i++) {
      for (const [kind, user] of [
        ['known', '1001'],
        ['unknown', '9999'],
      ] as const) {
        const since = performance.now()
        const answer = await asked(user, [authorization(user, nonce)])
        times[kind].push(performance.now() - since)
        expect(statusOf(answer)).toBe(401)
      }
    }
    const median = (list: number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
    expect(Math.abs(median(times.known) - median(times.unknown))).toBeLessThan(25)
  }
})

test('who guesses passwords is not heard any more, and nobody else with it', async () => {
  const guesser = await RawSip.open(scope, server, '127.0.0.60')
  const register = { method: 'REGISTER', uri: 'sip:127.0.0.1', from: '<sip:1001@h>;tag=a', to: '<sip:1001@h>' }
  const challenge = await guesser.ask({ ...register, callId: name() })
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? ''
  let guesses = 0
  for (; guesses < 50; guesses++) {
    const answered = await guesser
      .ask({ ...register, callId: name(), headers: [authorization('1001', nonce)] }, 500)
      .catch(() => undefined)
    if (answered === undefined) break
    expect(statusOf(answered)).toBe(401)
  }
  expect(guesses).toBe(10)
  expect(await anns.register()).toBe(200)
})

test.each([
  ['a stranger', '127.0.0.70', 401],
  ['a trusted host', '127.0.0.2', 404],
])('%s cannot call out', async (_who, address, status) => {
  const caller = await RawSip.open(scope, server, address)
  for (const to of ['+15550142', '+442079460000', '+19005550100', '00442079460000'])
    expect(
      statusOf(await caller.ask({ uri: `sip:${to}@127.0.0.1:${server}`, callId: name(), body: plainSdp(40_000) })),
    ).toBe(status)
  expect(trunk.received.filter((message) => message.startsWith('INVITE '))).toEqual([])
})

test('a trunk cannot call out again, nor to a domain of others', async () => {
  for (const uri of ['sip:+442079460000@127.0.0.1', 'sip:somebody@elsewhere.test', 'sip:+442079460000@elsewhere.test'])
    expect([403, 404]).toContain(statusOf(await trunk.ask({ uri, callId: name(), body: plainSdp(40_000) })))
  expect(trunk.received.filter((message) => message.startsWith('INVITE '))).toEqual([])
})

test('an extension calls neither abroad nor premium numbers unless it may', async () => {
  for (const to of ['+442079460000', '+19005550100', '00442079460000']) {
    expect(await anns.call(to).ended).toMatchObject({ how: 'rejected', status: 403 })
  }
  expect(trunk.received.filter((message) => message.startsWith('INVITE '))).toEqual([])
})

test('forwards in a circle are refused, and one that names our own address goes round nowhere', async () => {
  type Forward = { id: string; number: string }
  const first = await house.api<Forward>('POST', '/v1/forwards', {
    ...{ name: 'first', targets: [{ to: '1001', seconds: 2 }], prompts: { forwarding: '', unreachable: '' } },
  })
  const second = await house.api<Forward>('POST', '/v1/forwards', {
    ...{ name: 'second', targets: [{ to: first.number, seconds: 2 }] },
  })
  const circle = await house.request('PATCH', `/v1/forwards/${first.id}`, {
    targets: [{ to: second.number, seconds: 2 }],
  })
  expect(circle).toMatchObject({ status: 400, body: { errors: [{ field: '/targets/0/to' }] } })
  const itself = `sip:${first.number}@127.0.0.1:${server}`
  await house.api('PATCH', `/v1/forwards/${first.id}`, { targets: [{ to: itself, seconds: 2 }] })

  const caller = await RawSip.open(scope, server, '127.0.0.2')
  const ask = { uri: itself, callId: name() }
  const answer = await caller.ask({ ...ask, body: plainSdp(40_000) })
  const to = /^To: (.*?)\r$/m.exec(answer)?.[1] ?? ''
  await caller.send(caller.request({ ...ask, method: 'ACK', to, branch: 'z9hG4bKcircle' }))
  const story = await eventually(
    async () => {
      const { items } = await house.api<{ items: { id: string }[] }>('GET', '/v1/calls?limit=1')
      return JSON.stringify(await house.api('GET', `/v1/calls/${items[0]?.id}`))
    },
    (seen) => seen.includes('this service itself'),
  )
  expect(story).toContain('this service itself')
  expect(statusOf(await caller.ask({ ...ask, method: 'BYE', to, cseq: 2 }))).toBe(200)
  const { items } = await house.api<{ items: { to: { address: string } }[] }>('GET', '/v1/calls?limit=100')
  expect(items.filter(({ to }) => to.address === first.number).length).toBe(1)
})

test('a forged From does not make an extension of a stranger or a trusted host', async () => {
  for (const address of ['127.0.0.2', '127.0.0.70']) {
    const caller = await RawSip.open(scope, server, address)
    const answer = await caller.ask({
      ...{ uri: `sip:+15550142@127.0.0.1:${server}`, callId: name(), body: plainSdp(40_000) },
      from: '<sip:1001@127.0.0.1>;tag=a',
      headers: ['P-Asserted-Identity: <sip:1001@127.0.0.1>'],
    })
    expect(statusOf(answer)).toBe(401)
  }
})
