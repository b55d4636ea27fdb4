import { clauses, type Span } from './clause.ts'
import { isLead } from './key.ts'
import type { Token } from './token.ts'

/** Below this another word was said. */
const hardlyHeard = 0.35
/** "To repeat these": an option has no fewer words. */
const leastWords = 4

/**
 * Where a label behind its key has swallowed another option, verb and key of which were lost: behind a pause words that were hardly heard lead to
 * something else, "savings accounts, respirators used to speak with a representative". The first token of that.
 */
export function swallowedAt(tokens: readonly Token[], span: Span): number | undefined {
  const [first] = clauses(tokens, span, 1)
  if (first === undefined || first.to >= span.to || first.to - first.from < 2) return undefined
  return isSwallowed(tokens, { from: first.to, to: span.to }) ? first.to : undefined
}

/** Whether it is what is left of an option. */
export function isSwallowed(tokens: readonly Token[], { from, to }: Span): boolean {
  const words = tokens.slice(from, to)
  const lead = words.findIndex(({ text }) => isLead(text))
  const noise = words.slice(0, Math.max(0, lead) + 2).some(({ confidence }) => confidence < hardlyHeard)
  return words.length >= leastWords && lead >= 0 && noise && !joins.has(words[0]!.text)
}

/** A list goes on behind one of these. */
const joins = new Set(['and', 'or', 'including', 'such', 'like'])
