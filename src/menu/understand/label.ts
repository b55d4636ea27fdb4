import type { Anchor } from './anchor.ts'
import { asideAt, beginsLabel, clauses, isChatter, labelText, type Span } from './clause.ts'
import { digitsOf, isLead } from './key.ts'
import { verbOf } from './own-verb.ts'
import { swallowedAt } from './swallowed.ts'
import type { Token } from './token.ts'

/** Where labels stand: before their keys or behind them. */
export type Side = 'before' | 'after'

interface Found {
  readonly span: Span
  readonly score: number
}

/**
 * The words that say what each anchor is for; `undefined` where there are none. As long as `anchors`.
 * @param known where they stand in other hearings of the prompt
 */
export function findLabels(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  known?: Side,
): readonly (Span | undefined)[] {
  const options = anchors.map((anchor, i) => ({ anchor, i })).filter(({ anchor }) => anchor.kind !== 'void')
  const labels: (Span | undefined)[] = anchors.map(() => undefined)
  const sides = chooseSides(tokens, anchors, options, known)
  const verb = verbOf(tokens, anchors)
  options.forEach(({ i }, k) => {
    const side = sides[k]!
    if (side === 'before')
      labels[i] = before(tokens, gapBefore(tokens, anchors, i), k === 0, sides[k - 1] === 'after')?.span
    else
      labels[i] = upToVerb(tokens, after(tokens, gapAfter(tokens, anchors, i), sides[k + 1] === 'before')?.span, verb)
  })
  return labels
}

/** Below this another word was said than a label has. */
const doubtfulVerb = 0.4

/** "Select one for admissions select the hear our hours": the verb of the menu names another key, though that was lost. */
function upToVerb(tokens: readonly Token[], span: Span | undefined, verb: string | undefined): Span | undefined {
  if (span === undefined || verb === undefined) return span
  const { from, to } = span
  const at = tokens.findIndex(
    ({ text, confidence }, i) => i > from + 1 && i < to && text === verb && confidence < doubtfulVerb,
  )
  return at < 0 ? span : { from, to: at }
}

/** So many labels on one side are no chance. */
const leastOnSide = 2

/** How many more labels stand behind their keys than before them. */
export function sideOf(anchors: readonly Anchor[], labels: readonly (Span | undefined)[]): number {
  const sides = labels.flatMap((label, i) => (label === undefined ? [] : label.from >= anchors[i]!.to ? 1 : -1))
  const sum = sides.reduce<number>((all, each) => all + each, 0)
  return sides.length < leastOnSide ? 0 : sum
}

/** Fewer words are no label, more are none that stands by itself. */
const [leastLoose, mostLoose] = [3, 9]

/** Clauses that begin as labels do and are for no key that was understood. */
export function looseLabels(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): readonly string[] {
  const known = [...anchors, ...labels.flatMap((span) => span ?? [])]
  const first = anchors[0]
  if (first === undefined) return []
  const behind = clauses(tokens, { from: first.to, to: tokens.length }, 1).flatMap((span) => {
    const length = span.to - span.from
    const free = known.every(({ from, to }) => to <= span.from || from >= span.to)
    const is = isLead(tokens[span.from]!.text) && length >= leastLoose && length <= mostLoose
    return free && is && !isChatter(tokens, span) ? labelText(tokens, span) : []
  })
  return [...leadingLabel(tokens, first, labels[0]), ...behind]
}

/** A verb and its key are taken for so many words at most. */
const mostForKey = 3

