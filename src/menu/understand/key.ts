import type { Token } from './token.ts'

const numbers: readonly (readonly [string, readonly string[]])[] = [
  ['0', ['zero', 'cero', 'null', 'nul', 'nought', 'naught']],
  ['1', ['one', 'uno', 'un', 'une', 'eins', 'um', 'een']],
  ['2', ['two', 'dos', 'deux', 'zwei', 'dois', 'due', 'twee', 'zwo']],
  ['3', ['three', 'tres', 'trois', 'drei', 'tre', 'drie']],
  ['4', ['four', 'cuatro', 'quatre', 'vier', 'quatro', 'quattro']],
  ['5', ['five', 'cinco', 'cinq', 'funf', 'fuenf', 'cinque', 'vijf']],
  ['6', ['six', 'seis', 'sechs', 'sei', 'zes']],
  ['7', ['seven', 'siete', 'sept', 'sieben', 'sete', 'sette', 'zeven']],
  ['8', ['eight', 'ocho', 'huit', 'acht', 'oito', 'otto']],
  ['9', ['nine', 'nueve', 'neuf', 'neun', 'nove', 'negen', 'niner']],
  ['10', ['ten', 'diez']],
  ['11', ['eleven']],
  ['12', ['twelve']],
  ['13', ['thirteen']],
  ['14', ['fourteen']],
  ['15', ['fifteen']],
  ['16', ['sixteen']],
  ['17', ['seventeen']],
  ['18', ['eighteen']],
  ['19', ['nineteen']],
  ['20', ['twenty']],
  ['30', ['thirty']],
  ['40', ['forty', 'fourty']],
  ['50', ['fifty']],
  ['60', ['sixty']],
  ['70', ['seventy']],
  ['80', ['eighty']],
  ['90', ['ninety']],
]
const signs: readonly (readonly [string, readonly string[]])[] = [
  [
    '*',
    [
      '*',
      'star',
      'asterisk',
      'asterix',
      'asterisco',
      'estrella',
      'etoile',
      'stern',
      'sternchen',
      'sterretje',
      'sterntaste',
    ],
  ],
  [
    '#',
    [
      '#',
      'pound',
      'hash',
      'hashtag',
      'octothorpe',
      'almohadilla',
      'gato',
      'numeral',
      'diese',
      'raute',
      'rautetaste',
      'hekje',
      'cancelletto',
    ],
  ],
]
/** What recognisers write for a key, believed only straight after a verb or where the order of keys speaks for it. */
const homophones: readonly (readonly [string, readonly string[]])[] = [
  ['0', ['oh', 'o', 'hero', 'zeroes', 'zeros', 'xero']],
  ['1', ['won', 'wan', 'want', 'once', 'wun', 'juan', 'on', 'wine']],
  ['2', ['to', 'too', 'tu', 'tool', 'do']],
  ['3', ['free', 'tree', 'threes', 'thee', 'sree']],
  ['4', ['for', 'fore', 'ford', 'fours', 'far']],
  ['5', ['fife', 'hive', 'fives', 'vibe', 'fine']],
  ['6', ['sicks', 'sex', 'sixth', 'fix', 'sics', 'sick']],
  ['7', ['sevens', 'heaven', 'seventh']],
  ['8', ['ate', 'hate', 'ade', 'eighth', 'ait', 'eights', 'weight']],
  ['9', ['nein', 'mine', 'dine', 'nines', 'nigh', 'ninth', 'line']],
  ['*', ['start', 'stars', 'starr', 'starts', 'stark', 'store']],
  ['#', ['pounds', 'hound', 'found', 'town', 'phone', 'fun', 'fund', 'pond', 'bound']],
]

const mapOf = (table: readonly (readonly [string, readonly string[]])[]): ReadonlyMap<string, string> =>
  new Map(table.flatMap(([key, words]) => words.map((word) => [word, key] as const)))

const numberOf = mapOf(numbers)
const signOf = mapOf(signs)
const homophoneOf = mapOf(homophones)

/** A number, as word or as digits. */
export function digitsOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  return /^[0-9]{1,12}$/.test(text) ? text : numberOf.get(text)
}

/** The key that a word is by itself. */
export const keyOf = (text: string): string | undefined => signOf.get(text) ?? digitsOf(text)

/** The key that a word sounds like, though it is written as another. */
export const soundsLike = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : homophoneOf.get(text)

/** Words that lead from a key to what it is for, or stand before it: "press one FOR sales", "TO hear this press two". */
const leads = new Set([
  'for',
  'to',
  'if',
  'when',
  'para',
  'por',
  'si',
  'pour',
  'fur',
  'fuer',
  'wenn',
  'um',
  'per',
  'se',
  'voor',
])
export const isLead = (text: string | undefined): boolean => text !== undefined && leads.has(text)

