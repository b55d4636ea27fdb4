import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { BlockHouse } from './blocks-kit.ts'

describe('the block API of the running service, by its client', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let blocks: BlockHouse

  beforeAll(async () => {
    blocks = await BlockHouse.open(scope)
  })
  afterAll(() => scope.close())

  it('dial, play, gather, record, hold, transfer that fails, hangup: each is told in its turn', async () => {
    const ann = await blocks.house.signedIn()
    const away = await blocks.house.extension()
    const dialed = await blocks.ivr.dial(ann.username, {
      msg: '<speech gender="male">Hello</speech>',
      tag: 'myapp',
      notifyUrl: blocks.hook('a-dial'),
    })
    expect([dialed.status(), dialed.isSuccess()]).toEqual(['success_ok', true])
    const session = dialed.session as string
    const txnRef = dialed.txnRef as string
    expect([session, txnRef]).toEqual([expect.stringMatching(/^S/), expect.stringMatching(/^TX-/)])

    expect((await blocks.ivr.play(session, 'Too soon')).status()).toBe('error_session_not_ready')
    const call = await ann.nextCall()
    const heard = call.listen()
    await call.answer()
    const base = { session, txnRef, callState: 'ongoing' }
    expect(await blocks.next('a-dial')).toEqual({
      ...base,
      block: 'dial',
      tag: 'myapp',
      dialStatus: 'answered',
      dest: ann.username,
    })
    expect(await blocks.house.saysIn(await heard.stop(), 'Hello')).toBeGreaterThan(0.8)

    expect((await blocks.ivr.play(session, 'Welcome', { notifyUrl: blocks.hook('a-play') })).status()).toBe(
      'success_ok',
    )
    expect(await blocks.next('a-play')).toEqual({ ...base, block: 'play' })

    const gather = { msg: 'Press', maxDigits: 2, timeout: 10, notifyUrl: blocks.hook('a-gather') }
    expect((await blocks.ivr.gather(session, gather)).status()).toBe('success_ok')
    expect((await blocks.ivr.gather(session, gather)).status()).toBe('error_session_not_ready')
    await call.press('42')
    expect(await blocks.next('a-gather')).toEqual({ ...base, block: 'gather', digits: '42' })

    expect(
      (await blocks.ivr.gather(session, { timeout: 1, attempts: 2, notifyUrl: blocks.hook('a-none') })).status(),
    ).toBe('success_ok')
    expect(await blocks.next('a-none')).toEqual({ ...base, block: 'gather', digits: '' })

    expect((await blocks.ivr.record(session, { maxDuration: 30, notifyUrl: blocks.hook('a-record') })).status()).toBe(
      'success_ok',
    )
    await blocks.line(session, 'record')
    await call.play(blocks.house.wav(tune(61, 2)))
    await call.press('#')
    const recorded = await blocks.next('a-record')
    expect(recorded).toMatchObject({ ...base, block: 'record' })
    expect(likeness(await blocks.house.download(recorded.recordUrl as string), tune(61, 1.5))).toBeGreaterThan(0.8)

    expect((await blocks.ivr.unhold(session)).status()).toBe('error_session_not_on_hold')
    expect((await blocks.ivr.hold(session, { msg: 'Wait' })).status()).toBe('success_ok')
    expect(
      (
        await eventually(
          () => blocks.ivr.play(session, 'No'),
          (r) => r.status() === 'error_session_not_ready',
        )
      ).status(),
    ).toBe('error_session_not_ready')
    const unheld = await eventually(
      () => blocks.ivr.unhold(session, { notifyUrl: blocks.hook('a-unhold') }),
      (result) => result.isSuccess(),
    )
    expect(unheld.status()).toBe('success_ok')
    expect(await blocks.next('a-unhold')).toEqual({ ...base, block: 'unhold' })

    const transfer = { onFailure: 'continue', notifyUrl: blocks.hook('a-transfer') } as const
    expect((await blocks.ivr.transfer(session, away, transfer)).status()).toBe('success_ok')
    expect(await blocks.next('a-transfer')).toEqual({
      ...base,
      block: 'transfer',
      transferStatus: 'unanswered',
      dest: away,
    })

    expect(
      (await blocks.ivr.hangup(session, { msg: 'Bye', tag: 'last', notifyUrl: blocks.hook('a-hangup') })).status(),
    ).toBe('success_ok')
    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(await blocks.next('a-hangup')).toEqual({
      ...base,
      block: 'hangup',
      callState: 'ended',
      from: 'anonymous',
      to: ann.username,
      tag: 'last',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      duration: 1,
      currency: 'USD',
      rate: 0,
      debit: 0,
    })
    const after = await eventually(
      () => blocks.ivr.play(session, 'Late'),
      (result) => result.status() === 'error_session_ended',
    )
    expect(after.status()).toBe('error_session_ended')
  })

  it('a call to a number with a notify URL is told, answered by the first block, and its end told at the last URL', async () => {
    const { number } = await blocks.house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await blocks.house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, {
      assignment: { kind: 'notify', url: blocks.hook('b-answer'), token: blocks.app.id },
    })
    const stranger = blocks.house.stranger()
    const call = (await blocks.house.phone(stranger)).call(number)
    const answer = await blocks.next('b-answer')
    expect(answer).toEqual({
      block: 'answer',
      callState: 'ringing',
      session: expect.stringMatching(/^S/),
      txnRef: expect.stringMatching(/^TX-/),
      from: stranger,
      to: number,
    })

    const other = blocks.clientOf(await blocks.newApp('other'))
    expect((await other.ivr.play(answer.session, 'Hi')).status()).toBe('error_session_access_denied')
    expect((await blocks.ivr.play(answer.session, 'Hi', { notifyUrl: blocks.hook('b-play') })).status()).toBe(
      'success_ok',
    )
    await call.answered
    await blocks.next('b-play')
    expect((await blocks.ivr.record(answer.session, { tag: 'r', notifyUrl: blocks.hook('b-record') })).status()).toBe(
      'success_ok',
    )
    await blocks.line(answer.session, 'record')
    await call.play(blocks.house.wav(tune(62, 1)))
    call.hangup()
    expect(await blocks.next('b-record')).toMatchObject({
      block: 'record',
      callState: 'ended',
      tag: 'r',
      from: stranger,
      to: number,
      duration: 1,
      recordUrl: expect.stringContaining('/r/'),
    })
    expect(blocks.told('b-play')).toHaveLength(1)
  })

  it('a transfer that is answered ends the call when the talk is over', async () => {
    const [ann, bob] = [await blocks.house.signedIn(), await blocks.house.signedIn()]
    const { session } = await blocks.ivr.dial(ann.username, { notifyUrl: blocks.hook('c-dial') })
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    await blocks.next('c-dial')
    await blocks.ivr.transfer(session as string, bob.username, { notifyUrl: blocks.hook('c-transfer') })
    const atBob = await bob.nextCall()
    await atBob.answer()
    await blocks.line(session as string, 'bridged')
    atBob.hangup()

    expect(await blocks.next('c-transfer')).toMatchObject({
      callState: 'ended',
      transferStatus: 'answered',
      dest: bob.username,
    })
    expect(await atAnn.ended).toMatchObject({ by: 'remote', how: 'bye' })
  })

  it.each([
    ['is busy', 486, 'busy'],
    ['does not answer', 480, 'unanswered'],
    ['is nowhere', 404, 'failed'],
  ] as const)('a dial to one who %s is told with its end', async (_, status, word) => {
    const ann = await blocks.house.signedIn()
    const { session } = await blocks.ivr.dial(ann.username, { tag: word, notifyUrl: blocks.hook(`d-${word}`) })
    ;(await ann.nextCall()).refuse(status)

    expect(await blocks.next(`d-${word}`)).toMatchObject({
      block: 'dial',
      session,
      callState: 'ended',
      dialStatus: word,
      tag: word,
      duration: 0,
    })
  })

  it('a hangup gives up a call that rings, and cuts off whatever is said', async () => {
    const ann = await blocks.house.signedIn()
    const first = await blocks.ivr.dial(ann.username, { notifyUrl: blocks.hook('e-dial') })
    const ringing = await ann.nextCall()
    ringing.ring()
    expect((await blocks.ivr.hangup(first.session as string, { notifyUrl: blocks.hook('e-hangup') })).status()).toBe(
      'success_ok',
    )
    expect(await ringing.ended).toMatchObject({ how: 'cancel' })
    expect(await blocks.next('e-hangup')).toMatchObject({ block: 'hangup', callState: 'ended', duration: 0 })
    expect(blocks.told('e-dial')).toEqual([])

    const second = await blocks.ivr.dial(ann.username, { notifyUrl: blocks.hook('e-second') })
    const up = await ann.nextCall()
    await up.answer()
    await blocks.next('e-second')
    const long = 'one two three four five six seven eight nine ten '.repeat(10)
    await blocks.ivr.play(second.session as string, long, { notifyUrl: blocks.hook('e-play') })
    expect((await blocks.ivr.hangup(second.session as string, { force: true })).status()).toBe('success_ok')
    expect(await up.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(blocks.told('e-play')).toEqual([])
  })

  it('without a notify URL a dial says its words and hangs up, and a duration ends it', async () => {
    const ann = await blocks.house.signedIn()
    await blocks.ivr.dial(ann.username, { msg: 'This is all' })
    const call = await ann.nextCall()
    await call.answer()
    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })

    await blocks.ivr.dial(ann.username, { maxDuration: 1, notifyUrl: blocks.hook('f-dial') })
    const limited = await ann.nextCall()
    await limited.answer()
    expect(await limited.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(await blocks.next('f-dial', 2)).toMatchObject({ callState: 'ended', duration: 1 })
  })

  it('leaves nothing behind', async () => {
    await blocks.house.service.stop()
  })
})
