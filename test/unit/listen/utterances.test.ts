import { describe, expect, it } from 'vitest'
import { Listener } from '../../../src/media/listen/listener.ts'
import type { Heard } from '../../../src/media/plane.ts'
import { concat, sine } from '../../kit/sound.ts'
import { chords, silence, voice, withNoise } from './sounds.ts'

function hear(
  samples: Int16Array,
  pauseMs = 600,
  silenceMs: readonly number[] = [1200, 3000],
  longestMs = 25_000,
): readonly Heard[] {
  const heard: Heard[] = []
  const tell = (event: Heard): void => {
    heard.push(event.kind === 'audio' ? { kind: 'audio', samples: event.samples.slice() } : event)
  }
  const listener = new Listener({ pauseMs, silenceMs, longestMs }, tell)
  for (let at = 0; at + 160 <= samples.length; at += 160) listener.push(samples.subarray(at, at + 160))
  listener.finish()
  return heard
}

const kinds = (heard: readonly Heard[]): readonly string[] =>
  heard.map(({ kind }) => kind).filter((kind) => kind !== 'audio')

/** Audio of each utterance. */
function utterances(heard: readonly Heard[]): Int16Array[] {
  const found: Int16Array[] = []
  let parts: Int16Array[] = []
  for (const event of heard) {
    if (event.kind === 'speech') parts = []
    if (event.kind === 'audio') parts.push(event.samples)
    if (event.kind === 'utterance') found.push(concat(...parts))
  }
  return found
}

describe('utterances', () => {
  it('are cut at the length that was asked for, with nothing lost in between', () => {
    const heard = hear(concat(silence(1000), voice(4000), silence(1000)), 600, [], 1500)

    const found = utterances(heard)
    expect(found).toHaveLength(3)
    // With what is kept from before the voice was noticed, and of the pause after it.
    expect(Math.max(...found.map(({ length }) => length / 8))).toBeLessThan(1500 + 600)
    expect(found.reduce((sum, { length }) => sum + length, 0) / 8).toBeGreaterThan(3900)
  })

  it('are cut at pauses that are long enough, and silences told after them', () => {
    const heard = hear(
      concat(silence(1000), voice(2000), silence(300), voice(1000), silence(800), voice(1500), silence(4000)),
    )

    expect(kinds(heard)).toEqual(['speech', 'utterance', 'speech', 'utterance', 'silence', 'silence'])
    const [first = silence(0), second = silence(0)] = utterances(heard)
    // What was said, 300 ms before it and 300 after.
    expect(first.length / 8).toBeGreaterThanOrEqual(3300 + 250)
    expect(first.length / 8).toBeLessThanOrEqual(3300 + 700)
    expect(second.length / 8).toBeGreaterThanOrEqual(1500 + 250)
    expect(second.length / 8).toBeLessThanOrEqual(1500 + 700)
  })

  it('hold every sample of what was said, in order', () => {
    const said = voice(1800, 5)
    const [only = silence(0)] = utterances(hear(concat(silence(400), said, silence(1000))))
    const at = only.findIndex((_, i) => said.every((sample, j) => j >= 400 || only[i + j] === sample))

    expect(at).toBeGreaterThanOrEqual(0)
    expect(only.subarray(at, at + said.length)).toEqual(said)
  })

  it('have nothing of the one before in front, however short the pause', () => {
    const heard = hear(concat(silence(500), voice(1000, 2), silence(420), voice(1000, 3), silence(600)), 200)
    const all = utterances(heard).reduce((sum, samples) => sum + samples.length, 0)

    expect(utterances(heard).length).toBe(2)
    expect(all / 8).toBeLessThanOrEqual(500 + 1000 + 420 + 1000 + 600)
  })

  it('are cut where nobody ever pauses', () => {
    const cut = utterances(hear(concat(silence(500), voice(60_000), silence(1000))))

    expect(cut.length).toBeGreaterThanOrEqual(2)
    for (const samples of cut) expect(samples.length / 8000).toBeLessThanOrEqual(25.4)
  })

  it('end where it begins to ring right behind them', () => {
    const ring = sine([440, 480], 2000, 4000)
    const heard = hear(concat(silence(500), voice(2000), ring, voice(1500, 4), silence(1000)), 600, [])
    const [first = silence(0), second = silence(0)] = utterances(heard)

    expect(kinds(heard)).toEqual(['speech', 'utterance', 'tone', 'speech', 'utterance'])
    expect(first.length / 8).toBeLessThan(2000 + 900)
    expect(second.length / 8).toBeGreaterThan(1500)
  })

  it('are found over noise', () => {
    const line = withNoise(concat(silence(2000), voice(2000), silence(1500), voice(1500), silence(2000)), 400)

    expect(kinds(hear(line)).filter((kind) => kind === 'utterance')).toHaveLength(2)
  })

  it('are none in silence and noise', () => {
    expect(kinds(hear(silence(4000)))).toEqual(['silence', 'silence'])
    expect(kinds(hear(withNoise(silence(8000), 300)))).not.toContain('utterance')
  })

  it('silence from the start is told from 0', () => {
    expect(hear(silence(2000))).toEqual([{ kind: 'silence', fromMs: 0, ms: 1200 }])
  })
})

describe('music', () => {
  it('is told when it has played for some seconds, and when it ends', () => {
    const heard = hear(concat(silence(1000), chords(15_000), silence(8000)), 600, [])
    const music = heard.flatMap((event) => (event.kind === 'music' ? [event.playing] : []))

    expect(music).toEqual([true, false])
  })

  it('is told where it hisses, too', () => {
    const heard = hear(withNoise(concat(chords(15_000), silence(9000)), 550), 600, [])

    expect(heard.flatMap((event) => (event.kind === 'music' ? [event.playing] : []))).toEqual([true, false])
  })

  it('is not the noise of a line on which nobody speaks, nor what is said over it without a pause', () => {
    const heard = hear(withNoise(concat(silence(20_000), voice(20_000)), 550), 600, [])

    expect(kinds(heard)).not.toContain('music')
    expect(kinds(heard)).toContain('utterance')
  })

  it('is not a voice that speaks', () => {
    const talk = concat(...Array.from({ length: 8 }, (_, i) => [voice(1800, i), silence(350)]).flat())

    expect(kinds(hear(talk))).not.toContain('music')
  })
})
