import type { Anchor } from './anchor.ts'
import { counted, designators } from './anchor-words.ts'
import { digitsOf, following, isLead, isTail, type ReadKey, readKey, soundsLike } from './key.ts'
import { otherKeys, tailEnd } from './key-span.ts'
import type { Token } from './token.ts'

/** Keys without a verb of their own, once one was heard with it: "two for support", "or for billing, three". */
export function listAnchors(tokens: readonly Token[], spoken: readonly Anchor[]): Anchor[] {
  const found: Anchor[] = []
  const covered = (i: number): boolean => [...spoken, ...found].some(({ from, to }) => i >= from && i < to)
  const first = spoken.find(({ kind }) => kind === 'verb')?.to ?? 0
  for (let i = first; i < tokens.length; i++) {
    if (covered(i)) continue
    const before = lastBefore([...spoken, ...found], i)
    const anchor = listAnchor(tokens, i, before)
    if (anchor === undefined || covered(anchor.to - 1)) continue
    found.push(anchor)
    i = anchor.to - 1
  }
  return found
}

function lastBefore(anchors: readonly Anchor[], i: number): Anchor | undefined {
  return anchors.filter(({ kind, to }) => kind !== 'void' && to <= i).sort((a, b) => b.to - a.to)[0]
}

/** Below the one nothing was said that was understood, from the other on a word was rather said. */
const [noWord, sureWord] = [0.15, 0.6]

function listAnchor(tokens: readonly Token[], i: number, before: Anchor | undefined): Anchor | undefined {
  const previous = tokens[i - 1]
  const next = following(before?.keys.at(-1))
  const joined = ['or', 'and', 'o', 'y'].includes(previous?.text ?? '')
  // Where a noise lay over the verb, words were made of it that are none.
  const noisy = previous !== undefined && previous.confidence < noWord && tokens[i]!.confidence >= sureWord
  const misheard = standsForVerb(tokens, i - 1, before)
  const clear = (previous?.after ?? 2) > 0 || joined || noisy || misheard
  const key = readKey(tokens, i)
  if (key !== undefined) {
    if (key.keys.length > 2 || designators.has(previous?.text ?? '') || counts(tokens, key)) return undefined
    const { keys, end } = otherKeys(tokens, key)
    const leadsOn = isLead(tokens[end]?.text) && digitsOf(tokens[end + 1]?.text) === undefined
    const closes = (tokens[end - 1]?.after ?? 2) > 0 || end === tokens.length || isTail(tokens[end]?.text)
    const named = ['thats', 'its', 'is', 'number'].includes(previous?.text ?? '')
    const expected = next === keys[0]
    if (!((leadsOn && (clear || expected)) || (closes && (clear || named || expected)))) return undefined
    if (!expected && !leadsOn && !plausible(before, keys[0]!)) return undefined
    const from = joined || (misheard && leadsOn) ? i - 1 : i
    // Of two digits the first was lost with the verb.
    if (misheard && /^[1-9]$/.test(keys[0]!) && /^[1-9]{2}$/.test(before?.keys.at(-1) ?? ''))
      return { from, to: end, keys: [''], at: i - 1, kind: 'lost', certainty: 0.4 }
    return { from, to: tailEnd(tokens, end), keys, at: end - 1, kind: 'list', certainty: expected ? 0.9 : 0.75 }
  }
  // "too for support", "for for billing" where that is the next key.
  if (soundsLike(tokens[i]?.text) !== next || next === undefined || !clear || !isLead(tokens[i + 1]?.text))
    return undefined
  if (tokens[i]?.after === 2) return undefined
  return { from: joined ? i - 1 : i, to: i + 1, keys: [next], at: i, kind: 'list', certainty: 0.6 }
}

/** "press four one for sales, best eight one for parts": where keys come first, a word by itself between a pause and a key was rather its verb. */
function standsForVerb(tokens: readonly Token[], i: number, before: Anchor | undefined): boolean {
  const word = tokens[i]
  if (word === undefined || before === undefined || !isLead(tokens[before.to]?.text)) return false
  return (tokens[i - 1]?.after ?? 2) > 0 && word.after === 0 && !isLead(word.text) && readKey(tokens, i) === undefined
}

const counts = (tokens: readonly Token[], { end }: ReadKey): boolean =>
  tokens[end - 1]?.after === 0 && (counted.has(tokens[end]?.text ?? '') || tokens[end]?.text === 'of')

