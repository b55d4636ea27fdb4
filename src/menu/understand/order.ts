import { labelLikeness } from './likeness.ts'
import { type OptionRole, returns } from './role.ts'

/** A key as it was heard, in the order of the prompt; '' where it was not understood. */
export interface OrderedKey {
  readonly keys: string
  /** 0–1. */
  readonly confidence: number
  /** A key that it also sounds like. */
  readonly sounds?: string
  readonly label?: string
  readonly role?: OptionRole
  /** It was recognised, not read: it may be mistaken however sure it sounds. */
  readonly recognised?: boolean
  /** What each of several hearings had; it alone unless given. */
  readonly votes?: readonly { readonly key: string; readonly confidence: number }[]
}

const all = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'] as const

/** Taken for each other where a line hisses, and how readily: the share of one among the mistakes for the other. */
const mistaken: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ '1 9': 0.25, '5 9': 0.25, '1 5': 0.12, '1 4': 0.12, '* 4': 0.2, '# 1': 0.2, '* 1': 0.1, '* 5': 0.15 },
    ...{
      '# 4': 0.12,
      '# 5': 0.1,
      '# 2': 0.05,
      '2 3': 0.1,
      '0 2': 0.05,
      '0 4': 0.05,
      '6 8': 0.15,
      '4 5': 0.15,
      '6 7': 0.06,
      '* 8': 0.05,
      '# 20': 0.1,
    },
  }),
)
/** Any other key, by a recogniser; and where it was read. */
const otherwise = 0.0015
const misread = 0.001

/** Most menus count; some name their keys in any order. */
const countingMenus = 0.9
/** A menu has each key once; what is said again with the same label is the menu being said again. */
const keyTwice = 0.002
const sameLabel = 0.6
const severalDigits = 0.0005
const alike = 0.8
/** A key that was heard where none was said: rather than that one comes twice. */
const madeUp = 0.001
const beam = 60
/** How likely a key is to be heard as a word that sounds like it. */
const soundsLikeIt = 0.5

/**
 * Menus count 1, 2, 3 … mostly, reach somebody by zero and lead back by star or pound. The keys that were most likely meant, given what
 * was heard and how readily it is mistaken: a key that was lost is filled in from its neighbours, one that stands twice or falls out of
 * the row is put right where it was not heard well. What cannot be filled in stays '', and what was
 * made up by a recogniser becomes it.
 */
export function orderKeys(heard: readonly OrderedKey[]): readonly OrderedKey[] {
  if (heard.length === 0) return heard
  const counted = search(heard, countingMenus, afterKey)
  const uncounted = search(heard, 1 - countingMenus, () => 1 / all.length)
  const best = counted.score >= uncounted.score ? counted : uncounted
  return heard.map((key, i) => {
    const meant = best.keys[i]!
    if (meant === key.keys) return { ...key, confidence: surer(key, best.keys, i) }
    if (key.keys === '') return filled(key, meant, best.keys, i)
    if (meant === '') return { ...key, keys: '', confidence: 0 }
    return { ...key, keys: meant, confidence: Math.max(0.35, Math.min(0.6, 1 - key.confidence * 0.5)) }
  })
}

/** That it stands in the row speaks for it. */
function surer(key: OrderedKey, keys: readonly string[], i: number): number {
  if (key.keys === '') return key.confidence
  const [left, right] = neighbours(keys, i)
  const boost = left && right ? 0.5 : left || right ? 0.25 : 0
  return Math.min(1, key.confidence + (1 - key.confidence) * boost)
}

function filled(key: OrderedKey, meant: string, keys: readonly string[], i: number): OrderedKey {
  const [left, right] = neighbours(keys, i)
  // The first of a menu counts from nothing.
  const between = right && (left || i === 0)
  const told = key.sounds === meant ? (left || right ? 0.85 : 0.3) : between ? 0.6 : left ? 0.45 : 0
  const confidence = Math.max(told, byRole(key.role, meant) ? 0.5 : 0)
  return confidence === 0 ? key : { ...key, keys: meant, confidence }
}

/** Where the count does not tell, zero for a person and a sign for what leads back are as good as heard. */
const byRole = (role: OptionRole | undefined, key: string): boolean =>
  role !== undefined && ((role === 'operator' && key === '0') || (returns(role) && (key === '*' || key === '#')))

/** Whether the key before, and the one behind, are next to it in the count. */
function neighbours(keys: readonly string[], i: number): readonly [boolean, boolean] {
  const key = digit(keys[i])
  if (key === undefined) return [false, false]
  return [digit(keys[i - 1]) === key - 1, digit(keys[i + 1]) === key + 1]
}

