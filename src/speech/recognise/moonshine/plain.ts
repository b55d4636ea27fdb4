import type { WrittenWord } from './pieces.ts'

/** A word as it is said: letters and apostrophes. */
export interface PlainWord {
  readonly word: string
  readonly confidence: number
  /** What was written behind it: 1 a comma or colon, 2 the end of a sentence. */
  readonly mark: 0 | 1 | 2
}

const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const teens = 'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ')
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
const ordinals = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ')
const signs: ReadonlyMap<string, string> = new Map([
  ['#', 'pound'],
  ['*', 'star'],
  ['&', 'and'],
  ['%', 'percent'],
  ['@', 'at'],
  ['+', 'plus'],
])
/** `24 hours` is said as a number; `press 24` key by key, and whoever reads keys takes either. */
const counted =
  /^(?:digits?|characters?|hours?|minutes?|seconds?|days?|weeks?|months?|years?|percent|dollars?|cents?|am|pm)$/

/** What the model writes, as people say it and other recognisers tell it: lower case, no marks, digits as words. */
export function plainWords(written: readonly WrittenWord[]): readonly PlainWord[] {
  const plain: PlainWord[] = []
  for (const [i, said] of saidAs(written).entries()) {
    const { text, confidence } = written[i]!
    const mark = markOf(text)
    plain.push(...said.map((word, k) => ({ word, confidence, mark: k === said.length - 1 ? mark : (0 as const) })))
    const last = plain.at(-1)
    if (said.length === 0 && last !== undefined && mark > last.mark) plain[plain.length - 1] = { ...last, mark }
  }
  return plain
}

/** The words that are said for each that is written: one mostly, none for a mark, several for a number. */
export function saidAs(written: readonly { readonly text: string }[]): readonly (readonly string[])[] {
  const bare = written.map(({ text }) => bareOf(text))
  return bare.map((one, i) => spoken(one, counted.test(bare[i + 1]?.replaceAll('.', '') ?? '')))
}

const bareOf = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[’‘`]/g, "'")
    .toLowerCase()
    .replace(/^[^a-z0-9#*$&%@+]+|[^a-z0-9#*&%@+]+$/g, '')

function spoken(bare: string, isCounted: boolean): string[] {
  const money = /^\$(\d+)(?:\.(\d\d))?$/.exec(bare.replace(/(?<=\d),(?=\d{3})/g, ''))
  if (money !== null) {
    const cents = money[2] === undefined || money[2] === '00' ? [] : [...numberWords(money[2]), 'cents']
    return [...numberWords(money[1]!), money[1] === '1' ? 'dollar' : 'dollars', ...cents]
  }
  const time = /^(\d{1,2}):(\d\d)(am|pm|a\.m|p\.m)?$/.exec(bare)
  if (time !== null) {
    const minutes = time[2]!.startsWith('0') ? ['oh', digits[Number(time[2])]!] : numberWords(time[2]!)
    const half = time[3]?.replace('.', '')
    return [...numberWords(time[1]!), ...(time[2] === '00' ? [] : minutes), ...(half === undefined ? [] : [half])]
  }
  const round = /^(\d{1,2})\/(\d)$/.exec(bare)
  if (round !== null) return [...numberWords(round[1]!), ...numberWords(round[2]!)]
  const compound = /^(\d{1,2})-([a-z]+)$/.exec(bare)
  if (compound !== null) return [...numberWords(compound[1]!), compound[2]!]
  const percent = /^(\d+)%$/.exec(bare)
  if (percent !== null) return [...numberWords(percent[1]!), 'percent']
  const ordinal = /^(\d+)(?:st|nd|rd|th)$/.exec(bare)?.[1]
  if (ordinal !== undefined) return ordinalWords(ordinal)
  if (isCounted && /^\d+$/.test(bare)) return numberWords(bare)
  // `a.m`, `u.s`: letters with full stops between them.
  return (bare.replace(/(?<=\b[a-z])\.(?=[a-z]\b)/g, '').match(/[a-z]+(?:'[a-z]+)*|[0-9#*&%@+]/g) ?? []).map(
    (part) => digits[Number(part)] ?? signs.get(part) ?? (part === 'dr' ? 'doctor' : part),
  )
}

/** A number as people say it, up to 99; longer ones digit by digit. */
function numberWords(text: string): string[] {
  const number = Number(text)
  if (text.length > 2) return [...text].map((digit) => digits[Number(digit)]!)
  if (number < 10) return [digits[number]!]
  if (number < 20) return [teens[number - 10]!]
  return [tens[Math.floor(number / 10) - 2]!, ...(number % 10 === 0 ? [] : [digits[number % 10]!])]
}

function ordinalWords(text: string): string[] {
  const small = ordinals[Number(text) - 1]
  if (small !== undefined) return [small]
  const words = numberWords(text)
  const last = words.pop()!
  const digit = digits.indexOf(last)
  return [...words, digit > 0 ? ordinals[digit - 1]! : `${last.replace(/y$/, 'ie')}th`]
}

function markOf(text: string): 0 | 1 | 2 {
  const end = text.replace(/["'”’)\]]+$/, '')
  if (/[!?…]$/.test(end)) return 2
  if (/[,;:–—-]$/.test(end)) return 1
  if (!end.endsWith('.')) return 0
  return /^(?:(?:[a-z]\.)*[a-z]|mrs?|ms|dr|st)\.$/i.test(end) ? 0 : 2
}
