import { readFileSync } from 'node:fs'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import { type Understanding, understand } from '../../../../src/menu/understand/understand.ts'
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
export const offered = ({ options }: Understanding): string =>
  options.map(({ key, label }) => `${key} ${label}`.trim()).join('; ')

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
