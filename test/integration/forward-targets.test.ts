import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House, shortPrompts } from '../kit/house.ts'

describe('the targets of a forward', { timeout: 30_000 }, () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope })
  })
  afterAll(() => scope.close())

  it.each(['udp', 'tcp'] as const)('the first one answers by %s: both talk, nobody else is rung', async (transport) => {
    const ann = await house.signedIn({ transport })
    const bob = await house.signedIn({ transport })
    const { number, id } = await house.forward({
      targets: [
        { to: ann.username, seconds: 10 },
        { to: bob.username, seconds: 10 },
      ],
      notify: ann.username,
    })
    const stranger = house.stranger()
    const caller = await house.phone(stranger, { transport })
    let bobRang = false
    void bob.nextCall().then(() => {
      bobRang = true
    })

    const call = caller.call(number)
    await call.answered
    const atCaller = call.listen()
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    await house.told(stranger, /both sides hear each other/)
    const annHears = atAnn.listen()
    await Promise.all([call.play(house.wav(tune(1, 2))), atAnn.play(house.wav(tune(2, 2)))])
    const [heardByAnn, heardByCaller] = [await annHears.stop(), await atCaller.stop()]
    atAnn.hangup()
    await call.ended

    expect(atAnn.remote.user).toBe(stranger)
    expect(likeness(heardByAnn, tune(1, 2))).toBeGreaterThan(0.95)
    expect(likeness(heardByCaller, tune(2, 2))).toBeGreaterThan(0.95)
    expect(await house.saysIn(heardByCaller, shortPrompts.forwarding)).toBeGreaterThan(0.9)
    const record = await house.endedCall(stranger)
    expect(record.forward).toBe(id)
    expect(record.end).toMatchObject({ code: 'completed', by: 'callee' })
    expect(record.end?.sentence).toMatch(new RegExp(`^${ann.username} hung up after [23456] s$`))
    expect(bobRang).toBe(false)
    expect(record.timeline.map(({ text }) => text).join('\n')).not.toContain(bob.username)
    expect(await house.voicemails(id, 0)).toEqual([])
    expect(await house.texts(ann.username, 0)).toEqual([])
  })

  it('the caller hangs up the talk', async () => {
    const ann = await house.signedIn()
    const { number, id } = await house.forward({ targets: [{ to: ann.username, seconds: 10 }] })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    await house.told(stranger, /both sides hear each other/)
    call.hangup()

    expect(await atAnn.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect((await house.endedCall(stranger)).end).toMatchObject({
      code: 'completed',
      by: 'caller',
      sentence: 'the caller hung up',
    })
    expect(await house.voicemails(id, 0)).toEqual([])
  })

  it('busy, declined, no answer and away lead on to the next, and each is written down', async () => {
    const busy = await house.signedIn()
    const declines = await house.signedIn({ transport: 'tcp' })
    const silent = await house.signedIn()
    const away = await house.extension()
    const last = await house.signedIn()
    const targets = [busy.username, declines.username, silent.username, away, last.username]
    const { number } = await house.forward({
      targets: targets.map((to) => ({ to, seconds: to === silent.username ? 1 : 10 })),
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)

    ;(await busy.nextCall()).refuse(486)
    ;(await declines.nextCall()).refuse(603)
    const unanswered = await silent.nextCall()
    unanswered.ring()
    expect(await unanswered.ended).toMatchObject({ by: 'remote', how: 'cancel' })
    const answered = await last.nextCall()
    await answered.answer()
    await house.told(stranger, /both sides hear each other/)
    call.hangup()

    const { end } = await house.endedCall(stranger)
    expect(end?.chain).toMatchObject([
      {
        code: 'busy',
        by: 'callee',
        target: busy.username,
        sip: 486,
        sentence: `${busy.username} is busy (486 Busy Here)`,
      },
      {
        code: 'declined',
        by: 'callee',
        target: declines.username,
        sip: 603,
        sentence: `${declines.username} declined the call (603 Decline)`,
      },
      {
        code: 'no_answer',
        by: 'callee',
        target: silent.username,
        sentence: `${silent.username} did not answer within 1 second`,
      },
      {
        code: 'not_registered',
        by: 'service',
        target: away,
        sentence: `${away} is not registered: no phone has signed in with that extension`,
      },
      { code: 'completed', by: 'caller', sentence: 'the caller hung up' },
    ])
  })

  it('the caller hangs up while a target rings: the ringing stops, the next is not rung, there is no message', async () => {
    const ann = await house.signedIn()
    const bob = await house.signedIn()
    const { number, id } = await house.forward({
      targets: [
        { to: ann.username, seconds: 20 },
        { to: bob.username, seconds: 20 },
      ],
      notify: ann.username,
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const ringing = await ann.nextCall()
    ringing.ring()
    await house.told(stranger, /ringing/)
    call.hangup()

    expect(await ringing.ended).toMatchObject({ by: 'remote', how: 'cancel' })
    const { end, timeline } = await house.endedCall(stranger)
    expect(end).toMatchObject({ code: 'completed', by: 'caller' })
    expect(timeline.map(({ text }) => text).join('\n')).not.toContain(bob.username)
    expect(await house.voicemails(id, 0)).toEqual([])
    expect(await house.texts(ann.username, 0)).toEqual([])
  })

  it('the caller hangs up while the announcement is played: nobody is rung', async () => {
    const ann = await house.signedIn()
    const { number } = await house.forward({
      targets: [{ to: ann.username, seconds: 20 }],
      prompts: { forwarding: 'Please wait while we are forwarding your call' },
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    await call.answered
    await house.told(stranger, /Please wait/)
    call.hangup()

    const { end, timeline } = await house.endedCall(stranger)
    expect(end).toMatchObject({ code: 'completed', by: 'caller' })
    expect(timeline.filter(({ kind }) => kind === 'target')).toEqual([])
  })

  it('an extension with two phones: both ring, the first wins, the other is told why it stopped', async () => {
    const first = await house.signedIn()
    const second = await house.signedIn({ username: first.username, transport: 'tcp' })
    const { number } = await house.forward({ targets: [{ to: first.username, seconds: 20 }] })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const [atFirst, atSecond] = await Promise.all([first.nextCall(), second.nextCall()])
    atFirst.ring()
    atSecond.ring()
    await atSecond.answer()

    expect(await atFirst.ended).toMatchObject({ by: 'remote', how: 'cancel', q850: 26 })
    await house.told(stranger, /both sides hear each other/)
    atSecond.hangup()
    await call.ended
    expect((await house.endedCall(stranger)).end).toMatchObject({ code: 'completed' })
  })

  it('one of two phones declines: the other rings on', async () => {
    const first = await house.signedIn()
    const second = await house.signedIn({ username: first.username })
    const { number } = await house.forward({ targets: [{ to: first.username, seconds: 20 }] })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const [atFirst, atSecond] = await Promise.all([first.nextCall(), second.nextCall()])
    atFirst.refuse(486)
    atSecond.ring()
    await atSecond.answer()
    await house.told(stranger, /both sides hear each other/)
    atSecond.hangup()

    await call.ended
    expect((await house.endedCall(stranger)).end?.chain).toHaveLength(1)
  })

  it('hold and keys go across a talk', async () => {
    const ann = await house.signedIn()
    const { number } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }] })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    await house.told(stranger, /both sides hear each other/)

    await call.press('19#')
    await atAnn.heardKeys(3)
    // By INFO first: from a phone that sends events, INFO would be the same key told twice.
    await atAnn.pressByInfo('7')
    await call.heardKeys(1)
    await atAnn.press('0*')
    await call.heardKeys(3)
    await call.hold()
    await call.resume()
    const annHears = atAnn.listen()
    await call.play(house.wav(tune(3, 1)))
    const heard = await annHears.stop()
    call.hangup()

    expect(atAnn.keys).toBe('19#')
    expect(call.keys).toBe('70*')
    expect(likeness(heard, tune(3, 1))).toBeGreaterThan(0.95)
    const { timeline } = await house.endedCall(stranger)
    expect(timeline.filter(({ kind }) => kind === 'hold').map(({ text }) => text)).toEqual([
      'the other side put us on hold',
      'the other side took us off hold',
    ])
  })

  it('the target holds and resumes: both are heard again', async () => {
    const ann = await house.signedIn()
    const { number } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }] })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    await house.told(stranger, /both sides hear each other/)
    await atAnn.hold()
    await house.told(stranger, new RegExp(`^${ann.username} put the caller on hold$`))
    await atAnn.resume()
    await house.told(stranger, new RegExp(`^${ann.username} took the caller off hold$`))
    const [annHears, callerHears] = [atAnn.listen(), call.listen()]
    await Promise.all([call.play(house.wav(tune(4, 1))), atAnn.play(house.wav(tune(5, 1)))])
    const [heardByAnn, heardByCaller] = [await annHears.stop(), await callerHears.stop()]
    call.hangup()
    await atAnn.ended

    expect(likeness(heardByAnn, tune(4, 1))).toBeGreaterThan(0.95)
    expect(likeness(heardByCaller, tune(5, 1))).toBeGreaterThan(0.95)
  })

  it('targets see the number of the forward where that is wished', async () => {
    const ann = await house.signedIn()
    const { number } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }], callerId: 'number' })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const atAnn = await ann.nextCall()
    call.hangup()

    expect(atAnn.remote.user).toBe(number)
    await atAnn.ended
  })
})
