import { describe, expect, it } from 'vitest'
import { Listener } from '../../../src/media/listen/listener.ts'
import type { Heard } from '../../../src/media/plane.ts'
import { concat, sine } from '../../kit/sound.ts'
import { cadence, silence, voice, withNoise } from './sounds.ts'

function hear(samples: Int16Array): readonly Heard[] {
  const heard: Heard[] = []
  const listener = new Listener({ pauseMs: 600, silenceMs: [] }, (event) => heard.push(event))
  for (let at = 0; at + 160 <= samples.length; at += 160) listener.push(samples.subarray(at, at + 160))
  listener.finish()
  return heard
}

const tonesIn = (samples: Int16Array): readonly string[] =>
  hear(samples).flatMap((event) => (event.kind === 'tone' ? [event.tone] : []))

const sit = concat(sine(950, 330), sine(1400, 330), sine(1800, 330))

/** ITU-T E.180 supplement 2, T.30, and what machines do. */
const table: readonly (readonly [string, Int16Array, readonly string[]])[] = [
  ['ringback of North America', cadence([440, 480], 2000, 4000, 2), ['ringback']],
  ['ringback of Europe', cadence([425], 1000, 4000, 2), ['ringback']],
  [
    'ringback of Britain',
    concat(cadence([400, 450], 400, 200, 2), silence(1800), cadence([400, 450], 400, 200, 2), silence(2000)),
    ['ringback'],
  ],
  [
    'a ring that somebody answers',
    concat(silence(300), sine([440, 480], 1500, 4000), silence(300), voice(1500)),
    ['ringback'],
  ],
  [
    'a ring that begins right behind a voice, and that somebody answers as soon',
    concat(silence(300), voice(1600), sine([440, 480], 1900, 4000), voice(1500)),
    ['ringback'],
  ],
  ['busy of North America', cadence([480, 620], 500, 500, 5), ['busy']],
  ['busy of Europe', cadence([425], 500, 500, 5), ['busy']],
  ['busy of Britain', cadence([400], 375, 375, 6), ['busy']],
  ['congestion of North America', cadence([480, 620], 250, 250, 8), ['congestion']],
  ['congestion of Europe', cadence([425], 240, 240, 8), ['congestion']],
  ['dial tone of North America', sine([350, 440], 4000, 5000), ['dial']],
  ['dial tone of Europe', sine(425, 4000), ['dial']],
  ['special information tone', concat(silence(300), sit, silence(400), voice(2000)), ['sit']],
  ['an answering fax', concat(silence(200), sine(2100, 3000), silence(500)), ['fax']],
  ['a calling fax', concat(silence(200), cadence([1100], 500, 3000, 3)), ['beep', 'fax']],
  ['the beep of an answering machine', concat(voice(2000), silence(400), sine(1000, 400), silence(1500)), ['beep']],
  ['a low beep', concat(voice(2000), silence(400), sine(440, 500), silence(3000)), ['beep']],
  ['silence', silence(10_000), []],
  ['a voice', concat(silence(500), voice(9000), silence(1000)), []],
  // "five ... nine": a list read by a voice that holds each vowel at one pitch.
  [
    'vowels that come as regularly as a tone, with other sounds between them',
    concat(...Array.from({ length: 6 }, () => [sine(420, 160), sine([500, 900, 1500], 240)]).flat(), silence(1000)),
    [],
  ],
  ['a key', concat(silence(500), sine([697, 1209], 300, 5000), silence(3000)), []],
]

describe('tones of telephones', () => {
  it.each(table)('%s', (_, samples, expected) => {
    expect(tonesIn(samples)).toEqual(expected)
  })

  it.each(table)('%s, with noise 26 dB below', (_, samples, expected) => {
    expect(tonesIn(withNoise(samples, 600))).toEqual(expected)
  })

  it('are a ring while two of them sound that beat, and no ring where one sounds alone', () => {
    const ring = concat(silence(300), sine([440, 480], 1300, 4000))
    const note = sine(460, 1300)
    const fading = note.map((sample, i) => sample * (1 - i / note.length))

    expect([ring, withNoise(ring, 900)].map(tonesIn)).toEqual([['ringback'], ['ringback']])
    expect([note, fading].map((samples) => tonesIn(concat(silence(300), samples)))).toEqual([[], []])
  })

  it('end what was said before a ring, noise or not', () => {
    const call = concat(silence(300), voice(1600), sine([440, 480], 1900, 4000), voice(1500), silence(700))
    const utterances = (samples: Int16Array): number => hear(samples).filter(({ kind }) => kind === 'utterance').length
    expect([call, withNoise(call, 300)].map(utterances)).toEqual([2, 2])
  })

  it('are nobody speaking', () => {
    const speech = table
      .filter(([name]) => /ringback|busy|congestion|dial|fax/.test(name))
      .map(([name, samples]) => [name, hear(samples).filter(({ kind }) => kind === 'utterance').length])

    expect(speech.filter(([, count]) => count !== 0)).toEqual([])
  })

  it('are told with the time at which they began', () => {
    const heard = hear(concat(silence(1000), cadence([480, 620], 500, 500, 4)))
    const tone = heard.find(({ kind }) => kind === 'tone')

    expect(tone).toMatchObject({ tone: 'busy' })
    const fromMs = tone?.kind === 'tone' ? tone.fromMs : -1
    expect(Math.abs(fromMs - 1000)).toBeLessThanOrEqual(80)
  })
})
