import type { Anchor } from './anchor.ts'
import { clauses, isChatter, labelText, type Span } from './clause.ts'
import { isLead } from './key.ts'
import type { Token } from './token.ts'

const waiting = new Set(['stay', 'remain', 'hold'])
/** "Or please stay on the line", "or hold". */
const orStay: readonly (readonly string[])[] = [
  ['stay', 'on', 'the', 'line'],
  ['remain', 'on', 'the', 'line'],
  ['hold', 'the', 'line'],
  ['hold'],
  ['wait'],
]

/** "Press zero or stay on the line to speak to an agent": both are for what stands before or behind them. */
export function withStay(tokens: readonly Token[], anchors: readonly Anchor[]): readonly Anchor[] {
  return anchors.map((anchor) => {
    if (anchor.kind !== 'verb' || tokens[anchor.to - 1]?.after !== 0 || tokens[anchor.to]?.text !== 'or') return anchor
    const at = anchor.to + (tokens[anchor.to + 1]?.text === 'please' ? 2 : 1)
    const words = orStay.find((words) => words.every((word, k) => tokens[at + k]?.text === word))
    const to = at + (words?.length ?? 0)
    if (words === undefined || tokens.slice(anchor.to, to - 1).some(({ after }) => after > 0)) return anchor
    const next = tokens[to]
    return next === undefined || tokens[to - 1]!.after > 0 || isLead(next.text)
      ? { ...anchor, to, stays: true as const }
      : anchor
  })
}

/** "All others": what begins with no "for" or "to" is no longer. */
const fewWords = 3

/** "For English, stay on the line": what whoever presses nothing gets; '' where that is not said. */
export function findStay(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): string {
  for (const [i, { kind, at, from: to, stays }] of anchors.entries()) {
    const label = labels[i]
    if (stays && label !== undefined) return labelText(tokens, label)
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
