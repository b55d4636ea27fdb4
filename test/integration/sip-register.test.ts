import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { makeCredentials } from '../../src/sip/auth/digest.ts'
import { DigestVerifier } from '../../src/sip/auth/verifier.ts'
import { buildResponse } from '../../src/sip/message/build.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'
import { serialize } from '../../src/sip/message/serialize.ts'
import { MemoryBindingStore } from '../../src/sip/registrar/binding-store.ts'
import { evictFlow, liveBindings, startEviction } from '../../src/sip/registrar/eviction.ts'
import { handleRegister } from '../../src/sip/registrar/handle-register.ts'
import type { RegistrationReport } from '../../src/sip/registration/machine.ts'
import { Registration } from '../../src/sip/registration/registration.ts'
import type { IncomingRequest, RequestOptions } from '../../src/sip/user-agent/options.ts'
import { type Agent, address, call, Field, isRequest, media, until } from './sip-kit.ts'

const realm = 'offhook'
const login = { username: '1001', password: 'secret' }
const credentials = makeCredentials(login.username, realm, login.password)

describe.each(['UDP', 'TCP'] as const)('registering by %s', (transport) => {
  let field: Field
  let store: MemoryBindingStore
  let verifier: DigestVerifier
  let failures: string[]
  /** Never says stale=true, and takes nonces of this moment only. */
  let forgetful: boolean
  beforeEach(() => {
    forgetful = false
    field = new Field(transport)
    store = new MemoryBindingStore()
    verifier = new DigestVerifier({ realm, clock: field.clock, nonceSeconds: 60 })
    failures = []
  })
  afterEach(async () => {
    expect(await field.leaks()).toEqual([])
  })

  /** As an engine does it: `undefined` when the request was answered here. */
  function authenticate(incoming: IncomingRequest): string | undefined {
    const { request, reply } = incoming
    const challenge = (stale: boolean): undefined =>
      reply(401, {
        headers: verifier.challenge(stale && !forgetful).map((value): [string, string] => ['WWW-Authenticate', value]),
      }) as undefined
    const read = verifier.read(request.headers.all('Authorization'))
    if (read.kind === 'fault') return reply(400, { reason: read.sentence }) as undefined
    if (read.kind === 'none') return challenge(false)
    const known = read.proof.username === login.username ? credentials : undefined
    const verdict = verifier.verify(read.proof, request.method, known)
    if (verdict.kind === 'accepted') return verdict.username
    if (verdict.kind === 'refused') failures.push(verdict.username)
    return challenge(verdict.kind === 'stale')
  }

  const registrar = () =>
    field.agent({
      async register(incoming) {
        const username = authenticate(incoming)
        if (username !== undefined) await handleRegister(incoming, { username, store, clock: field.clock })
      },
    })

  const ask = (phone: Agent, server: Agent, contacts: readonly string[], more: Partial<RequestOptions> = {}) =>
    phone.ua.request({
      method: 'REGISTER',
      uri: server.uri(''),
      from: address('1001'),
      to: address('1001'),
      login,
      headers: contacts.map((value) => ['Contact', value]),
      ...more,
    })
  const statusOf = async (asked: ReturnType<typeof ask>) => {
    const end = await asked
    return end.kind === 'response' ? end.response.status : end.failure
  }
  const kept = () => store.get('1001').map(({ contact }) => contact)

  it('keeps several contacts, lists them all, refreshes one and takes one away', async () => {
    const [server, desk, mobile] = [await registrar(), await field.agent(), await field.agent()]
    await ask(desk, server, ['<sip:1001@10.0.0.5:5062>;expires=600'])
    const both = await ask(mobile, server, ['<sip:1001@10.0.0.6>;expires=300;q=0.5'])
    expect(both.kind === 'response' && both.response.headers.all('Contact')).toEqual([
      '<sip:1001@10.0.0.5:5062>;expires=600',
      '<sip:1001@10.0.0.6>;expires=300;q=0.5',
    ])
    field.clock.advance(100_000)
    await ask(mobile, server, ['<sip:1001@10.0.0.6>;expires=0'])
    const left = await ask(desk, server, [])
    expect(left.kind === 'response' && left.response.headers.all('Contact')).toEqual([
      '<sip:1001@10.0.0.5:5062>;expires=500',
    ])
  })

  it('takes all away by the wildcard', async () => {
    const [server, phone] = [await registrar(), await field.agent()]
    await ask(phone, server, ['<sip:1001@10.0.0.5>', '<sip:1001@10.0.0.6>'])
    expect(kept()).toHaveLength(2)
    expect(await statusOf(ask(phone, server, ['*']))).toBe(400)
    expect(
      await statusOf(
        ask(phone, server, ['*'], {
          headers: [
            ['Contact', '*'],
            ['Expires', '0'],
          ],
        }),
      ),
    ).toBe(200)
    expect(kept()).toEqual([])
  })

  it('refuses a short registration and names the shortest', async () => {
    const [server, phone] = [await registrar(), await field.agent()]
    const end = await ask(phone, server, ['<sip:1001@10.0.0.5>;expires=5'])
    expect(end).toMatchObject({ kind: 'response', response: { status: 423 } })
    expect(end.kind === 'response' && end.response.headers.get('Min-Expires')).toBe('60')
  })

  it('refuses a wrong password once and for all, and counts it', async () => {
    const [server, phone] = [await registrar(), await field.agent()]
    const wrong = { ...login, password: 'guess' }
    expect(await statusOf(ask(phone, server, ['<sip:1001@10.0.0.5>'], { login: wrong }))).toBe(401)
    expect(failures).toEqual(['1001'])
    expect(phone.ladder().filter((line) => line === '> REGISTER')).toHaveLength(2)
    expect(kept()).toEqual([])
  })

  it('lets nobody take the calls of somebody else', async () => {
    const [server, phone] = [await registrar(), await field.agent()]
    expect(await statusOf(ask(phone, server, ['<sip:1001@10.0.0.5>'], { to: address('1002') }))).toBe(403)
  })

  it('rings a phone behind NAT by the flow of its registration', async () => {
    const [server, phone] = [await registrar(), await field.agent()]
    await ask(phone, server, ['<sip:1001@192.168.77.7:5060>'])
    const [binding] = await liveBindings(store, '1001', field.clock.wall())
    const caller = call(server, binding!.contact, { via: { kind: 'flow', flow: binding!.flow } })
    const callee = await phone.incoming()
    callee.session.accept(media(5000))
    await caller.ear.next('accepted')
    expect(callee.session.request.uri).toMatchObject({ host: '192.168.77.7' })
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('forgets a registration when its time is over', async () => {
    const [server, phone] = [await registrar(), await field.agent()]
    const ended: string[] = []
    const scope = new Scope('eviction')
    const { clock } = field
    startEviction({ store, clock, scope, log: silentLogger, onEnded: (aor) => ended.push(aor) })
    await ask(phone, server, ['<sip:1001@10.0.0.5>;expires=60'])
    clock.advance(59_000)
    expect(await liveBindings(store, '1001', clock.wall())).toHaveLength(1)
    clock.advance(1_000)
    expect(await liveBindings(store, '1001', clock.wall())).toEqual([])
    await field.pass(60_000)
    expect([ended, kept()]).toEqual([['1001'], []])
    await scope.close()
  })

  it('forgets what was registered over a connection that is gone', async () => {
    const [server, phone] = [await registrar(), await field.agent()]
    await ask(phone, server, ['<sip:1001@10.0.0.5>'])
    const { flow } = store.get('1001')[0]!
    const ended: string[] = []
    await evictFlow(store, flow, (aor) => ended.push(aor))
    expect(ended).toEqual(transport === 'TCP' ? ['1001'] : [])
  })

  describe('at a trunk', () => {
    const reports: RegistrationReport[] = []
    let scope: Scope
    beforeEach(() => {
      reports.length = 0
      scope = new Scope('registration')
    })
    const keep = (phone: Agent, server: Agent, more = {}) =>
      Registration.start({
        ua: phone.ua,
        clock: field.clock,
        scope,
        log: silentLogger,
        registrar: server.uri(''),
        login,
        onReport: (report) => reports.push(report),
        ...more,
      })

    it('registers, refreshes in time with a stale nonce, and takes itself away', async () => {
      const [server, phone] = [await registrar(), await field.agent()]
      const registration = keep(phone, server, { seconds: 600 })
      await until(() => reports.length === 1)
      expect(reports[0]).toEqual({ kind: 'registered', until: field.clock.wall() + 600_000 })
      expect(kept()).toEqual([`sip:1001@127.0.0.1:${phone.port}${transport === 'TCP' ? ';transport=tcp' : ''}`])
      await field.pass(541_000)
      await until(() => reports.length === 2)
      expect(failures).toEqual([])
      expect(store.get('1001')).toHaveLength(1)
      expect(store.get('1001')[0]!.expiresAt).toBeGreaterThan(field.clock.wall() + 500_000)
      await registration.stop()
      expect(kept()).toEqual([])
      expect(reports.at(-1)).toEqual({ kind: 'unregistered' })
      expect(scope.open()).toEqual([])
    })

    // A registrar that was started again knows none of its nonces, and some never say stale=true.
    it('refreshes where the nonce is refused by a new one without stale', async () => {
      const [server, phone] = [await registrar(), await field.agent()]
      const registration = keep(phone, server, { seconds: 600 })
      await until(() => reports.length === 1)
      forgetful = true
      await field.pass(541_000)
      await until(() => reports.length === 2)
      expect(reports[1]).toMatchObject({ kind: 'registered' })
      await registration.stop()
      expect(kept()).toEqual([])
    })

    it('goes by the time of its own contact, not by that of another phone of the account', async () => {
      const server = await field.agent({
        register(incoming) {
          const own = incoming.request.headers.get('Contact')!.replace(/;expires=\d+$/, '')
          incoming.reply(200, {
            headers: [
              ['Contact', '<sip:1001@192.0.2.77:5062>;expires=3500'],
              ['Contact', `${own};expires=90`],
              ['Contact', '<sip:1001@192.0.2.78:5062>;expires=3'],
            ],
          })
        },
      })
      const registration = keep(await field.agent(), server)
      await until(() => reports.length === 1)
      expect(reports[0]).toEqual({ kind: 'registered', until: field.clock.wall() + 90_000 })
      await registration.stop()
    })

    it('asks for longer when it is told to', async () => {
      const [server, phone] = [await registrar(), await field.agent()]
      const registration = keep(phone, server, { seconds: 30 })
      await until(() => reports.length === 1)
      expect(reports[0]).toMatchObject({ kind: 'registered', until: field.clock.wall() + 60_000 })
      await registration.stop()
    })

    it('waits and tries again while its password is refused', async () => {
      const [server, phone] = [await registrar(), await field.agent()]
      const registration = keep(phone, server, { login: { ...login, password: 'guess' } })
      await until(() => reports.length === 1)
      expect(reports[0]).toMatchObject({ kind: 'failed', status: 401, registered: false })
      await field.pass(31_000)
      await until(() => reports.length === 2)
      await registration.stop()
      expect(registration.state).toEqual({ kind: 'stopped' })
    })

    it('reminds the NATs on the way of its flow, until it is taken away', async () => {
      if (transport === 'TCP') return
      const peer = await field.peer()
      const phone = await field.agent()
      const registration = Registration.start({
        ua: phone.ua,
        clock: field.clock,
        scope,
        log: silentLogger,
        registrar: `sip:127.0.0.1:${peer.port}`,
        login,
        onReport: (report) => reports.push(report),
      })
      const accept = async (): Promise<void> =>
        peer.answer(phone.port, await peer.next(isRequest('REGISTER')), 200, 'r', ['Expires: 600'])
      await accept()
      await until(() => reports.length === 1)
      await field.pass(90_000)
      // Line ends alone, which are no message.
      expect(peer.received.map(({ kind }) => kind as string)).toEqual(['fault', 'fault', 'fault'])
      const stopped = registration.stop()
      await accept()
      await stopped
      await field.pass(60_000)
      expect(peer.received).toHaveLength(3)
    })

    it('registers anew when its connection is gone', async () => {
      if (transport === 'UDP') return
      const sockets: Socket[] = []
      let asked = 0
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.on('data', (bytes) => {
          const message = parseMessage(bytes)
          if (message.kind !== 'request') return
          asked += 1
          socket.write(serialize(buildResponse(message, 200, { toTag: 'r', headers: [['Expires', '600']] })))
        })
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const phone = await field.agent()
      const registration = Registration.start({
        ua: phone.ua,
        clock: field.clock,
        scope,
        log: silentLogger,
        registrar: `sip:127.0.0.1:${port};transport=tcp`,
        login,
        onReport: (report) => reports.push(report),
      })
      await until(() => reports.length === 1)
      sockets[0]!.destroy()
      await field.settle()
      await field.pass(30_000)
      await until(() => reports.length === 2)
      expect([asked, sockets.length]).toEqual([2, 2])
      await registration.stop()
      for (const socket of sockets) socket.destroy()
      server.close()
    })

    it('is closed with its scope', async () => {
      const [server, phone] = [await registrar(), await field.agent()]
      keep(phone, server)
      await until(() => reports.length === 1)
      await scope.close()
    })
  })
})
