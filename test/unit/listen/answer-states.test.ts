import { describe, expect, it } from 'vitest'
import { Listener } from '../../../src/media/listen/listener.ts'
import type { AnswerNews } from '../../../src/media/plane.ts'
import { answerTone, tone } from '../../kit/answers/tones.ts'
import { concat } from '../../kit/sound.ts'
import { silence, voice } from './sounds.ts'

/** What is told, and at which second, tenths. */
function told(...parts: readonly Int16Array[]): readonly string[] {
  const samples = concat(...parts)
  const news: AnswerNews[] = []
  const listener = new Listener({ pauseMs: 600, silenceMs: [], answer: true }, (heard) => {
    if (heard.kind === 'answered' || heard.kind === 'recording') news.push(heard)
  })
  for (let at = 0; at + 160 <= samples.length; at += 160) listener.push(samples.subarray(at, at + 160))
  return news.map((one) => `${one.kind === 'answered' ? one.by : one.after} ${(one.atMs / 1000).toFixed(1)}`)
}

const beep = (hz = 1000, ms = 400): Int16Array => tone([hz], ms, 8000)

describe('who answered, state by state', () => {
  it.each<readonly [string, readonly Int16Array[], readonly string[]]>([
    ['a word, then a wait', [silence(500), voice(600), silence(3000)], ['person 1.9']],
    ['a sentence, then a longer wait', [silence(500), voice(1600), silence(3000)], ['person 3.6']],
    ['a greeting and silence', [silence(500), voice(5000), silence(6000)], ['machine 3.7', 'silence 10.0']],
    ['a greeting and a beep', [voice(5000), silence(300), beep(), silence(3000)], ['machine 3.2', 'beep 6.4']],
    ['a few words and a beep at once', [voice(800), beep(440, 500), silence(2000)], ['machine 2.0', 'beep 2.0']],
    [
      'three beeps',
      [voice(4000), beep(), silence(200), beep(), silence(200), beep(), silence(2000)],
      ['machine 3.2', 'beep 6.3'],
    ],
    [
      'a beep, more words, another beep',
      [voice(4000), beep(), silence(100), voice(2000), beep(), silence(2000)],
      ['machine 3.2', 'beep 7.6'],
    ],
    [
      'a beep long after silence was taken for the end',
      [voice(4000), silence(6000), beep(), silence(2000)],
      ['machine 3.2', 'silence 8.5', 'beep 11.0'],
    ],
    ['a beep alone', [silence(300), beep(), silence(2000)], ['machine 1.3', 'beep 1.3']],
    ['nothing', [silence(9000)], ['silence 5.0']],
    ['a fax that answers', [silence(500), answerTone(3000, 8000, false), silence(1000)], ['fax 1.6']],
    ['a fax of V.8', [silence(500), answerTone(3000, 8000, true), silence(1000)], ['fax 1.6']],
    ['a fax that calls', [silence(500), beep(1100, 500), silence(3000), beep(1100, 500), silence(900)], ['fax 4.6']],
    ['a long beep of 2100 Hz after words', [voice(4000), beep(2100, 900), silence(2000)], ['machine 3.2', 'beep 5.5']],
  ])('%s', (_, parts, expected) => {
    const heard = told(...parts)

    expect(heard.map((one) => one.split(' ')[0])).toEqual(expected.map((one) => one.split(' ')[0]))
    for (const [i, one] of heard.entries())
      expect(Math.abs(secondsOf(one) - secondsOf(expected[i]!)), heard.join()).toBeLessThanOrEqual(0.35)
  })
})

const secondsOf = (told: string): number => Number(told.split(' ')[1])
