import { locking, type ShiftLanguage, single } from './gsm.ts'

/** How a mobile network carries a text. */
export interface Segments {
  readonly encoding: 'gsm7' | 'ucs2'
  /** Septets with `gsm7`, else code units of 16 bits. */
  readonly units: number
  /** The text in the parts that it takes; put together they are the text. At least one. */
  readonly parts: readonly string[]
  /** The national tables that its header must name. */
  readonly locking?: ShiftLanguage
  readonly single?: ShiftLanguage
}

/** Octets of user data in one message (TS 23.040 §9.2.3.16), less what the header takes. */
const octets = 140
/** The length of the header, and its element that says which part of how many this is (8-bit reference). */
const concatenation = 5
const shift = 3

interface Alphabet {
  readonly locking?: 'turkish' | 'portuguese'
  readonly single?: ShiftLanguage
}

const basic: Alphabet = {}
const alphabetsOf = (language: ShiftLanguage): readonly Alphabet[] =>
  language === 'spanish'
    ? [{ single: language }]
    : [{ single: language }, { locking: language }, { locking: language, single: language }]

/**
 * Counts and cuts a text as networks do (TS 23.038, TS 23.040): no part ends within an escaped character or a surrogate pair.
 * @param languages whose national tables the way to the receiver takes; without them only the basic alphabet and its extension count
 */
export function segmentsOf(text: string, languages: readonly ShiftLanguage[] = []): Segments {
  let best = septets(text, basic)
  if (best !== undefined) return best
  for (const alphabet of languages.flatMap(alphabetsOf)) {
    const found = septets(text, alphabet)
    if (found !== undefined && (best === undefined || found.parts.length < best.parts.length)) best = found
  }
  return (
    best ?? { encoding: 'ucs2', units: text.length, parts: cut([...text], (one) => one.length, text.length, 70, 67) }
  )
}

/** Whether all of it is of the basic alphabet or its extension. */
export const isGsm = (text: string): boolean => septets(text, basic) !== undefined

/** `undefined` where a character is in none of the tables. */
function septets(text: string, alphabet: Alphabet): Segments | undefined {
  const plain = locking[alphabet.locking ?? 'basic']
  const escaped = single[alphabet.single ?? 'basic']
  const sizes: number[] = []
  let units = 0
  const characters = [...text]
  for (const character of characters) {
    const size = plain.has(character) ? 1 : escaped.has(character) ? 2 : 0
    if (size === 0) return undefined
    sizes.push(size)
    units += size
  }
  const shifts = (alphabet.locking === undefined ? 0 : shift) + (alphabet.single === undefined ? 0 : shift)
  const room = (elements: number): number => Math.floor(((octets - (elements === 0 ? 0 : elements + 1)) * 8) / 7)
  const parts = cut(characters, (_one, i) => sizes[i]!, units, room(shifts), room(shifts + concatenation))
  return { encoding: 'gsm7', units, parts, ...alphabet }
}

function cut(
  characters: readonly string[],
  sizeOf: (character: string, i: number) => number,
  all: number,
  alone: number,
  each: number,
): string[] {
  if (all <= alone) return [characters.join('')]
  const parts: string[] = []
  let part = ''
  let size = 0
  characters.forEach((character, i) => {
    const more = sizeOf(character, i)
    if (size + more > each) {
      parts.push(part)
      part = ''
      size = 0
    }
    part += character
    size += more
  })
  parts.push(part)
  return parts
}
