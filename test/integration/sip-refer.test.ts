import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import { formatReplaces } from '../../src/sip/refer/replaces.ts'
import type { IncomingRefer, ServerSession, Session } from '../../src/sip/user-agent/session.ts'
import { type Agent, call, connected, Ear, Field, isAnswer, isRequest, media, until } from './sip-kit.ts'

describe.each(['UDP', 'TCP'] as const)('REFER by %s', (transport) => {
  let field: Field
  beforeEach(() => {
    field = new Field(transport)
  })
  afterEach(async () => {
    expect(await field.leaks()).toEqual([])
  })

  /** Two in a call; the callee takes REFERs. */
  async function talking() {
    const [a, b] = [await field.agent(), await field.agent()]
    const both = await connected(a, b)
    const referred = deferred<IncomingRefer>()
    both.callee.session.handlers = Object.assign(both.callee.ear, { refer: referred.resolve })
    return { a, b, ...both, referred: referred.promise }
  }

  it('is taken, told of, and ends with what the call was answered', async () => {
    const { b, caller, callee, referred } = await talking()
    const progress: number[] = []
    const outcome = caller.session.refer({
      to: 'sip:carol@127.0.0.1',
      referredBy: 'sip:ann@example.test',
      progress: (status) => progress.push(status),
    })

    const refer = await referred
    expect(refer).toMatchObject({ uri: { user: 'carol' }, referredBy: { uri: { user: 'ann' } } })
    expect(refer.replaces).toBeUndefined()
    refer.accept()
    refer.notify(180)
    refer.notify(486)

    expect(await outcome).toEqual({ kind: 'answered', status: 486 })
    expect(progress).toEqual([100, 180])
    await until(() => b.ladder().filter((line) => line === '< 200 NOTIFY').length === 3)
    callee.session.hangup()
    await caller.ear.next('ended')
  })

  it('is refused', async () => {
    const { caller, callee, referred } = await talking()
    const outcome = caller.session.refer({ to: 'sip:carol@127.0.0.1' })
    const refer = await referred
    refer.reject(488)

    expect(await outcome).toEqual({ kind: 'refused', status: 488 })
    callee.session.hangup()
    await caller.ear.next('ended')
  })

  it('is declined where nobody takes it', async () => {
    const { caller, callee } = await connected(await field.agent(), await field.agent())

    expect(await caller.session.refer({ to: 'tel:+6531234567' })).toEqual({ kind: 'refused', status: 603 })
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('of a call that ends meanwhile stays untold', async () => {
    const { caller, callee, referred } = await talking()
    const outcome = caller.session.refer({ to: 'sip:carol@127.0.0.1' })
    const refer = await referred
    refer.accept()
    callee.session.hangup()
    await caller.ear.next('ended')
    refer.notify(200)

    expect(await outcome).toEqual({ kind: 'untold' })
  })

  it('names the bad field', async () => {
    const { caller, callee } = await connected(await field.agent(), await field.agent())

    await expect(caller.session.refer({ to: 'nowhere' })).rejects.toThrow('to:')
    caller.session.hangup()
    await callee.ear.next('ended')
  })
})

describe('an attended transfer', () => {
  let field: Field
  beforeEach(() => {
    field = new Field()
  })
  afterEach(async () => {
    expect(await field.leaks()).toEqual([])
  })

  /** An agent that takes calls in the place of others. */
  async function replaceable(): Promise<{ agent: Agent; replaced: Promise<[ServerSession, Session, Ear]> }> {
    const found = deferred<[ServerSession, Session, Ear]>()
    const agent = await field.agent({
      replace(session, old) {
        const ear = new Ear()
        session.handlers = ear
        session.accept(media(5100))
        found.resolve([session, old, ear])
      },
    })
    return { agent, replaced: found.promise }
  }

  it('ends with the two others in one call', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const { agent: c, replaced } = await replaceable()
    // Ann talks to Bob, and asks Carol.
    const first = await connected(a, b)
    const second = await connected(a, c)
    const referred = deferred<IncomingRefer>()
    first.callee.session.handlers = Object.assign(first.callee.ear, { refer: referred.resolve })

    const outcome = first.caller.session.refer({ to: c.uri('carol'), replaces: second.caller.session })
    const refer = await referred.promise
    refer.accept()
    expect(c.ua.sessionFor(refer.replaces!)).toBe(second.callee.session)
    const third = call(b, c.uri('carol'), { headers: [['Replaces', formatReplaces(refer.replaces!)]] })
    const [, old] = await replaced
    await third.ear.next('accepted')
    refer.notify(200)
    old.hangup()

    expect(await outcome).toEqual({ kind: 'answered', status: 200 })
    expect(old).toBe(second.callee.session)
    await second.caller.ear.next('ended')
    first.caller.session.hangup()
    await first.callee.ear.next('ended')
    third.session.hangup()
  })

  it.each([
    ['a dialog that we do not know', 'never;to-tag=a;from-tag=b', 481],
    ['what cannot be read', 'never', 400],
  ])('to %s is refused', async (_, replaces, status) => {
    const [a, { agent: c }] = [await field.agent(), await replaceable()]
    const { ear } = call(a, c.uri(), { headers: [['Replaces', replaces]] })

    expect((await ear.next('ended')).end).toMatchObject({ how: 'rejected', status })
  })

  it('that may take an early dialog only is refused once the call is up', async () => {
    const [a, { agent: c }] = [await field.agent(), await replaceable()]
    const { caller, callee } = await connected(a, c)
    const { localTag: toTag, remoteTag: fromTag } = callee.session.dialog!
    const value = formatReplaces({ callId: callee.session.callId, toTag, fromTag, earlyOnly: true })

    const { ear } = call(a, c.uri(), { headers: [['Replaces', value]] })

    expect((await ear.next('ended')).end).toMatchObject({ how: 'rejected', status: 486 })
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('is 420 where it is required and nobody takes it', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const { ear } = call(a, b.uri(), { headers: [['Require', 'replaces']] })

    expect((await ear.next('ended')).end).toMatchObject({ how: 'rejected', status: 420 })
  })

  it('cannot be asked for from outside of a call', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    const send = (method: string): void =>
      peer.send(b.port, [
        `${method} sip:bob@127.0.0.1:${b.port} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK-${method}`,
        'Max-Forwards: 70',
        'From: <sip:peer@example.test>;tag=theirs',
        'To: <sip:bob@example.test>',
        `Call-ID: ${method}-${peer.port}`,
        `CSeq: 1 ${method}`,
        'Refer-To: <sip:premium@example.test>',
        'Event: refer',
      ])

    send('REFER')
    await peer.next(isAnswer(403, 'REFER'))
    send('NOTIFY')
    await peer.next(isAnswer(481, 'NOTIFY'))
    expect(peer.received.some(isRequest('INVITE'))).toBe(false)
  })
})