/** What the first key is for, that was taken for another word with its verb: "for roofing, restaurant. for sales, press two". */
function leadingLabel(tokens: readonly Token[], first: Anchor, label: Span | undefined): readonly string[] {
  if (first.kind === 'void' || label === undefined) return []
  const keysFirst = label.from >= first.to
  const span = clauses(tokens, { from: 0, to: Math.min(first.from, label.from) }, 2).at(-1)
  if (span === undefined || tokens[span.to - 1]?.after !== 2 || isChatter(tokens, span)) return []
  const at = tokens.slice(span.from, span.to).findIndex(({ text }) => isLead(text))
  if (at < 0 || (keysFirst ? at < 1 || at > mostForKey : at > 0)) return []
  const [clause] = clauses(tokens, { from: span.from + at, to: span.to }, 1)
  const length = clause!.to - clause!.from
  return length > 1 && length <= mostLoose && !isChatter(tokens, clause!) ? [labelText(tokens, clause!)] : []
}

/** Neighbours that share a gap are told apart by where a label begins in it. */
const noLabel = -3
const changeOfStyle = -1.2

/**
 * Viterbi over the anchors: does the label of each stand before or after its key? Prompts keep to one order mostly, a label is for one
 * key, and no label is left over.
 */
function chooseSides(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  options: readonly { readonly anchor: Anchor; readonly i: number }[],
  known: Side | undefined,
): readonly Side[] {
  const both: readonly Side[] = ['before', 'after']
  const pauses = { before: followAtOnce(tokens, anchors, options) ? againstPauses : 0, after: 0 }
  const cost = known === undefined ? pauses : { ...pauses, [otherSide[known]]: againstOthers }
  let best: { readonly score: number; readonly sides: readonly Side[] }[] = []
  options.forEach(({ i }, k) => {
    const last = k === options.length - 1
    const here = both.map((side) => local(tokens, anchors, i, side, k === 0, last) + cost[side])
    if (k === 0) {
      best = both.map((side, s) => ({ score: here[s]!, sides: [side] }))
      return
    }
    const neighbours = options[k - 1]!.i === i - 1
    best = both.map((side, s) => {
      const ways = best.map(({ score, sides }) => ({
        score: score + here[s]! + (neighbours ? joint(tokens, anchors, i, sides.at(-1)!, side) : 0),
        sides: [...sides, side],
      }))
      return ways[0]!.score >= ways[1]!.score ? ways[0]! : ways[1]!
    })
  })
  if (best.length === 0) return []
  return best[0]!.score >= best[1]!.score ? best[0]!.sides : best[1]!.sides
}

const otherSide = { before: 'after', after: 'before' } as const
/** As much as a label is worth that begins as one. */
const againstOthers = -2.5

/** Fewer pauses may stand where they do by chance. */
const leastPauses = 3
/** So little that two labels which lost their "for" in seven are made up for. */
const againstPauses = -0.6

/** Whether nobody pauses between keys and what follows them, but before the next verb: "press two for sales, press three for parts". */
function followAtOnce(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  options: readonly { readonly i: number }[],
): boolean {
  const pauses = options.slice(1).flatMap(({ i }, k) => {
    const { from, to } = gapBefore(tokens, anchors, i)
    const neighbours = options[k]!.i === i - 1
    return neighbours && from < to ? [{ behind: tokens[from - 1]!.after, before: tokens[to - 1]!.after }] : []
  })
  const following = pauses.filter(({ behind, before }) => behind === 0 && before > 0).length
  return following >= leastPauses && pauses.every(({ behind, before }) => behind === 0 || before > 0)
}

function local(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  i: number,
  side: Side,
  first: boolean,
  last: boolean,
): number {
  const gap = gapBefore(tokens, anchors, i)
  const next = gapAfter(tokens, anchors, i)
  const anchor = anchors[i]!
  const pause = tokens[anchor.to - 1]?.after ?? 2
  if (side === 'before') {
    const found = before(tokens, gap, first, false)
    const words = last && pause < 2 && next.from < next.to
    // "Option one sales option two support": nothing before the first key, something behind the last.
    const keysFirst = pause === 0 && anchors[0]!.from === 0 && asideAt(tokens, next) > next.from
    const leftOver = words && (isLead(tokens[next.from]?.text) || keysFirst)
    const left = leftOver && !endsElsewhere(tokens, anchors, i) ? -1.5 : 0
    return (found?.score ?? noLabel) + (pause === 2 ? 0.6 : 0) + left
  }
  const found = after(tokens, next, false)
  const unused = first ? (before(tokens, gap, true, false)?.score ?? 0) : 0
  return (
    // Where there is no label a pause tells nothing of it.
    (found === undefined ? noLabel : found.score - pauseCost[pause]) -
    (unused > 1.5 ? 1 : 0) -
    (endsElsewhere(tokens, anchors, i) ? 3 : 0)
  )
}

