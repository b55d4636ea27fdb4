import { polite } from './anchor-words.ts'
import { bareList, listAnchors } from './list-anchor.ts'
import { withoutOtherVerbs } from './other-verb.ts'
import { withStay } from './stay.ts'
import type { Token } from './token.ts'
import { verbAnchors } from './verb-anchor.ts'

/** A place where a key is named; the words around it say what for. */
export interface Anchor {
  /** Tokens `from` to `to`, the latter not included: politeness, verb, key and what trails it. */
  readonly from: number
  readonly to: number
  /** Several where several lead to the same. '' where the key was not understood. */
  readonly keys: readonly string[]
  /** The token of the key, or of the verb where the key was lost. */
  readonly at: number
  /** How it was found; `void`: a key is named, but it is no option (an end of an entry, an emergency number). */
  readonly kind: 'verb' | 'list' | 'lost' | 'void'
  /** 0–1. */
  readonly certainty: number
  /** Whoever presses nothing gets the same: "or stay on the line". */
  readonly stays?: true
}

/** Every key that is named, in order, not overlapping. */
export function findAnchors(tokens: readonly Token[]): readonly Anchor[] {
  const spoken = withStay(tokens, withoutStutter(tokens, withoutOtherVerbs(tokens, verbAnchors(tokens))))
  const sure = spoken.filter(({ kind }) => kind === 'verb')
  const all = sure.length > 0 ? [...spoken, ...listAnchors(tokens, spoken)] : [...spoken, ...bareList(tokens, spoken)]
  return [...all, ...otherWays(tokens, all)].sort((a, b) => a.from - b.from)
}

/** "Select four select four to hear these choices": said once, and heard twice in a noise. */
function withoutStutter(tokens: readonly Token[], anchors: readonly Anchor[]): readonly Anchor[] {
  const kept: Anchor[] = []
  for (const anchor of anchors) {
    const before = kept.at(-1)
    const again =
      before?.to === anchor.from &&
      tokens[anchor.from - 1]?.after === 0 &&
      [before, anchor].every(({ kind }) => kind === 'verb') &&
      before.keys.join(' ') === anchor.keys.join(' ')
    if (again) kept[kept.length - 1] = { ...anchor, from: before.from }
    else kept.push(anchor)
  }
  return kept
}

const ways: readonly (readonly string[])[] = [
  ['hang', 'up'],
  ['stay', 'on', 'the', 'line'],
  ['remain', 'on', 'the', 'line'],
  ['hold', 'the', 'line'],
  ['visit'],
  ['say'],
  ['wait'],
]

/** "For anything else, say agent", "to end this call, hang up": what is said there is for no key. */
function otherWays(tokens: readonly Token[], anchors: readonly Anchor[]): Anchor[] {
  const found: Anchor[] = []
  for (let i = 0; i < tokens.length; i++) {
    const way = ways.find((words) => words.every((word, k) => tokens[i + k]?.text === word))
    if (way === undefined || anchors.some(({ from, to }) => i >= from && i < to)) continue
    const before = tokens[i - 1]?.text
    // "press nine to hang up", "you can say" before a list, "to book a visit".
    if (before === 'to' || before === 'you' || before === 'a' || before === 'the' || before === 'your') continue
    let from = i
    const floor = Math.max(0, ...anchors.filter(({ to }) => to <= i).map(({ to }) => to))
    while (
      from > floor &&
      (polite.has(tokens[from - 1]!.text) || tokens[from - 1]!.text === 'otherwise') &&
      tokens[from - 1]!.text !== 'to'
    )
      from--
    found.push({ from, to: i + way.length, keys: [], at: i, kind: 'void', certainty: 1 })
    i += way.length - 1
  }
  return found
}
