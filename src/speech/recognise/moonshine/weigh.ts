import tokenizer from 'llama-tokenizer-js'
import { alignWords } from '../offline/align.ts'
import type { Weighed } from '../recogniser.ts'
import { endOfText, type Written } from './model.ts'

/** A word as it was written: its tokens, and what is said for it. */
export interface WrittenPlace {
  readonly from: number
  readonly to: number
  readonly text: string
  readonly said: readonly string[]
}

/** Behind the words in question: what is written there is the likelier, the more they make sense. */
const tokensBehind = 3
/** As the model writes keys; elsewhere it writes numbers out. */
const figures: ReadonlyMap<string, string> = new Map(
  'zero one two three four five six seven eight nine'.split(' ').map((word, i) => [word, String(i)]),
)
const beforeFigures = new Set(['press', 'dial', 'select', 'or', 'say'])

interface Place extends Omit<Weighed, 'gain'> {
  /** Tokens of the text as it was written, and of the one with the other's words. */
  readonly ownTokens: readonly [from: number, to: number]
  readonly otherTokens: readonly [from: number, to: number]
}

/**
 * Says of each place where another recogniser heard other words how likely these are by the sound, in place of what was written: both texts are
 * weighed whole, one with all words of the other.
 */
export async function weighWords(
  begun: Written,
  tokens: readonly number[],
  written: readonly WrittenPlace[],
  others: readonly string[],
): Promise<readonly Weighed[]> {
  const { places, text } = withWords(tokens, written, others)
  if (places.length === 0) return []
  const own = await begun.weigh([...tokens, endOfText])
  const other = await begun.weigh([...text, endOfText])
  return places.map(({ ownTokens, otherTokens, ...place }) => ({
    ...place,
    gain: (sum(other, otherTokens) - sum(own, ownTokens)) / Math.max(1, lengthOf(ownTokens), lengthOf(otherTokens)),
  }))
}

const lengthOf = ([from, to]: readonly [number, number]): number => to - from
const sum = (each: readonly number[], [from, to]: readonly [number, number]): number =>
  each.slice(from, to + tokensBehind).reduce((all, one) => all + one, 0)

/** The text with the other's words wherever these differ. */
function withWords(tokens: readonly number[], written: readonly WrittenPlace[], others: readonly string[]) {
  const said = written.flatMap((word, i) => word.said.map((text) => ({ text, i })))
  // Of a number that is several words the half cannot be replaced.
  const between = (at: number): boolean => said[at - 1] !== undefined && said[at - 1]?.i === said[at]?.i
  const text: number[] = []
  const places: Place[] = []
  let done = 0
  for (const { same, first, second } of alignWords(
    others,
    said.map((word) => word.text),
  )) {
    const [from, to] = second
    if (same || between(from) || between(to)) continue
    const words = written.slice(said[from]?.i ?? written.length, to > from ? said[to - 1]!.i + 1 : said[from]?.i)
    const at = words[0]?.from ?? (from < said.length ? written[said[from]!.i]!.from : tokens.length)
    const end = words.at(-1)?.to ?? at
    text.push(...tokens.slice(done, at))
    const begin = text.length
    text.push(...asWritten(others.slice(...first), words, others[first[0] - 1]))
    places.push({ others: first, own: second, ownTokens: [at, end], otherTokens: [begin, text.length] })
    done = end
  }
  text.push(...tokens.slice(done))
  return { places, text }
}

/** Words as the model would write them in place of its own: with their capital and the mark behind them. */
function asWritten(words: readonly string[], inPlaceOf: readonly WrittenPlace[], before = ''): readonly number[] {
  const mark = /[^\w'#*]+$/.exec(inPlaceOf.at(-1)?.text ?? '')?.[0] ?? ''
  if (words.length === 0) return mark === '' ? [] : tokenizer.encode(mark, false, false)
  const figured = words.map((word, i) =>
    beforeFigures.has(words[i - 1] ?? before) ? (figures.get(word) ?? word) : word,
  )
  const line = figured.join(' ') + mark
  const capital = /^[A-Z]/.test(inPlaceOf[0]?.text ?? '')
  return tokenizer.encode(capital ? line.charAt(0).toUpperCase() + line.slice(1) : line, false, true)
}