/** What follows the anchor leads to no key: "to end this call hang up". */
function endsElsewhere(tokens: readonly Token[], anchors: readonly Anchor[], i: number): boolean {
  const next = anchors[i + 1]
  if (next?.kind !== 'void' || next.from === anchors[i]!.to) return false
  if (['or', 'and', 'otherwise'].includes(tokens[next.from]?.text ?? '')) return false
  return clauses(tokens, gapAfter(tokens, anchors, i), 2).length === 1 && tokens[next.from - 1]?.after !== 2
}

const pauseCost = { 0: 0, 1: 0.3, 2: 1.5 } as const

/** Two neighbours: `i` and the one before it. */
function joint(tokens: readonly Token[], anchors: readonly Anchor[], i: number, left: Side, right: Side): number {
  const gap = gapBefore(tokens, anchors, i)
  const change = left === right ? 0 : changeOfStyle
  if (left === 'before' && right === 'after') {
    const whole = clauses(tokens, gap, 2).length === 1 && isLead(tokens[gap.from]?.text)
    return change + (whole ? -1.5 : 0)
  }
  if (left === 'after' && right === 'before') {
    const split = splitOf(tokens, gap)
    return change + (split === undefined ? -5 : split.cost)
  }
  return change
}

/** Where a gap that holds two labels parts. */
function splitOf(
  tokens: readonly Token[],
  { from, to }: Span,
): { readonly at: number; readonly cost: number } | undefined {
  let best: { at: number; cost: number } | undefined
  for (let i = from + 1; i < to; i++) {
    const pause = tokens[i - 1]!.after
    const lead = beginsLabel(tokens, i, from)
    const cost = pause === 2 ? (lead ? 0 : -0.5) : pause === 1 && lead ? -0.3 : lead ? -1.5 : undefined
    if (cost !== undefined && (best === undefined || cost >= best.cost)) best = { at: i, cost }
  }
  return best
}

function gapBefore(tokens: readonly Token[], anchors: readonly Anchor[], i: number): Span {
  const to = Math.min(anchors[i]!.from, tokens.length)
  return { from: Math.min(anchors[i - 1]?.to ?? 0, to), to }
}

function gapAfter(tokens: readonly Token[], anchors: readonly Anchor[], i: number): Span {
  const { to: from } = anchors[i]!
  return { from, to: Math.max(from, anchors[i + 1]?.from ?? tokens.length) }
}

/** @param shared the start of the gap is the label of the anchor before */
function before(tokens: readonly Token[], gap: Span, first: boolean, shared: boolean): Found | undefined {
  const from = shared ? (splitOf(tokens, gap)?.at ?? gap.from) : gap.from
  if (from >= gap.to) return undefined
  const sentences = clauses(tokens, { from, to: gap.to }, 2)
  // A long pause may part a label ("to start || stop || or move your service"): its beginning is looked for two sentences back.
  for (let k = sentences.length - 1; k >= Math.max(0, sentences.length - 3); k--) {
    const start = labelStart(tokens, { from: sentences[k]!.from, to: gap.to }, sentences[k]!, first)
    if (start === undefined) continue
    const far = sentences.length - 1 - k
    return { span: { from: start, to: gap.to }, score: 2 - far + comma(tokens, gap.to - 1) }
  }
  const sentence = sentences.at(-1)!
  const spans = clauses(tokens, sentence, 1)
  const span = first ? spans.at(-1)! : sentence
  const score = isChatter(tokens, span) ? -2.5 : first ? -1 : 0
  return { span, score: score + comma(tokens, gap.to - 1) }
}

