import { dice } from '../../base/dice.ts'
import { digitsOf } from './key.ts'
import type { Understanding } from './understand.ts'

/** Words of every prompt; keys are compared as keys. */
const little = new Set([
  ...[
    'a',
    'an',
    'the',
    'to',
    'for',
    'of',
    'and',
    'or',
    'our',
    'your',
    'you',
    'with',
    'in',
    'on',
    'is',
    'are',
    'if',
    'this',
    'please',
  ],
  ...['press', 'dial', 'key', 'number', 'star', 'pound', 'hash', 'now'],
])
/** Whether it says nothing of what a prompt is about. */
export const isLittle = (word: string): boolean => little.has(word)

const content = (text: string): readonly string[] => {
  const words = text.split(' ').filter((word) => word !== '')
  const heavy = words.filter((word) => !little.has(word) && digitsOf(word) === undefined)
  return heavy.length === 0 ? words : heavy
}

/** How much two texts have in common: F1 of their words without the little ones, 0–1. */
export function wordLikeness(a: string, b: string): number {
  return dice(content(a), content(b))
}

/** By letters, three at a time: words that were misheard ("sails", "building") keep most of them. */
function soundLikeness(a: string, b: string): number {
  return dice(triples(content(a).join('')), triples(content(b).join('')))
}

const triples = (text: string): readonly string[] =>
  Array.from({ length: Math.max(1, text.length - 2) }, (_, i) => text.slice(i, i + 3))

/** One less the share of letters that would have to be changed (Levenshtein): "sails" is near "sales". */
export function spellingLikeness(a: string, b: string): number {
  const [left, right] = [content(a).join(' '), content(b).join(' ')]
  const longest = Math.max(left.length, right.length)
  if (longest === 0) return 1
  let row = Array.from({ length: right.length + 1 }, (_, j) => j)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const swapped = row[j - 1]! + Number(left[i - 1] !== right[j - 1])
      next.push(Math.min(swapped, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return 1 - row[right.length]! / longest
}

export const labelLikeness = (a: string, b: string): number => Math.max(wordLikeness(a, b), spellingLikeness(a, b))
const textLikeness = (a: string, b: string): number => Math.max(wordLikeness(a, b), soundLikeness(a, b))

const consonants = (text: string): string =>
  content(text)
    .join('')
    .replace(/(?!^)[aeiouy]/g, '')

/** Whether two labels are of one thing: some words that are the same, or one word that was misheard ("sails"); not "donations" for "directions". */
export function sameLabel(a: string, b: string): boolean {
  if (wordLikeness(a, b) >= 0.6) return true
  const spelling = spellingLikeness(a, b)
  return spelling >= 0.75 || (spelling >= 0.5 && spellingLikeness(consonants(a), consonants(b)) >= 0.8)
}

/** From here on two hearings are of one prompt, words misheard in each. */
export const samePrompt = 0.6

/**
 * How likely two hearings are of one and the same prompt, 0–1: by the keys that they offer and what for, and by their words. A hearing
 * that came in late or was cut short still likens the whole.
 */
export function promptLikeness(a: Understanding, b: Understanding): number {
  if (a.text === b.text) return 1
  const text = textLikeness(a.text, b.text)
  const [small, large] = a.options.length <= b.options.length ? [a.options, b.options] : [b.options, a.options]
  if (small.length === 0) return a.options.length === b.options.length ? text : Math.min(text, part(a.text, b.text))
  const byKey = new Map(large.map((option) => [option.key, option]))
  let agreed = 0
  for (const option of small) {
    const other = byKey.get(option.key)
    const likeness = other === undefined ? 0 : labelLikeness(option.label, other.label)
    // That both have a key 1 says nothing yet; any two words share some letters.
    if (likeness > 0.45) agreed += 0.3 + 0.7 * likeness
  }
  const options = agreed / Math.max(small.length, Math.min(large.length, small.length + 2))
  const words = small.length >= 2 ? Math.max(text, part(a.text, b.text)) : text
  // A question of two keys is like many others: there the words must tell.
  return small.length <= 2 ? 0.4 * options + 0.6 * words : 0.6 * options + 0.4 * words
}

/** How much of the shorter text stands in the longer. */
function part(a: string, b: string): number {
  const [left, right] = [content(a), content(b)]
  const [small, large] = left.length <= right.length ? [left, right] : [right, left]
  if (small.length < 4) return 0
  const there = new Set(large)
  return small.filter((word) => there.has(word)).length / small.length
}
