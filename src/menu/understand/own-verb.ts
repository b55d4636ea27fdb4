import type { Anchor } from './anchor.ts'
import { verbs } from './anchor-words.ts'
import type { Token } from './token.ts'

/** The verb that names most keys of a menu, twice at the least. */
export function verbOf(tokens: readonly Token[], anchors: readonly Anchor[]): string | undefined {
  const named = new Map<string, number>()
  for (const { from, at } of anchors.filter(({ kind }) => kind === 'verb'))
    for (const { text } of tokens.slice(from, at)) if (verbs.has(text)) named.set(text, (named.get(text) ?? 0) + 1)
  const [most] = [...named].sort(([, a], [, b]) => b - a)
  return most !== undefined && most[1] > 1 ? most[0] : undefined
}