const comma = (tokens: readonly Token[], last: number): number => {
  const pause = tokens[last]?.after
  return pause === 1 ? 0.4 : pause === 2 ? -0.2 : 0
}

/** The first token of a label that begins with "for", "to" or "if", within the sentence. */
function labelStart(tokens: readonly Token[], whole: Span, sentence: Span, first: boolean): number | undefined {
  for (let i = sentence.from; i < sentence.to; i++) {
    const begins = i === sentence.from || tokens[i - 1]!.after > 0
    if (!begins) continue
    const at = i + leading(tokens, i)
    if (isLead(tokens[at]?.text) && at < sentence.to && !isChatter(tokens, { from: at, to: whole.to }))
      return first ? behindHeading(tokens, at, sentence) : at
  }
  // No pause tells where it begins: the last lead that begins something, or a "for" or "if" shortly before that.
  let start: number | undefined
  for (let i = sentence.to - 2; i > sentence.from; i--) {
    if (!beginsLabel(tokens, i, sentence.from)) continue
    if (start === undefined) {
      if (!isChatter(tokens, { from: i, to: whole.to })) start = i
      continue
    }
    const text = tokens[i]!.text
    if (start - i > 7 || tokens.slice(i, start).some(({ after }) => after > 0)) break
    if (text !== 'to' && !isChatter(tokens, { from: i, to: whole.to })) start = i
  }
  if (start === undefined) return undefined
  // In a list every gap is one label, whatever little words it holds.
  return first || start - sentence.from > 8 ? start : undefined
}

/** "To apply for a job, for repairs, press three": before the first label a menu may say what it is about. What goes on with "or" is a list, one label of several. */
function behindHeading(tokens: readonly Token[], from: number, { to }: Span): number {
  const clauses = tokens.slice(0, to - 1).flatMap((_, i) => (i > from && tokens[i - 1]!.after > 0 ? [i] : []))
  if (clauses.some((i) => leading(tokens, i) > 0)) return from
  return clauses.findLast((i) => isLead(tokens[i]!.text) && !explains.has(tokens[i + 1]!.text)) ?? from
}

/** "For sales, for example a new policy". */
const explains: ReadonlySet<string> = new Set(['example', 'instance'])

/** "or for billing", "and to …": how many words come before the lead. */
function leading(tokens: readonly Token[], i: number): number {
  let n = 0
  while (['or', 'and', 'please', 'also', 'finally', 'lastly', 'y', 'o', 'now'].includes(tokens[i + n]?.text ?? '')) n++
  return n
}

/** @param shared the end of the gap is the label of the anchor behind */
function after(tokens: readonly Token[], gap: Span, shared: boolean): Found | undefined {
  const to = shared ? (splitOf(tokens, gap)?.at ?? gap.to) : gap.to
  // "press four four sales": a number straight after the key is a misheard "for" or "to".
  const misheard = gap.from > 0 && tokens[gap.from - 1]!.after === 0 && digitsOf(tokens[gap.from]?.text) !== undefined
  const start = gap.from + (misheard ? 1 : leading(tokens, gap.from))
  if (start >= to) return undefined
  const [sentence] = clauses(tokens, { from: start, to }, 2)
  const aside = asideAt(tokens, sentence!)
  const end = swallowedAt(tokens, { from: start, to: aside }) ?? aside
  if (end <= start) return { span: { from: start, to: sentence!.to }, score: -2 }
  const lead = misheard || isLead(tokens[start]?.text)
  return { span: { from: start, to: end }, score: lead ? 2.5 : -1 }
}
