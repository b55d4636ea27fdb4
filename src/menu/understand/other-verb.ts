import type { Anchor } from './anchor.ts'
import { verbs } from './anchor-words.ts'
import { isLead } from './key.ts'
import type { Token } from './token.ts'

/** Below this another word was said than the verb. */
const hardlyHeard = 0.25
/** With a key that was hardly heard either. */
const doubtful = 0.5
/** So many keys make a verb that of the menu. */
const leastOwn = 2

/**
 * Without what names a key by a verb that was hardly heard and that no other key has, where the key was hardly heard, too, or within the label of the
 * next one: "choose five for complaints, select one" is "to file a complaint, select one".
 */
export function withoutOtherVerbs(tokens: readonly Token[], anchors: readonly Anchor[]): readonly Anchor[] {
  const named = anchors.map(({ from, at }) => tokens.slice(from, at).find(({ text }) => verbs.has(text)))
  const isOwn = (verb: Token | undefined): boolean =>
    verb !== undefined && named.filter((other) => other?.text === verb.text).length >= leastOwn
  return anchors.filter((anchor, i) => {
    const [verb, next] = [named[i], anchors[i + 1]]
    if (verb === undefined || anchor.kind !== 'verb' || isOwn(verb) || !named.some(isOwn)) return true
    if (verb.confidence < doubtful && tokens[anchor.at]!.confidence < hardlyHeard) return false
    if (verb.confidence >= hardlyHeard || next === undefined || !isOwn(named[i + 1])) return true
    // A label of the next key leads up to it, and none of its own stands before.
    const within = isLead(tokens[anchor.to]?.text) && next.from > anchor.to && (tokens[next.to - 1]?.after ?? 2) > 0
    return !within || isLabelled(tokens, anchors[i - 1]?.to ?? 0, anchor.from)
  })
}

const isLabelled = (tokens: readonly Token[], from: number, to: number): boolean =>
  tokens.slice(from, to).some(({ text }, i, all) => isLead(text) && (i === 0 || all[i - 1]!.after > 0))
