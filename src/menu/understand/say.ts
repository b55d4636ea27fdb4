import type { Anchor } from './anchor.ts'
import { labelText, type Span } from './clause.ts'
import { digitsOf, isLead } from './key.ts'
import type { Token } from './token.ts'

/** Words that may be said in place of a key: "you may say billing, technical support, or new service". */
export function findSayable(tokens: readonly Token[], anchors: readonly Anchor[]): readonly string[] {
  const found: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]!.text !== 'say' || !offers(tokens, i)) continue
    const end = endOf(tokens, anchors, i + 1)
    for (const span of parts(tokens, { from: i + 1, to: end })) {
      const text = labelText(tokens, span)
      if (text !== '' && !found.includes(text)) found.push(text)
    }
  }
  return found
}

function offers(tokens: readonly Token[], say: number): boolean {
  const next = tokens[say + 1]?.text
  if (next === undefined || digitsOf(next) !== undefined || ['or', 'and', 'your', 'the'].includes(next)) return false
  const before = tokens[say - 1]?.text ?? ''
  return (
    say === 0 ||
    tokens[say - 1]!.after > 0 ||
    ['may', 'can', 'or', 'just', 'please', 'simply', 'also', 'example', 'could', 'and', 'else', 'hours'].includes(
      before,
    )
  )
}

function endOf(tokens: readonly Token[], anchors: readonly Anchor[], from: number): number {
  const stop = anchors.filter((anchor) => anchor.from >= from).map((anchor) => anchor.from)
  const most = Math.min(tokens.length, ...stop)
  for (let i = from; i < most; i++) {
    if (tokens[i]!.after === 2) return i + 1
    if (i > from && isLead(tokens[i]!.text)) return i
  }
  return most
}

function parts(tokens: readonly Token[], { from, to }: Span): readonly Span[] {
  const spans: Span[] = []
  let start = from
  for (let i = from; i < to; i++) {
    const or = tokens[i]!.text === 'or'
    if (or && i > start) spans.push({ from: start, to: i })
    if (or) start = i + 1
    else if (tokens[i]!.after > 0 || i === to - 1) {
      spans.push({ from: start, to: i + 1 })
      start = i + 1
    }
  }
  return spans.filter((span) => span.to > span.from && span.to - span.from <= 6)
}