const plausible = (before: Anchor | undefined, key: string): boolean => {
  const last = before?.keys.at(-1) ?? ''
  return ['0', '*', '#'].includes(key) || (/^[0-9]$/.test(last) && /^[0-9]$/.test(key) && Number(key) > Number(last))
}

/** No verb at all, but keys that count: "one for sales, two for support", "for sales, one, for support, two". */
export function bareList(tokens: readonly Token[], spoken: readonly Anchor[]): Anchor[] {
  const [leading, trailing] = [keysFirst(tokens, spoken), keysLast(tokens, spoken)]
  return trailing.length > leading.length ? trailing : leading
}

const covers = (anchors: readonly Anchor[], i: number): boolean => anchors.some(({ from, to }) => i >= from && i < to)

/** Each has its lead behind it. */
function keysFirst(tokens: readonly Token[], spoken: readonly Anchor[]): Anchor[] {
  const found: Anchor[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (covers(spoken, i)) continue
    const key = readKey(tokens, i)
    if (key === undefined || key.keys.length > 2 || designators.has(tokens[i - 1]?.text ?? '')) continue
    if (!isLead(tokens[key.end]?.text) || digitsOf(tokens[key.end + 1]?.text) !== undefined) continue
    const last = found.at(-1)?.keys[0]
    if (last !== undefined && key.keys !== following(last) && !['0', '*', '#'].includes(key.keys)) continue
    if (last === undefined && key.keys !== '1') continue
    found.push({ from: i, to: key.end, keys: [key.keys], at: key.end - 1, kind: 'list', certainty: 0.7 })
    i = key.end - 1
  }
  return found.length >= 2 ? found : []
}

/** A label without "for" is no longer; of such there must be more keys for a menu. */
const shortLabel = 3
const longLabel = 9
const leastBare = 3

/** Each has its label before it. */
function keysLast(tokens: readonly Token[], spoken: readonly Anchor[]): Anchor[] {
  const found: Anchor[] = []
  let [start, led] = [0, true]
  for (let i = 0; i < tokens.length; i++) {
    if (covers(spoken, i)) start = i + 1
    const key = covers(spoken, i) ? undefined : readKey(tokens, i)
    if (key === undefined) continue
    const last = found.at(-1)?.keys[0]
    const expected = last === undefined ? key.keys === '1' : key.keys === following(last) || /^[0*#]$/.test(key.keys)
    if (!expected || designators.has(tokens[i - 1]?.text ?? '') || counts(tokens, key)) continue
    const from = namedFrom(tokens, i)
    const label = labelBefore(tokens, start, from, found.length === 0)
    if (label === undefined) continue
    led &&= label === 'led' || from < i
    found.push({ from, to: tailEnd(tokens, key.end), keys: [key.keys], at: key.end - 1, kind: 'list', certainty: 0.7 })
    start = found.at(-1)!.to
    i = start - 1
  }
  const end = found.at(-1)?.to ?? 0
  // A number in the middle of a phrase is none that the phrase before is for.
  const closes = end >= tokens.length || (tokens[end - 1]?.after ?? 2) > (led ? 0 : 1)
  return closes && found.length >= (led ? 2 : leastBare) ? found : []
}

/** Over "its", "that is" before a key. */
function namedFrom(tokens: readonly Token[], i: number): number {
  const [other, word] = [tokens[i - 2]?.text, tokens[i - 1]?.text]
  if (word === 'its' || word === 'thats') return i - 1
  return word === 'is' && (other === 'it' || other === 'that') ? i - 2 : i
}

/** Whether what stands there may be a label, and whether it begins as one. Before the first key a greeting may stand as well. */
function labelBefore(tokens: readonly Token[], start: number, to: number, first: boolean): 'led' | 'bare' | undefined {
  let from = start
  for (let i = start; i < to; i++) if (tokens[i]!.after === 2 && i < to - 1) from = i + 1
  const leads = first ? tokens.slice(from, to).findLastIndex(({ text }) => isLead(text)) : -1
  const lead = first
    ? leads < 0
      ? from
      : from + leads
    : from + Number(['and', 'or'].includes(tokens[from]?.text ?? ''))
  const isLed = isLead(tokens[lead]?.text)
  const words = to - lead - Number(isLed)
  if (words < 1 || words > (isLed ? longLabel : shortLabel) || isLead(tokens[to - 1]?.text)) return undefined
  return isLed ? 'led' : 'bare'
}
