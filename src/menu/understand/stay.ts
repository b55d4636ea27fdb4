import type { Anchor } from './anchor.ts'
import { clauses, isChatter, labelText, type Span } from './clause.ts'
import { isLead } from './key.ts'
import type { Token } from './token.ts'

const waiting = new Set(['stay', 'remain', 'hold'])

/** "All others": what begins with no "for" or "to" is no longer. */
const fewWords = 3

/** "For English, stay on the line": what whoever presses nothing gets; '' where that is not said. */
export function findStay(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): string {
  for (const [i, { kind, at, from: to }] of anchors.entries()) {
    if (kind !== 'void' || !waiting.has(tokens[at]?.text ?? '')) continue
    const from = Math.max(
      0,
      ...anchors.slice(0, i).map((anchor) => anchor.to),
      ...labels.map((span) => endBefore(span, to)),
    )
    const span = clauses(tokens, { from, to }, 2).at(-1)
    if (span === undefined || isChatter(tokens, span)) continue
    if (isLead(tokens[span.from]?.text) || span.to - span.from <= fewWords) return labelText(tokens, span)
  }
  return ''
}

const endBefore = (span: Span | undefined, to: number): number => (span !== undefined && span.to <= to ? span.to : 0)
