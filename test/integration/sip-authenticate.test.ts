import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import { makeCredentials } from '../../src/sip/auth/digest.ts'
import { DigestVerifier } from '../../src/sip/auth/verifier.ts'
import { address, call, Field, media, until } from './sip-kit.ts'

const realm = 'offhook'
const login = { username: '1001', password: 'secret' }
const credentials = makeCredentials(login.username, realm, login.password)

describe('a call that must prove who calls', () => {
  let field: Field
  beforeEach(() => {
    field = new Field()
  })
  afterEach(async () => {
    expect(await field.leaks()).toEqual([])
  })

  it.each([
    ['right', 'secret', true],
    ['wrong', 'guess', false],
  ])('with the %s password', async (_, password, right) => {
    const verifier = new DigestVerifier({ realm, clock: field.clock })
    const server = await field.agent({
      invite(session) {
        session.handlers = { media() {}, digit() {}, ended() {} }
        const read = verifier.read(session.request.headers.all('Proxy-Authorization'))
        const verdict = read.kind === 'proof' ? verifier.verify(read.proof, 'INVITE', credentials) : undefined
        if (verdict?.kind === 'accepted') return session.accept(media(5000))
        session.reject(
          407,
          undefined,
          verifier.challenge().map((value) => ['Proxy-Authenticate', value]),
        )
      },
    })
    const phone = await field.agent()
    const { session, ear } = call(phone, server.uri(), { login: { ...login, password } })
    if (!right) {
      expect((await ear.next('ended')).end).toMatchObject({ how: 'rejected', status: 407 })
      return
    }
    await ear.next('accepted')
    await until(() => phone.ladder().filter((line) => line === '> ACK').length === 2)
    const ack = phone.trace.findLast(({ message }) => message.kind === 'request' && message.method === 'ACK')
    expect(ack?.message.headers.has('Proxy-Authorization')).toBe(true)
    session.hangup()
    await until(() => phone.ladder().includes('< 200 BYE'))
  })

  it('is told of a call that was cancelled while somebody decided on it', async () => {
    const decided = deferred<boolean>()
    const server = await field.agent({ admit: () => decided.promise })
    const phone = await field.agent()
    const caller = call(phone, server.uri())
    await until(() => server.ladder().includes('< INVITE'))
    caller.session.hangup()
    await field.pass(250)
    await until(() => server.ladder().includes('> 200 CANCEL'))
    decided.resolve(true)
    const callee = await server.incoming()
    expect((await callee.ear.next('ended')).end).toEqual({ by: 'remote', how: 'cancel' })
    await until(() => phone.ladder().includes('< 487 INVITE'))
  })

  it('answers MESSAGE and OPTIONS of others', async () => {
    const texts: string[] = []
    const server = await field.agent({
      message: (incoming) => {
        texts.push(incoming.request.body.toString())
        incoming.reply(200)
      },
    })
    const phone = await field.agent()
    const common = { uri: server.uri(), from: address('ann') }
    const sent = await phone.ua.request({ ...common, method: 'MESSAGE', body: { type: 'text/plain', content: 'hé' } })
    const seen = await phone.ua.request({ ...common, method: 'OPTIONS' })
    expect(sent).toMatchObject({ kind: 'response', response: { status: 200 } })
    expect(texts).toEqual(['hé'])
    expect(seen.kind === 'response' && seen.response.headers.get('Allow')).toContain('MESSAGE')
  })

  it('answers 500 where a handler fails, and asks nobody who is not admitted', async () => {
    const server = await field.agent({
      admit: async ({ request, reply }) => {
        if (request.from.uri.scheme === 'sip' && request.from.uri.user === 'eve') reply(403)
        return request.from.uri.scheme === 'sip' && request.from.uri.user !== 'eve'
      },
      message: async () => {
        throw new Error('a fault of ours')
      },
    })
    const phone = await field.agent()
    const ask = (user: string) => phone.ua.request({ uri: server.uri(), from: address(user), method: 'MESSAGE' })
    expect(await ask('ann')).toMatchObject({ response: { status: 500 } })
    expect(await ask('eve')).toMatchObject({ response: { status: 403 } })
  })
})
