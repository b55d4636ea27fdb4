import type { HeardWord } from '../../phone/listen.ts'
import { type Understanding, understand } from '../understand/understand.ts'

const known = new WeakMap<readonly HeardWord[], Map<number, Understanding>>()
/** No hearing has so many words: two minutes of them are some 500. */
const mostWords = 65_536

/**
 * What a stretch of words comes to. Each is understood once for the same array: whoever listens asks again with each silence that follows, which
 * says nothing new of the words, and a long menu takes milliseconds.
 */
export function understoodOf(words: readonly HeardWord[], from = 0, to = words.length): Understanding {
  const parts = known.get(words) ?? new Map<number, Understanding>()
  known.set(words, parts)
  const key = from * mostWords + to
  const before = parts.get(key)
  if (before !== undefined) return before
  const so = understand(words.slice(from, to))
  parts.set(key, so)
  return so
}