/** Stand between a key and what is said next, and mean nothing. */
const tails = new Set([
  'key',
  'button',
  'sign',
  'now',
  'please',
  'symbol',
  'taste',
  'ahora',
  'tecla',
  'today',
  'again',
  'jetzt',
  'maintenant',
])
export const isTail = (text: string | undefined): boolean => text !== undefined && tails.has(text)

export interface ReadKey {
  readonly keys: string
  /** Index behind its last token. */
  readonly end: number
  /** How sure the word is a key at all, 0–1. */
  readonly certainty: number
  /** The word that tells it; the last one unless given. */
  readonly at?: number
}

const unitOf = (text: string | undefined): string | undefined => {
  const digits = digitsOf(text)
  return digits !== undefined && /^[1-9]$/.test(digits) ? digits : undefined
}

/** Where a digit stands twice, and this is all that speaks for the first. */
const stutter = 0.2

/** Reads a key that is written as one: a digit, several of them ("four four", "four, then one"), star or pound. */
export function readKey(tokens: readonly Token[], at: number): ReadKey | undefined {
  const first = tokens[at]
  if (first === undefined) return undefined
  if (first.text === 'number' && tokens[at + 1]?.text === 'sign') return { keys: '#', end: at + 2, certainty: 0.95 }
  if (first.text === 'square' && isTail(tokens[at + 1]?.text)) return { keys: '#', end: at + 1, certainty: 0.8 }
  const sign = signOf.get(first.text)
  const start = sign ?? digitsOf(first.text)
  if (start === undefined) return undefined
  let keys = start
  let end = at + 1
  for (;;) {
    const pause = tokens[end - 1]?.after ?? 2
    // "press pound pound"
    if (sign !== undefined && pause === 0 && tokens[end]?.text === first.text) {
      keys += sign
      end++
      continue
    }
    // "press eight eight to": the first was made of what comes before the key, or is half of it.
    if (
      sign === undefined &&
      pause === 0 &&
      tokens[end]?.text === first.text &&
      tokens[end - 1]!.confidence < stutter
    ) {
      end++
      continue
    }
    const unit = unitOf(tokens[end]?.text)
    if (pause === 0 && /^[2-9]0$/.test(numberOf.get(tokens[end - 1]!.text) ?? '') && unit !== undefined) {
      // "forty four" is 44.
      keys = keys.slice(0, -1) + unit
      end++
      break
    }
    // "four then one" is pressed one after the other; "pound, then one" ends something first.
    const next = tokens[end]?.text === 'then' && pause < 2 && sign !== '#' ? end + 1 : end
    const digits = digitsOf(tokens[next]?.text)
    if (digits === undefined || (tokens[next - 1]?.after ?? 2) > 0 || meansPreposition(tokens, next)) break
    keys += digits
    end = next + 1
  }
  return { keys, end, certainty: 1 }
}

/** The key behind this one in a menu that counts. */
export const following = (key: string | undefined): string | undefined =>
  key !== undefined && /^[0-8]$/.test(key) ? String(Number(key) + 1) : undefined

/** Reads what sounds like a key straight after a verb. */
export function readHomophone(tokens: readonly Token[], at: number): ReadKey | undefined {
  const token = tokens[at]
  const keys = soundsLike(token?.text)
  if (token === undefined || keys === undefined) return undefined
  const next = tokens[at + 1]?.text
  const ends = token.after > 0 || tokens[at + 1] === undefined || isTail(next)
  if (isLead(token.text)) {
    // "press for for sales", "press to.": the first is the key. "press for sales" has lost its key.
    return ends || isLead(next) ? { keys, end: at + 1, certainty: 0.85 } : undefined
  }
  if (ends || isLead(next) || next === 'or') return { keys, end: at + 1, certainty: 0.75 }
  return isSignKey(tokens, at, keys) ? { keys, end: at + 2, at, certainty: 0.7 } : undefined
}

/** "press the phone three to return": "the pound key", whose last word was misheard as well. */
function isSignKey(tokens: readonly Token[], at: number, keys: string): boolean {
  const key = tokens[at + 1]
  if (!/^[*#]$/.test(keys) || tokens[at - 1]?.text !== 'the' || key === undefined || key.confidence >= doubtful)
    return false
  return key.after > 0 || tokens[at + 2] === undefined || isLead(tokens[at + 2]?.text)
}

const doubtful = 0.4

/** "press four four sales": the second is "for". */
function meansPreposition(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]
  const key = digitsOf(token?.text)
  if (key !== '2' && key !== '4') return false
  const next = tokens[at + 1]?.text
  if (next === undefined || token?.after !== 0) return false
  return (
    !isLead(next) &&
    !isTail(next) &&
    digitsOf(next) === undefined &&
    !['or', 'and', 'then', 'followed', 'press'].includes(next)
  )
}
