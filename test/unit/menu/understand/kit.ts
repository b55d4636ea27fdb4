import { readFileSync } from 'node:fs'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import { type Understanding, understand } from '../../../../src/menu/understand/understand.ts'
import { vote } from '../../../../src/menu/understand/vote.ts'
import type { HeardWord } from '../../../../src/phone/listen.ts'

export interface KnownPrompt {
  readonly kind: string
  readonly text: string
  readonly options: readonly (readonly [string, string])[]
  readonly entry?: { readonly digits?: number; readonly end?: string }
  readonly say?: readonly string[]
}

export const prompts = JSON.parse(
  readFileSync(new URL('./prompts.json', import.meta.url), 'utf8'),
) as readonly KnownPrompt[]

export const read = (text: string): Understanding => understand(wordsOfText(text))
/** `1 sales; 2 support` */
const listed = (options: readonly { readonly key: string; readonly label: string }[]): string =>
  options.map(({ key, label }) => `${key} ${label}`.trim()).join('; ')

export const offered = ({ options }: Understanding): string => listed(options)

const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

/**
 * What a recogniser gives for a text that is read aloud: no marks, numbers as words, pauses as times.
 * @param pauses milliseconds after a comma and after a sentence; 0 for a voice that never stops
 */
export function spoken(
  text: string,
  pauses: { readonly comma: number; readonly sentence: number },
): readonly HeardWord[] {
  let at = 0
  return text.split(/\s+/).flatMap((word) => {
    const bare = word.toLowerCase().replace(/[^\p{L}\p{N}'*#]/gu, '')
    const words = /^[0-9]+$/.test(bare) ? [...bare].map((digit) => digits[Number(digit)]!) : [bare]
    const heard = words.map((each) => {
      const fromMs = at
      at += 60 + 55 * each.length
      return { word: each, fromMs, toMs: at }
    })
    at += /[.!?;:]$/.test(word) ? pauses.sentence : /,$/.test(word) ? pauses.comma : 0
    return heard
  })
}

const pauses = { comma: 250, sentence: 500 }

/** As a recogniser tells it, of each word as sure as of any other. */
export const recognised = (text: string): Understanding =>
  understand(spoken(text, pauses).map((word) => ({ ...word, confidence: 0.8 })))

/** As a recogniser tells it; a word with `~` before it was hardly heard, one with `?` as surely as is said here, 0–1. */
export const doubtedWords = (text: string, doubtful: number): readonly HeardWord[] =>
  spoken(text.replace(/[~?]/g, ''), pauses).map((word, i) => {
    const mark = text.split(' ')[i]![0]!
    return { ...word, confidence: mark === '~' ? 0.05 : mark === '?' ? doubtful : 0.9 }
  })

/** @param doubtful as in `doubtedWords` */
export const heardAs =
  (doubtful: number) =>
  (text: string): Understanding =>
    understand(doubtedWords(text, doubtful))

/** What hearings of one prompt come to together. @param doubtful as in `doubtedWords` */
export const votedAs =
  (doubtful: number) =>
  (...texts: readonly string[]): string =>
    listed(vote(texts.map(heardAs(doubtful))))

export const keys = ({ options }: Understanding): string => options.map(({ key }) => key).join(' ')