const digit = (key: string | undefined): number | undefined =>
  key !== undefined && /^[1-9]$/.test(key) ? Number(key) : undefined

interface Path {
  readonly keys: readonly string[]
  /** Natural logarithm of how likely it is. */
  readonly score: number
}

type Prior = (before: string | undefined, key: string) => number

/** The best sequence of keys, by beam search: that no key comes twice concerns all of it. */
function search(heard: readonly OrderedKey[], share: number, prior: Prior): Path {
  let paths: readonly Path[] = [{ keys: [], score: Math.log(share) }]
  heard.forEach((key, i) => {
    const candidates = candidatesFor(key)
    paths = paths
      .flatMap((path) =>
        candidates.map(({ meant, likely }) => {
          const before = path.keys.findLast((other) => other !== '')
          const expected = meant === '' ? 1 : prior(before, meant) * fits(key.role, meant)
          const twice = meant !== '' && isTwice(heard, path.keys, i, meant) ? keyTwice : 1
          return { keys: [...path.keys, meant], score: path.score + Math.log(likely * expected * twice) }
        }),
      )
      .sort((a, b) => b.score - a.score)
      .slice(0, beam)
  })
  return paths[0]!
}

interface Candidate {
  readonly meant: string
  /** How likely what was heard is, had this been said. */
  readonly likely: number
}

function candidatesFor(key: OrderedKey): readonly Candidate[] {
  if (key.keys === '')
    return all.map((meant) => ({ meant, likely: meant === key.sounds ? soundsLikeIt : 1 / all.length }))
  const votes = key.votes ?? [{ key: key.keys, confidence: key.confidence }]
  const meanings = new Set<string>([...votes.map((vote) => vote.key), ...all])
  const recognised = key.recognised === true
  const made = recognised
    ? [{ meant: '', likely: (madeUp * Math.max(0.02, 0.85 - 0.8 * key.confidence)) ** votes.length }]
    : []
  return [
    ...made,
    ...[...meanings].map((meant) => {
      const product = votes.reduce((so, vote) => so * likelihood(vote.key, meant, vote.confidence, recognised), 1)
      const odd = meant.length > 1 && recognised ? severalDigits : 1
      // Hearings of one voice over one line are mistaken alike.
      return { meant, likely: odd * product ** (votes.length > 1 ? alike : 1) }
    }),
  ]
}

/** How likely `heard` is where `meant` was said. */
function likelihood(heard: string, meant: string, confidence: number, recognised: boolean): number {
  // Recognisers are sure of one key in twenty that is wrong.
  const trust = Math.max(0.02, Math.min(0.98, recognised ? 0.15 + 0.8 * confidence : confidence))
  if (heard === meant) return trust
  const share = recognised ? (mistaken.get([heard, meant].sort().join(' ')) ?? otherwise) : misread
  return (1 - trust) * share
}

/** What follows a key in a menu that counts; `undefined`: it is the first. */
function afterKey(before: string | undefined, key: string): number {
  if (before === undefined) return { '1': 0.8, '0': 0.05, '2': 0.04, '9': 0.02, '*': 0.02, '#': 0.02 }[key] ?? 0.01
  const [from, to] = [digit(before), digit(key)]
  if (from === undefined) return { '0': 0.3, '*': 0.3, '#': 0.3, '1': 0.04 }[key] ?? 0.01
  if (to === undefined) return { '0': 0.1, '*': 0.06, '#': 0.06 }[key] ?? 0.01
  if (to === from + 1) return 0.62
  if (to === 9) return 0.06
  return to === from + 2 ? 0.02 : to > from ? 0.01 : 0.004
}

/** How much more often a key is given to what leads back, or reaches somebody, than to anything else. */
function fits(role: OptionRole | undefined, key: string): number {
  if (role === undefined || key === '') return 1
  if (returns(role)) return { '*': 6, '#': 6, '9': 2, '0': 1 }[key] ?? 0.3
  if (role === 'operator') return key === '0' ? 6 : 0.6
  return key === '*' || key === '#' ? 0.4 : 1
}

function isTwice(heard: readonly OrderedKey[], keys: readonly string[], i: number, meant: string): boolean {
  const label = heard[i]!.label ?? ''
  return keys.some((other, k) => {
    if (other !== meant) return false
    const before = heard[k]!.label ?? ''
    return label === '' || before === '' || labelLikeness(label, before) < sameLabel
  })
}
