import { beforeEach, describe, expect, it } from 'vitest'
import { TravelEar } from '../../../src/apps/travel-ear.ts'
import { wordsOfText } from '../../../src/menu/understand/token.ts'
import type { Transcript } from '../../../src/phone/listen.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

let clock: FakeClock
let listening: { heardMs: number }
let ear: TravelEar
beforeEach(() => {
  clock = new FakeClock()
  listening = { heardMs: 0 }
  ear = new TravelEar(clock)
  ear.begin(listening)
})

const said = (text: string, fromMs: number, toMs: number): Transcript => ({
  ...{ kind: 'transcript', utterance: 1, final: true, fromMs, toMs, text },
  words: wordsOfText(text),
})
/** @param audioMs shorter than `ms` where the machine was busy */
const pass = (ms: number, audioMs: number): void => {
  clock.advance(ms)
  listening.heardMs += audioMs
}
const words = (): Promise<string> => ear.until(({ words }) => words.map(({ word }) => word).join(' '))

describe('what is heard on the way through a menu', () => {
  it('behind a key is told from what began before it, though audio was lost', async () => {
    pass(10_000, 9200)
    const pressed = ear.now
    pass(200, 200)
    ear.forget(pressed)
    ear.take(said('for sales press one', 7000, 9250))
    ear.take(said('new orders press three', 9500, 12_000))

    expect(await words()).toBe('new orders press three')
  })

  it('is told with why something has no words', async () => {
    ear.take({ kind: 'untranscribed', utterance: 1, fromMs: 100, toMs: 2000, sentence: 'The recogniser is busy.' })

    expect(await ear.until(({ untranscribed }) => untranscribed)).toBe('The recogniser is busy.')
    ear.forget(ear.now)
    expect(await ear.until(({ untranscribed }) => untranscribed ?? 'nothing')).toBe('nothing')
  })

  it.each([
    ['is speech from its beginning', 2000, [true, true]],
    ['is none where it was a click', 400, [true, false]],
  ])('%s', async (_name, toMs, expected) => {
    const spoken = (): Promise<string> => ear.until(({ spoken }) => String(spoken))
    ear.take({ kind: 'speech', fromMs: 0 })
    const before = await spoken()
    ear.take({ kind: 'silence', fromMs: toMs, ms: 1200 })
    const after = await spoken()

    expect([before, after]).toEqual(expected.map(String))
  })
})
