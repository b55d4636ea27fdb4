import type { Likelihood } from '../model/likelihood.ts'
import type { RecognisedWord, Weighed } from '../recogniser.ts'
import { alignWords, type Stretch } from './align.ts'
import { confidenceOf, meanLogit, oddsOfMoonshine, plain } from './odds.ts'

/** Of one utterance. */
export interface Transcripts {
  /** From pocketsphinx, which knows what menus say, and when each word was said. */
  readonly sphinx: readonly RecognisedWord[]
  /** From Moonshine, which knows English; its times are estimates. */
  readonly moonshine: readonly RecognisedWord[]
  /** What Moonshine makes of pocketsphinx' words, where it was asked in time. */
  readonly weighed?: readonly Weighed[]
}

/**
 * One transcript of two. Words that both have stand; where they differ, a logistic model chooses, by how sure each recogniser is, by
 * what the language of telephones would rather say, and by what Moonshine makes of pocketsphinx' words. Times are pocketsphinx's wherever it heard anything. Pure.
 */
export function mergeWords(
  { sphinx, moonshine, weighed = [] }: Transcripts,
  language: Likelihood,
): readonly RecognisedWord[] {
  const known = sphinx.map(plain)
  const heard = withSigns(moonshine)
  const stretches = alignWords(known, heard.map(plain))
  const sure = { sphinx: meanLogit(sphinx), moonshine: meanLogit(moonshine) }
  const merged = stretches.flatMap((stretch) => {
    const [here, there] = [sphinx.slice(...stretch.first), heard.slice(...stretch.second)]
    if (stretch.same) return here.map((word, i) => ({ ...word, confidence: either(word, there[i]!) }))
    const before = ['<s>', ...known.slice(0, stretch.first[0])]
    const behind = [...known.slice(stretch.first[1]), '</s>']
    const gain = language.of(before, there.map(plain), behind) - language.of(before, here.map(plain), behind)
    const asked = weighed.find(({ others, own }) => is(others, stretch.first) && is(own, stretch.second))
    const lost = asked === undefined ? undefined : -asked.gain
    const odds = oddsOfMoonshine({ sphinx: here, moonshine: there }, sure, { language: gain, lost })
    const chosen = odds > 0 ? placed(there, stretch, { sphinx, moonshine: heard }) : here
    const right = 1 / (1 + Math.exp(-Math.abs(odds)))
    return chosen.map((word) => ({ ...word, confidence: confidenceOf(word) * right }))
  })
  return merged.map((word, i) => ({ ...word, usual: usualOf(merged, i, language) }))
}

/** To a tenth: words are kept with each hearing. */
const usualOf = (words: readonly RecognisedWord[], i: number, language: Likelihood): number =>
  Math.round(10 * language.of(['<s>', ...words.slice(Math.max(0, i - 2), i).map(plain)], [plain(words[i]!)], [])) / 10

const is = (a: Weighed['own'], b: Weighed['own']): boolean => a[0] === b[0] && a[1] === b[1]

/** Behind a verb, also as Moonshine mishears one, nobody says these: "press dard", "breast bound". */
const mistaken: ReadonlyMap<string, string> = new Map([
  ['dar', 'star'],
  ['dard', 'star'],
  ['dart', 'star'],
  ['tar', 'star'],
  ['bound', 'pound'],
])
const mishearsPress = new Set(['pressed', 'breast'])
const soundLikePress = new Set(['press', ...mishearsPress, 'dial', 'select', 'hit'])
const nothing: RecognisedWord = { word: '', fromMs: 0, toMs: 0 }

/** With the keys that Moonshine did not know for such. */
const withSigns = (words: readonly RecognisedWord[]): readonly RecognisedWord[] => {
  const signAt = (i: number): string | undefined =>
    soundLikePress.has(plain(words[i - 1] ?? nothing)) ? mistaken.get(plain(words[i] ?? nothing)) : undefined
  return words.map((word, i) => {
    const sign = signAt(i) ?? (signAt(i + 1) !== undefined && mishearsPress.has(plain(word)) ? 'press' : undefined)
    return sign === undefined ? word : { ...word, word: sign }
  })
}

/** That two who hear differently are wrong in the same way is rare. */
const either = (a: RecognisedWord, b: RecognisedWord): number => 1 - (1 - confidenceOf(a)) * (1 - confidenceOf(b))

/** Words with the time of those in whose place they come; between the words around them where there are none. */
function placed(
  words: readonly RecognisedWord[],
  { first: [from, to], second }: Stretch,
  { sphinx, moonshine }: Transcripts,
): readonly RecognisedWord[] {
  const own = { fromMs: moonshine[second[0]]?.fromMs ?? 0, toMs: moonshine[second[1] - 1]?.toMs ?? 0 }
  if (from < to) return sharing(words, sphinx[from]!.fromMs, sphinx[to - 1]!.toMs)
  // At the edge of the utterance Moonshine's own, which are estimates and may lie beyond the word of pocketsphinx that they stand beside.
  const [before, behind] = [sphinx[from - 1]?.toMs, sphinx[to]?.fromMs]
  const fromMs = before ?? Math.min(own.fromMs, behind ?? own.fromMs)
  return sharing(words, fromMs, behind ?? Math.max(own.toMs, fromMs))
}

/** The words share the time by their letters. */
function sharing(words: readonly RecognisedWord[], fromMs: number, toMs: number): readonly RecognisedWord[] {
  const letters = words.reduce((sum, { word }) => sum + word.length + 1, 0)
  const timeOf = (count: number): number => Math.round(fromMs + ((toMs - fromMs) * count) / letters)
  let count = 0
  return words.map((word) => {
    const began = timeOf(count)
    count += word.word.length + 1
    return { ...word, fromMs: began, toMs: timeOf(count) }
  })
}
