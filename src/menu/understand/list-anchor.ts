import type { Anchor } from './anchor.ts'
import { counted, designators } from './anchor-words.ts'
import { digitsOf, isLead, isTail, type ReadKey, readKey, soundsLike } from './key.ts'
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

function listAnchor(tokens: readonly Token[], i: number, before: Anchor | undefined): Anchor | undefined {
  const previous = tokens[i - 1]
  const next = follows(before?.keys.at(-1))
  const joined = ['or', 'and', 'o', 'y'].includes(previous?.text ?? '')
  const clear = (previous?.after ?? 2) > 0 || joined
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
    const from = joined ? i - 1 : i
    return { from, to: tailEnd(tokens, end), keys, at: end - 1, kind: 'list', certainty: expected ? 0.9 : 0.75 }
  }
  // "too for support", "for for billing" where that is the next key.
  if (soundsLike(tokens[i]?.text) !== next || next === undefined || !clear || !isLead(tokens[i + 1]?.text))
    return undefined
  if (tokens[i]?.after === 2) return undefined
  return { from: joined ? i - 1 : i, to: i + 1, keys: [next], at: i, kind: 'list', certainty: 0.6 }
}

const counts = (tokens: readonly Token[], { end }: ReadKey): boolean =>
  tokens[end - 1]?.after === 0 && (counted.has(tokens[end]?.text ?? '') || tokens[end]?.text === 'of')

const follows = (key: string | undefined): string | undefined =>
  key !== undefined && /^[0-8]$/.test(key) ? String(Number(key) + 1) : undefined

const plausible = (before: Anchor | undefined, key: string): boolean => {
  const last = before?.keys.at(-1) ?? ''
  return ['0', '*', '#'].includes(key) || (/^[0-9]$/.test(last) && /^[0-9]$/.test(key) && Number(key) > Number(last))
}

/** "One for sales, two for support": no verb at all, but keys in order, each with its lead. */
export function bareList(tokens: readonly Token[], spoken: readonly Anchor[]): Anchor[] {
  const found: Anchor[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (spoken.some(({ from, to }) => i >= from && i < to)) continue
    const key = readKey(tokens, i)
    if (key === undefined || key.keys.length > 2 || designators.has(tokens[i - 1]?.text ?? '')) continue
    if (!isLead(tokens[key.end]?.text) || digitsOf(tokens[key.end + 1]?.text) !== undefined) continue
    const last = found.at(-1)?.keys[0]
    if (last !== undefined && key.keys !== follows(last) && !['0', '*', '#'].includes(key.keys)) continue
    if (last === undefined && key.keys !== '1') continue
    found.push({ from: i, to: key.end, keys: [key.keys], at: key.end - 1, kind: 'list', certainty: 0.7 })
    i = key.end - 1
  }
  return found.length >= 2 ? found : []
}
