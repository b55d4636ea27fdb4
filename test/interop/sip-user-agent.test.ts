import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { makeCredentials } from '../../src/sip/auth/digest.ts'
import { DigestVerifier } from '../../src/sip/auth/verifier.ts'
import { MemoryBindingStore } from '../../src/sip/registrar/binding-store.ts'
import { handleRegister } from '../../src/sip/registrar/handle-register.ts'
import { openTransports } from '../../src/sip/transport/transports.ts'
import type { UserAgentHandlers } from '../../src/sip/user-agent/options.ts'
import type { ServerSession } from '../../src/sip/user-agent/session.ts'
import { startUserAgent } from '../../src/sip/user-agent/start.ts'
import { address, Ear, media } from '../integration/sip-kit.ts'
import { mustPass, runSipp, startSipp } from '../kit/sipp.ts'
import { describeWith } from '../setup/tools.ts'

const credentials = makeCredentials('1001', 'offhook', 'secret')

for (const transport of ['udp', 'tcp'] as const) {
  describeWith(['sipp'], `the user agent and SIPp by ${transport}`, () => {
    let scope: Scope
    let ear: Ear
    beforeEach(() => {
      scope = new Scope('test')
      ear = new Ear()
    })
    afterEach(async () => {
      await scope.close()
      expect(scope.open()).toEqual([])
    })

    async function agent(handlers: UserAgentHandlers) {
      const common = { clock: systemClock, scope, log: silentLogger }
      const transports = await openTransports({ ...common, address: '127.0.0.1', port: 0 })
      const port = transports.all[0]!.localPort
      const advertise = () => ({ host: '127.0.0.1', port })
      return { ua: startUserAgent({ ...common, transports, name: 'Offhook/test', advertise, handlers }), port }
    }

    /** Lets `take` have each INVITE, with the ear on it. */
    const takes = (take: (session: ServerSession) => void) =>
      agent({
        invite(session) {
          session.handlers = ear
          take(session)
        },
      })
    const verifier = () => new DigestVerifier({ realm: 'offhook', clock: systemClock })

    it('is called, held, taken back and hung up', async () => {
      const { port } = await takes((session) => {
        session.ring()
        session.accept(media(5000))
      })
      mustPass(await runSipp({ scope, scenario: 'call-hold', transport, remotePort: port, pauseMs: 100 }))
      const directions = ear.all.flatMap((heard) => (heard.kind === 'media' ? [heard.media.direction] : []))
      expect(directions).toEqual(['sendrecv', 'recvonly', 'sendrecv'])
      expect((await ear.next('ended')).end).toMatchObject({ by: 'remote', how: 'bye' })
    })

    it('acknowledges a provisional answer, and needs no description in the 200', async () => {
      const { ua } = await agent({})
      const run = await startSipp({ scope, scenario: 'answer-prack', transport })
      const uri = `sip:sipp@127.0.0.1:${run.port};transport=${transport}`
      const session = ua.invite({ uri, from: address('ann'), media: media(5000), handlers: ear })
      const ended = async () => {
        const { end } = await ear.next('ended')
        throw new Error(`The call ended before it was answered: ${JSON.stringify(end)}\n${run.messages()}`)
      }
      await Promise.race([ear.next('accepted'), ended()])
      await run.saw(/ACK sip:/)
      session.hangup()
      mustPass(await run.finished)
      expect(ear.kinds).toEqual(['provisional', 'media', 'accepted', 'ended'])
    })

    it('has a provisional answer acknowledged, and takes an UPDATE before it answers', async () => {
      let changes = 0
      const { port } = await takes((session) => {
        ear.media = () => {
          changes += 1
          if (changes === 2) session.accept(media(5000))
        }
        session.progress(media(5000))
      })
      mustPass(await runSipp({ scope, scenario: 'call-prack', transport, remotePort: port, pauseMs: 100 }))
      expect((await ear.next('ended')).end).toMatchObject({ by: 'remote', how: 'bye' })
      expect(changes).toBe(2)
    })

    it('offers by its 200 where the caller offers nothing', async () => {
      const { port } = await takes((session) => session.accept(media(5000)))
      mustPass(await runSipp({ scope, scenario: 'call-late-offer', transport, remotePort: port, pauseMs: 100 }))
      await ear.next('ended')
      expect(ear.kinds).toEqual(['media', 'ended'])
    })

    it('hears a key by INFO and hangs up', async () => {
      const { port } = await takes((session) => {
        ear.digit = (key, ms) => {
          expect([key, ms > 0]).toEqual(['7', true])
          session.hangup()
        }
        session.accept(media(5000))
      })
      mustPass(await runSipp({ scope, scenario: 'call-info', transport, remotePort: port, keys: { key: 7 } }))
      expect((await ear.next('ended')).end).toMatchObject({ by: 'local', how: 'bye' })
    })

    it('is given up on while it rings', async () => {
      const { port } = await takes((session) => session.ring())
      mustPass(await runSipp({ scope, scenario: 'call-cancel', transport, remotePort: port, pauseMs: 100 }))
      expect((await ear.next('ended')).end).toMatchObject({ by: 'remote', how: 'cancel' })
    })

    it('asks a caller for credentials', async () => {
      const known = verifier()
      const { port } = await takes((session) => {
        const read = known.read(session.request.headers.all('Proxy-Authorization'))
        const verdict = read.kind === 'proof' ? known.verify(read.proof, 'INVITE', credentials) : undefined
        if (verdict?.kind === 'accepted') session.accept(media(5000))
        else
          session.reject(
            407,
            undefined,
            known.challenge().map((value) => ['Proxy-Authenticate', value]),
          )
      })
      const keys = { caller: '1001', password: 'secret', status: 407 }
      mustPass(await runSipp({ scope, scenario: 'call-digest', transport, remotePort: port, keys, pauseMs: 100 }))
      expect(ear.kinds).toEqual(['ended', 'media', 'ended'])
    })

    it('calls and hangs up', async () => {
      const { ua } = await agent({})
      const run = await startSipp({ scope, scenario: 'answer', transport })
      const uri = `sip:sipp@127.0.0.1:${run.port};transport=${transport}`
      const session = ua.invite({ uri, from: address('ann'), media: media(5000), handlers: ear })
      const ended = async () => {
        const { end } = await ear.next('ended')
        throw new Error(`The call ended before it was answered: ${JSON.stringify(end)}\n${run.messages()}`)
      }
      await Promise.race([ear.next('accepted'), ended()])
      await run.saw(/ACK sip:/)
      session.hangup()
      mustPass(await run.finished)
    })

    it('registers a phone with a password and takes all its contacts away', async () => {
      const known = verifier()
      const store = new MemoryBindingStore()
      const { port } = await agent({
        async register(incoming) {
          const { request, reply } = incoming
          const read = known.read(request.headers.all('Authorization'))
          const verdict = read.kind === 'proof' ? known.verify(read.proof, 'REGISTER', credentials) : undefined
          if (verdict?.kind !== 'accepted') {
            reply(401, { headers: known.challenge().map((value) => ['WWW-Authenticate', value]) })
            return
          }
          await handleRegister(incoming, { username: verdict.username, store, clock: systemClock })
        },
      })
      const register = (contact: string, expires: number, password = 'secret', status = 200) =>
        runSipp({
          scope,
          scenario: 'register',
          transport,
          remotePort: port,
          keys: { caller: '1001', password, contact, expires, status },
        })
      mustPass(await register('<sip:1001@192.0.2.7:5060>', 300))
      expect(store.get('1001')).toMatchObject([{ contact: 'sip:1001@192.0.2.7:5060' }])
      mustPass(await register('<sip:1001@192.0.2.8>', 300, 'guess', 401))
      mustPass(await register('<sip:1001@192.0.2.8>', 5, 'secret', 423))
      mustPass(await register('*', 0))
      expect(store.get('1001')).toEqual([])
    })
  })
}
