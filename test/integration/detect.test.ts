import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { silence, whoAnswers } from '../kit/answers/who-answers.ts'
import { toneShare } from '../kit/audio.ts'
import { House, type ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { describeWith } from '../setup/tools.ts'

interface ShownAction {
  readonly id: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
}

describeWith(['flite', 'espeak-ng'], 'who answers a call', () => {
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

  async function placed(
    body: object,
    sound: string,
  ): Promise<{ id: string; callee: PhoneCall; played: Promise<void> }> {
    const phone = await house.signedIn()
    const call = { from: '+15550100', to: phone.username, ...body }
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', call)
    const callee = await phone.nextCall()
    await callee.answer()
    return { id, callee, played: callee.play(sound) }
  }
  const resultOf = async (call: string): Promise<ShownAction> => {
    const { items } = await house.service.until<{ items: readonly ShownAction[] }>(
      `/v1/calls/${call}/actions`,
      ({ items: all }) => all.some(({ state }) => state !== 'running'),
      20_000,
    )
    return items[0] as ShownAction
  }

  it('is a person, and the call goes on at once', async () => {
    const { id, callee } = await placed({ actions: [{ block: 'detect' }] }, hello)

    expect((await resultOf(id)).result).toMatchObject({ by: 'person', end: 'known' })
    callee.hangup()
  })

  it('is a machine, with which the message is left after its beep', async () => {
    const message = { tone: 'dial', ms: 1500 }
    const { id, callee, played } = await placed(
      { actions: [{ block: 'detect', message }, { block: 'hangup' }] },
      greeting,
    )
    await played
    const recorded = callee.listen()
    await callee.ended
    const heard = await recorded.stop()

    expect((await resultOf(id)).result).toMatchObject({ by: 'machine', records: 'beep', left: true })
    // Nothing of it was said before the beep was over.
    const loud = (sample: number): boolean => Math.abs(sample) > 500
    expect((heard.findLastIndex(loud) - heard.findIndex(loud)) / 8).toBeGreaterThan(1400)
    expect(toneShare(heard.subarray(0, 8 * 1500), 350)).toBeGreaterThan(0.1)
  })

  it('is nobody, of a flow that asks', async () => {
    const flow = {
      steps: [
        { name: 'who', block: 'detect', branches: { silence: 'bye', machine: 'end' }, next: 'end' },
        { name: 'bye', block: 'hangup' },
      ],
    }
    const { id, callee } = await placed({ flow }, house.wav(silence(8000)))
    await callee.ended

    const { timeline } = await house.service.api<{ timeline: readonly { text: string; data?: object }[] }>(
      'GET',
      `/v1/calls/${id}`,
    )
    expect(timeline.find(({ data }) => data !== undefined && 'answeredBy' in data)?.data).toEqual({
      answeredBy: 'silence',
    })
    expect(timeline.map(({ text }) => text)).toContain('step who came out as silence: on to step bye')
  })

  it('is looked at first where a call says what is to be done with each', async () => {
    const call = {
      actions: [{ block: 'play', prompt: { tone: 'busy', ms: 60_000 } }],
      detect: { machine: { message: { tone: 'dial', ms: 500 } } },
    }
    const machine = await placed(call, greeting)
    const person = await placed(call, hello)

    const { sentence } = await machine.callee.ended.then(() => ended(machine.id))
    expect(sentence).toBe('a machine answered, and the message was left')
    await house.service.until<{ items: readonly object[] }>(
      `/v1/calls/${person.id}/actions`,
      ({ items }) => items.length > 0,
      20_000,
    )
    person.callee.hangup()
  })

  it('counts as no answer where a planned call says so, and it is placed again', async () => {
    const phone = await house.signedIn()
    const planned = {
      ...{ from: '+15550100', to: phone.username, actions: [{ block: 'hangup' }], priority: 1 },
      ...{ detect: { machine: 'again' }, retry: { noAnswer: { times: 1, seconds: 1 } } },
    }
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/calls', planned)
    for (const sound of [greeting, hello]) {
      const callee = await phone.nextCall()
      await callee.answer()
      await callee.play(sound)
      await callee.ended
    }

    const path = `/v1/planned-calls/${id}`
    const over = await house.service.until<{ state: string; attempts: number }>(path, ({ state }) => state === 'done')
    expect(over.attempts).toBe(2)
  })

  it('is refused where nothing could be done with it', async () => {
    const phone = await house.signedIn()
    const ask = (body: object) =>
      house.service.request('POST', '/v1/calls', { from: phone.username, to: '+15550142', ...body })

    expect((await ask({ detect: {} })).body).toMatchObject({ errors: [{ field: '/detect' }] })
    expect((await ask({ app: 'api', detect: { fax: 'again' } })).body).toMatchObject({
      errors: [{ field: '/detect/fax' }],
    })
  })

  const ended = async (id: string): Promise<{ sentence: string }> => {
    const { end } = await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'ended')
    return end as { sentence: string }
  }
})
