import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { defaultForwardPrompts } from '../../src/phone/forward.ts'
import { likeness, rate, toneShare, tune } from '../kit/audio.ts'
import { House, shortPrompts } from '../kit/house.ts'

/** The beep is 1000 Hz for 400 ms; the loudest 200 ms of what was heard. */
function hasBeep(heard: Int16Array): boolean {
  const window = rate / 5
  for (let at = 0; at + window <= heard.length; at += window / 4) {
    const piece = heard.subarray(at, at + window)
    if (piece.some((sample) => sample > 4000) && toneShare(piece, 1000) > 0.95) return true
  }
  return false
}

const seconds = (samples: Int16Array): number => samples.length / rate

describe('the voicemail of a forward', { timeout: 40_000 }, () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope })
  })
  afterAll(() => scope.close())

  it('nobody answers: every announcement is heard, the message is kept, the owner gets one text that plays it', async () => {
    const ann = await house.signedIn()
    const away = await house.extension()
    const { number, id } = await house.forward({
      targets: [{ to: away, seconds: 10 }],
      notify: ann.username,
      prompts: defaultForwardPrompts,
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    await call.answered
    const listening = call.listen()
    await house.told(stranger, /^recording$/, 30_000)
    await call.play(house.wav(tune(11, 3)))
    await call.press('#')
    await call.ended
    const heard = await listening.stop()

    for (const words of Object.values(defaultForwardPrompts))
      expect(await house.saysIn(heard, words), words).toBeGreaterThan(0.9)
    expect(await house.saysIn(heard, 'Something that nobody ever said in this call')).toBeLessThan(0.7)
    expect(hasBeep(heard)).toBe(true)

    const [voicemail] = await house.voicemails(id, 1)
    const record = await house.endedCall(stranger)
    expect(voicemail).toMatchObject({ state: 'new', call: record.id, from: { address: stranger } })
    const message = await house.download(voicemail!.recording.url)
    expect(likeness(message, tune(11, 3))).toBeGreaterThan(0.95)
    expect(likeness(message, tune(12, 3))).toBeLessThan(0.5)
    expect(seconds(message)).toBeGreaterThan(2.9)
    expect(seconds(message)).toBeLessThan(5)
    expect(record.end).toMatchObject({ code: 'completed', by: 'service', sentence: 'the caller left a message' })
    expect(record.end?.chain.map(({ code }) => code)).toEqual(['not_registered', 'completed'])

    const text = await ann.nextText()
    const [, name, from, length, link] = /^New voice message for (.+) from (\S+), (\d+) s: (\S+)$/.exec(text.body) ?? []
    expect(text.from).toBe(number)
    expect({ name, from }).toEqual({ name: expect.stringMatching(/^Forward \d+$/), from: stranger })
    expect(Math.abs(Number(length) - seconds(message))).toBeLessThanOrEqual(1)
    expect(await house.download(link!)).toEqual(message)
    const page = await fetch(link!, { headers: { accept: 'text/html' } })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const source = /<audio [^>]*src="([^"]+)"/.exec(await page.text())?.[1]
    expect(await house.download(new URL(source!, link).href)).toEqual(message)
    expect(await house.texts(ann.username, 1, 'delivered')).toMatchObject([{ body: text.body, attempts: 1 }])
    expect(ann.texts).toHaveLength(1)
  })

  it.each(['udp', 'tcp'] as const)('its number leads to the greeting at once, by %s', async (transport) => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann.username, seconds: 10 }],
      prompts: { ...shortPrompts, greeting: 'Please leave your message after the beep' },
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger, { transport })).call(voicemailNumber)
    await call.answered
    const listening = call.listen()
    await house.told(stranger, /^recording$/)
    await call.play(house.wav(tune(13, 2)))
    await call.press('#')
    await call.ended
    const heard = await listening.stop()

    expect(await house.saysIn(heard, 'Please leave your message after the beep')).toBeGreaterThan(0.9)
    expect(hasBeep(heard)).toBe(true)
    const [voicemail] = await house.voicemails(id, 1)
    expect(likeness(await house.download(voicemail!.recording.url), tune(13, 2))).toBeGreaterThan(0.95)
    const { timeline, forward } = await house.endedCall(stranger)
    expect(forward).toBe(id)
    expect(timeline.filter(({ kind }) => kind === 'target')).toEqual([])
    // Nobody is to be told of it.
    expect((await house.service.api<{ items: unknown[] }>('GET', '/v1/messages?state=failed')).items).toEqual([])
  })

  it('silence ends it', async () => {
    const ann = await house.extension()
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann, seconds: 10 }],
      notify: ann,
      voicemail: { silenceSeconds: 2 },
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^recording$/)
    const listening = call.listen()
    await call.play(house.wav(tune(14, 2)))
    await call.ended

    expect(await house.saysIn(await listening.stop(), shortPrompts.thanks)).toBeGreaterThan(0.9)
    const [voicemail] = await house.voicemails(id, 1)
    const message = await house.download(voicemail!.recording.url)
    expect(likeness(message, tune(14, 2))).toBeGreaterThan(0.95)
    expect(seconds(message)).toBeGreaterThan(3.5)
    expect(seconds(message)).toBeLessThan(6)
    const { timeline } = await house.endedCall(stranger)
    expect(timeline.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^recorded \d\.\d s, ended by silence$/),
    )
  })

  it('the limit ends it', async () => {
    const ann = await house.extension()
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann, seconds: 10 }],
      voicemail: { maxSeconds: 2 },
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^recording$/)
    await call.play(house.wav(tune(15, 4)))
    await call.ended

    const [voicemail] = await house.voicemails(id, 1)
    expect(voicemail?.recording.ms).toBe(2000)
    const message = await house.download(voicemail!.recording.url)
    expect(likeness(message, tune(15, 1))).toBeGreaterThan(0.95)
    const { timeline } = await house.endedCall(stranger)
    expect(timeline.map(({ text }) => text)).toContain('recorded 2.0 s, ended by limit')
  })

  it('the caller hangs up while recording: what was said is kept and announced', async () => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann.username, seconds: 10 }],
      notify: ann.username,
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^recording$/)
    await call.play(house.wav(tune(16, 2)))
    call.hangup()
    await call.ended

    const text = await ann.nextText()
    const [voicemail] = await house.voicemails(id, 1)
    const message = await house.download(text.body.split(' ').at(-1)!)
    expect(voicemail?.state).toBe('new')
    expect(likeness(message, tune(16, 2))).toBeGreaterThan(0.95)
    expect((await house.endedCall(stranger)).end).toMatchObject({ code: 'completed', by: 'caller' })
    expect(await house.texts(ann.username, 1)).toHaveLength(1)
  })

  it('nobody speaks: nothing is announced', async () => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann.username, seconds: 10 }],
      notify: ann.username,
      voicemail: { silenceSeconds: 1 },
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await call.ended

    const { end } = await house.endedCall(stranger)
    expect(end).toMatchObject({ code: 'completed', sentence: 'the caller left no message: nothing was heard' })
    expect(await house.voicemails(id, 1)).toMatchObject([{ state: 'empty', recording: { speechMs: 0 } }])
    expect(await house.texts(ann.username, 0)).toEqual([])
    expect(ann.texts).toEqual([])
  })

  it('the caller hangs up at once after the beep: nothing is announced', async () => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann.username, seconds: 10 }],
      notify: ann.username,
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^recording$/)
    call.hangup()
    await call.ended

    expect((await house.endedCall(stranger)).end).toMatchObject({ code: 'completed', by: 'caller' })
    expect(await house.voicemails(id, 1)).toMatchObject([{ state: 'empty' }])
    expect(await house.texts(ann.username, 0)).toEqual([])
  })

  it.each([
    ['while the greeting is played', /Please leave your message after the beep/],
    ['during the beep', /^the beep tone$/],
  ])('the caller hangs up %s: there is no message', async (_, line) => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann.username, seconds: 10 }],
      notify: ann.username,
      prompts: { ...shortPrompts, greeting: 'Please leave your message after the beep' },
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, line)
    call.hangup()
    await call.ended

    expect((await house.endedCall(stranger)).end).toMatchObject({ code: 'completed', by: 'caller' })
    const { items } = await house.service.until<{ items: { state: string }[] }>(
      `/v1/voicemails?forward=${id}`,
      ({ items }) => items.every(({ state }) => state !== 'open'),
    )
    expect(items.filter(({ state }) => state === 'new')).toEqual([])
    expect(await house.texts(ann.username, 0)).toEqual([])
  })

  it('a caller who came while a target was rung and is sent on hears who is not reachable', async () => {
    const ann = await house.signedIn()
    const { number, id } = await house.forward({
      targets: [{ to: ann.username, seconds: 1 }],
      notify: ann.username,
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const atAnn = await ann.nextCall()
    atAnn.ring()
    await call.answered
    const listening = call.listen()
    await house.told(stranger, /^recording$/)
    await call.play(house.wav(tune(17, 1)))
    await call.press('#')
    await call.ended
    const heard = await listening.stop()

    expect(await atAnn.ended).toMatchObject({ how: 'cancel' })
    // Half a second of the ringback tone: 440 and 480 Hz.
    const ringback = heard.findIndex(
      (_, at) =>
        at % 800 === 0 &&
        toneShare(heard.subarray(at, at + 4000), 440) + toneShare(heard.subarray(at, at + 4000), 480) > 0.9,
    )
    expect(ringback).toBeGreaterThanOrEqual(0)
    expect(await house.saysIn(heard, shortPrompts.unreachable)).toBeGreaterThan(0.9)
    expect(await house.voicemails(id, 1)).toMatchObject([{ state: 'new' }])
    await ann.nextText()
  })

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
