import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { whoAnswers } from '../kit/answers/who-answers.ts'
import { toneShare } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import { describeWith } from '../setup/tools.ts'

interface Shown {
  readonly id: string
  readonly progress: { readonly open: number; readonly codes: Readonly<Record<string, number>> }
}

describeWith(['flite', 'espeak-ng'], 'calls of a broadcast', () => {
  const scope = new Scope('test')
  let house: House
  let greeting: string
  let hello: string

  beforeAll(async () => {
    house = await House.open({ scope })
    const { machine, person } = await whoAnswers()
    greeting = house.wav(machine)
    hello = house.wav(person)
  })
  afterAll(() => scope.close())

  /** A contact whose number rings a phone of the house, and a broadcast to it alone. */
  async function begin(call: object) {
    const phone = await house.signedIn()
    const { service } = house
    const { id: own, number } = await service.api<{ id: string; number: string }>('POST', '/v1/numbers', {})
    const assignment = { kind: 'extension', username: phone.username }
    await service.api('PATCH', `/v1/numbers/${own}`, { assignment })
    const { number: from } = await service.api<{ number: string }>('POST', '/v1/numbers', {})
    const contact = await service.api<{ id: string }>('POST', '/v1/contacts', { phone: number })
    const { id } = await service.api<Shown>('POST', '/v1/broadcasts', {
      ...{ name: 'One', way: 'call', to: { contacts: [contact.id] } },
      call: { from, message: { tone: 'dial', ms: 1500 }, ...call },
    })
    const callee = await phone.nextCall()
    await callee.answer()
    return { id, callee }
  }
  const codes = async (id: string) =>
    (await house.service.until<Shown>(`/v1/broadcasts/${id}`, ({ progress }) => progress.open === 0, 30_000)).progress
      .codes

  it('are heard by a person', async () => {
    const { id, callee } = await begin({})
    const recorded = callee.listen()
    await callee.play(hello)
    await callee.ended
    const heard = await recorded.stop()

    expect(toneShare(heard, 350)).toBeGreaterThan(0.05)
    expect(await codes(id)).toEqual({ heard: 1 })
  })

  it('are confirmed by a key', async () => {
    const { id, callee } = await begin({ voicemail: 'speak', confirm: { key: '5', ask: { tone: 'beep', ms: 200 } } })
    await callee.press('5')
    await callee.ended

    expect(await codes(id)).toEqual({ confirmed: 1 })
  })

  it('leave the message with a machine after its beep', async () => {
    const { id, callee } = await begin({})
    await callee.play(greeting)
    const recorded = callee.listen()
    await callee.ended
    const heard = await recorded.stop()

    const loud = (sample: number): boolean => Math.abs(sample) > 500
    expect((heard.findLastIndex(loud) - heard.findIndex(loud)) / 8).toBeGreaterThan(1400)
    expect(await codes(id)).toEqual({ left: 1 })
  })
})
