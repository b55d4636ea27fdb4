import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, rate, tune } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import type { VirtualPhone } from '../kit/virtual-phone.ts'

describe('a service that is killed', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope, database: 'embedded' })
  })
  afterAll(() => scope.close())

  const mailbox = async (ann: VirtualPhone & { readonly username: string }) =>
    house.forward({ targets: [{ to: ann.username, seconds: 10 }], notify: ann.username })

  /** What was sent before this has arrived: texts to one phone are sent in the order in which they were queued. */
  async function afterAnotherText(ann: VirtualPhone & { readonly username: string }): Promise<readonly string[]> {
    await house.service.api('POST', '/v1/messages', { to: ann.username, body: 'Another text' })
    await house.texts(ann.username, ann.texts.length + 1, 'delivered')
    return ann.texts.map(({ body }) => body)
  }

  it('in the middle of a recording: it is there, its call is closed, and the owner is told once', async () => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await mailbox(ann)
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^recording$/)
    await call.play(house.wav(tune(21, 4)))
    await house.service.kill9()
    await house.service.restart()

    const [voicemail] = await house.voicemails(id, 1)
    expect(voicemail).toMatchObject({ state: 'new', recording: { state: 'kept' } })
    const message = await house.download(voicemail!.recording.url)
    // Up to the last second before the end.
    expect(message.length).toBeGreaterThan(3 * rate)
    expect(likeness(message, tune(21, 3))).toBeGreaterThan(0.95)

    const { end, timeline, answeredAt } = await house.callFrom(stranger, ({ state }) => state === 'ended')
    expect(end).toMatchObject({
      code: 'interrupted',
      by: 'service',
      sentence: 'the service was killed while the call was up; what was recorded until then is kept',
    })
    expect(answeredAt).not.toBeNull()
    expect(timeline.map(({ text }) => text)).toContain('recording')

    const text = await ann.nextText()
    expect(text.body).toMatch(/^New voice message for Forward \d+ from \+1555020\d+, [345] s: http:/)
    expect(await house.download(text.body.split(' ').at(-1)!)).toEqual(message)

    await house.service.kill9()
    await house.service.restart()
    expect(await afterAnotherText(ann)).toEqual([text.body, 'Another text'])
    expect(await house.voicemails(id, 1)).toHaveLength(1)
    call.hangup()
  })

  it('stopped in the middle of a recording: the same, and the caller is hung up on', async () => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await mailbox(ann)
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^recording$/)
    await call.play(house.wav(tune(22, 2)))
    await house.service.restart()

    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })
    const [voicemail] = await house.voicemails(id, 1)
    expect(voicemail?.state).toBe('new')
    expect(likeness(await house.download(voicemail!.recording.url), tune(22, 2))).toBeGreaterThan(0.95)
    const { end } = await house.callFrom(stranger, ({ state }) => state === 'ended')
    expect(end).toMatchObject({ code: 'interrupted', sentence: 'the service was stopped while the call was up' })
    await ann.nextText()
    expect(await afterAnotherText(ann)).toHaveLength(2)
    expect(await house.texts(ann.username, 2)).toHaveLength(2)
  })

  it.each([0, 20, 60, 150])('%i ms after a message was left: it is announced by one text', async (ms) => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await mailbox(ann)
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^recording$/)
    await call.play(house.wav(tune(23, 1)))
    call.hangup()
    // The time is what is tested: where in its work it hits the service is left to the machine.
    await new Promise((resolve) => setTimeout(resolve, ms))
    await house.service.kill9()
    await house.service.restart()

    await ann.nextText()
    expect(await house.voicemails(id, 1)).toMatchObject([{ state: 'new' }])
    await house.texts(ann.username, 1, 'delivered')
    expect(await house.texts(ann.username, 1)).toHaveLength(1)
    expect(new Set(ann.texts.map(({ body }) => body)).size).toBe(1)
    expect((await house.callFrom(stranger, ({ state }) => state === 'ended')).end).not.toBeNull()
  })

  it('before a word was said: there is no message, and nobody is told of any', async () => {
    const ann = await house.signedIn()
    const { voicemailNumber, id } = await mailbox(ann)
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(voicemailNumber)
    await house.told(stranger, /^the beep tone$/)
    await house.service.kill9()
    await house.service.restart()

    expect((await house.callFrom(stranger, ({ state }) => state === 'ended')).end?.code).toBe('interrupted')
    expect((await house.voicemails(id, 0)).filter(({ state }) => state !== 'empty')).toEqual([])
    expect(await afterAnotherText(ann)).toEqual(['Another text'])
    call.hangup()
  })

  it('while a target is rung: the call is closed, and the next one goes through', async () => {
    const ann = await house.signedIn()
    const { number } = await mailbox(ann)
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    ;(await ann.nextCall()).ring()
    // A call gets its row some 50 ms after it came; one that is killed before leaves none.
    await house.callFrom(stranger)
    await house.service.kill9()
    await house.service.restart()

    expect((await house.callFrom(stranger, ({ state }) => state === 'ended')).end?.code).toBe('interrupted')
    call.hangup()
    const other = house.stranger()
    const again = (await house.phone(other)).call(number)
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    await house.told(other, /both sides hear each other/)
    again.hangup()
    expect(await atAnn.ended).toMatchObject({ how: 'bye' })
  })

  it.each(['killed', 'stopped'] as const)(
    'a text that waits is delivered once, though the service was %s',
    async (how) => {
      const username = await house.extension()
      await house.service.api('POST', '/v1/messages', { to: username, body: 'Lunch?' })
      const [waiting] = await house.texts(username, 1, 'waiting')
      if (how === 'killed') await house.service.kill9()
      await house.service.restart()
      expect(waiting?.reason).toBe(`${username} is not registered; it is delivered when a phone signs in`)
      expect(await house.texts(username, 1, 'waiting')).toHaveLength(1)

      const phone = await house.signedIn({ username, transport: 'tcp' })
      expect(await phone.nextText()).toMatchObject({ body: 'Lunch?' })
      await house.texts(username, 1, 'delivered')
      await phone.register()
      expect(await afterAnotherText(phone)).toEqual(['Lunch?', 'Another text'])
    },
  )

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
