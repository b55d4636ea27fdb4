import type { Anchor } from './anchor.ts'
import type { Token } from './token.ts'

/** The verb that names most keys of a menu, twice at the least. */
export function verbOf(tokens: readonly Token[], anchors: readonly Anchor[]): string | undefined {
  const named = anchors
    .filter(({ kind }) => kind === 'verb')
    .flatMap(({ from, at }) => tokens.slice(from, at).map(({ text }) => text))
  return ['press', 'dial', 'select', 'push'].find((verb) => named.filter((text) => text === verb).length > 1)
}
