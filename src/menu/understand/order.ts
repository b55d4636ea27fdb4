import { labelLikeness } from './likeness.ts'
import { type OptionRole, returns } from './role.ts'

/** A key as it was heard, in the order of the prompt; '' where it was not understood. */
export interface OrderedKey {
  readonly keys: string
  /** The last of several keys that share its clause: the count goes on from there. */
  readonly last?: string
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
    ...{
      '1 9': 0.25,
      '5 9': 0.25,
      '1 5': 0.12,
      '1 4': 0.12,
      '* 4': 0.2,
      '# 1': 0.2,
      '* 1': 0.1,
      '* 9': 0.1,
      '* 5': 0.15,
    },
    ...{
      '# 4': 0.12,
      '# 5': 0.1,
      '# 2': 0.05,
      '2 3': 0.1,
      '3 8': 0.08,
      '0 2': 0.05,
      '0 4': 0.05,
      '6 8': 0.15,
      '4 5': 0.15,
      '6 7': 0.06,
      '* 8': 0.02,
      '# 20': 0.1,
      '# *': 0.05,
      '* 0': 0.05,
      '# 0': 0.05,
    },
  }),
)
/** Keys that this one is taken for, the likeliest first; of a key of two digits those with one of them mistaken. */
export function mistakenFor(key: string): readonly string[] {
  if (key.length === 2) {
    const [first = '', last = ''] = key
    const near = [
      ...sharesOf(last).map(([other, share]) => [`${first}${other}`, share] as const),
      ...sharesOf(first).map(([other, share]) => [`${other}${last}`, share] as const),
    ]
    return near
      .filter(([code]) => /^[1-9]{2}$/.test(code))
      .sort((a, b) => b[1] - a[1])
      .map(([code]) => code)
  }
  return [...sharesOf(key)].sort((a, b) => b[1] - a[1]).map(([other]) => other)
}

const sharesOf = (key: string): readonly (readonly [string, number])[] =>
  [...mistaken].flatMap(([pair, share]) => {
    const [a = '', b = ''] = pair.split(' ')
    return a === key ? [[b, share] as const] : b === key ? [[a, share] as const] : []
  })

/** Any other key, by a recogniser; and where it was read. */
const otherwise = 0.0015
const misread = 0.001

/** Most menus count; some name their keys in any order. */
const countingMenus = 0.9
/** Of those: 1 to n, each once, mixed. */
const mixedMenus = 0.05
/** A menu has each key once; what is said again with the same label is the menu being said again. */
const keyTwice = 0.002
const sameLabel = 0.6
const severalDigits = 0.0005
const someDigits = 0.1
/** So many keys of several digits are no chance. */
const leastLong = 2
const alike = 0.8
/** A key that was heard where none was said: rather than that one comes twice. */
const madeUp = 0.001
const beyondMadeUp = 0.95
const beam = 30
/** From here on a key in its row stays. */
const beyondDoubt = 0.75
/** Beside the best so far: nothing that comes makes up for it. */
const hopeless = Math.log(1e-12)
/** How likely a key is to be heard as a word that sounds like it. */
const soundsLikeIt = 0.5

/**
 * Menus count 1, 2, 3 … mostly, reach somebody by zero and lead back by star or pound. The keys that were most likely meant, given what
 * was heard and how readily it is mistaken: a key that was lost is filled in from its neighbours, one that stands twice or falls out of
 * the row is put right where it was not heard well. What cannot be filled in stays '', and what was
 * made up by a recogniser becomes it.
 */
export function orderKeys(heard: readonly OrderedKey[]): readonly OrderedKey[] {
  // One key alone stands in no row.
  if (heard.length < 2) return heard
  const plain = heard.map((key) => key.keys)
  if (heard.every(({ confidence }) => confidence >= beyondDoubt) && isRow(plain))
    return heard.map((key, i) => ({ ...key, confidence: surer(key, plain, i) }))
  const asked: Asked = { heard, candidates: candidatesOf(heard), alikeLabels: likeLabels(heard) }
  const counted = search(asked, countingMenus, afterKey)
  const uncounted = search(asked, 1 - countingMenus, () => 1 / all.length)
  // What leads back by its words is rather a sign that was taken for a digit.
  const mixed = mixedPrior(heard.filter(({ role }) => role === undefined || !returns(role)).map((key) => key.keys))
  const ways = [counted, uncounted, ...(mixed === undefined ? [] : [search(asked, mixedMenus, mixed)])]
  const best = ways.reduce((best, one) => (one.score > best.score ? one : best))
  return heard.map((key, i) => {
    const meant = best.keys[i]!
    if (meant === key.keys) return { ...key, confidence: surer(key, best.keys, i) }
    if (key.keys === '') return filled(key, meant, best.keys, i)
    if (meant === '') return { ...key, keys: '', confidence: 0 }
    return { ...key, keys: meant, confidence: Math.max(0.35, Math.min(0.6, 1 - key.confidence * 0.5)) }
  })
}

/** 1, 2, 3 … and behind them what stands outside the count, nothing twice: most of what is heard, and not worth a search. */
function isRow(keys: readonly string[]): boolean {
  const digits = keys.findIndex((key) => digit(key) === undefined)
  const count = digits < 0 ? keys.length : digits
  const outside = keys.slice(count)
  if (!keys.slice(0, count).every((key, i) => key === String(i + 1))) return false
  return outside.every((key, i) => /^[0*#]$/.test(key) && outside.indexOf(key) === i)
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
  readonly before: Path | undefined
  /** The key that it ends with, and the last one that is not ''. */
  readonly key: string
  readonly last: string | undefined
  /** Natural logarithm of how likely it is. */
  readonly score: number
}

type Prior = (before: string | undefined, key: string) => number

/** What each search for the keys of one prompt begins with. */
interface Asked {
  readonly heard: readonly OrderedKey[]
  /** Of each key. */
  readonly candidates: readonly (readonly Candidate[])[]
  readonly alikeLabels: (i: number, k: number) => boolean
}

function candidatesOf(heard: readonly OrderedKey[]): Asked['candidates'] {
  // One key of two digits beside others of one was rather heard twice; where no fewer have two than one, keys have.
  const long = heard.filter(({ keys }) => keys.length > 1).length
  const codes = heard.filter(({ keys }) => /^[1-9]{2}$/.test(keys)).length
  const short = heard.filter(({ keys }) => digit(keys) !== undefined).length
  const odd = long < leastLong && short > codes ? severalDigits : long < leastLong || long < short ? someDigits : 1
  return heard.map((key) => candidatesFor(key, odd))
}

/** The best sequence of keys, by beam search: that no key comes twice concerns all of it. */
function search({ heard, candidates, alikeLabels }: Asked, share: number, prior: Prior): Found {
  let paths: readonly Path[] = [{ before: undefined, key: '', last: undefined, score: Math.log(share) }]
  heard.forEach((key, i) => {
    const own = candidates[i]!
    // Few keys end a path, and what follows depends on nothing else of it.
    const steps = new Map<string | undefined, readonly number[]>()
    const stepsBehind = (last: string | undefined): readonly number[] => {
      const known = steps.get(last)
      if (known !== undefined) return known
      const so = own.map(({ meant, likely }) =>
        Math.log(likely * (meant === '' ? 1 : prior(last, meant) * fits(key.role, meant, last))),
      )
      steps.set(last, so)
      return so
    }
    const longer = new Best()
    let best = Number.NEGATIVE_INFINITY
    for (const path of paths) {
      const behind = stepsBehind(path.last)
      let used: readonly string[] | undefined
      own.forEach(({ meant }, k) => {
        const score = path.score + behind[k]!
        if (score < best + hopeless) return
        used ??= usedFor(path, i, alikeLabels)
        const twice = used.includes(meant) ? Math.log(keyTwice) : 0
        best = Math.max(best, score + twice)
        longer.add(score + twice, path, meant)
      })
    }
    paths = longer.paths(key.last)
  })
  const keys: string[] = []
  for (let path = paths[0]; path?.before !== undefined; path = path.before) keys.unshift(path.key)
  return { keys, score: paths[0]!.score }
}

/** Of many ways to go on, as many as the beam is wide; the first come first where none is better. */
class Best {
  readonly #ways: { readonly score: number; readonly before: Path; readonly key: string }[] = []

  add(score: number, before: Path, key: string): void {
    const ways = this.#ways
    if (ways.length === beam && score <= ways[beam - 1]!.score) return
    let at = ways.length
    while (at > 0 && ways[at - 1]!.score < score) at--
    ways.splice(at, 0, { score, before, key })
    if (ways.length > beam) ways.pop()
  }

  /** @param last of several keys that share the clause */
  paths(last: string | undefined): readonly Path[] {
    return this.#ways.map(({ score, before, key }) => ({
      before,
      key,
      last: key === '' ? before.last : (last ?? key),
      score,
    }))
  }
}

interface Found {
  readonly keys: readonly string[]
  readonly score: number
}

/** Whether the label of `i` is that of `k`, each asked once. */
function likeLabels(heard: readonly OrderedKey[]): (i: number, k: number) => boolean {
  const known = new Map<number, boolean>()
  return (i, k) => {
    const pair = i * heard.length + k
    const before = known.get(pair)
    if (before !== undefined) return before
    const [a, b] = [heard[i]!.label ?? '', heard[k]!.label ?? '']
    const like = a !== '' && b !== '' && labelLikeness(a, b) >= sameLabel
    known.set(pair, like)
    return like
  }
}

/** Keys that stand in the path already, for something else than `i` is for. @param i how long the path is */
function usedFor(path: Path, i: number, alikeLabels: Asked['alikeLabels']): readonly string[] {
  const used: string[] = []
  let k = i - 1
  for (let each: Path | undefined = path; each?.before !== undefined; each = each.before, k--)
    if (each.key !== '' && !alikeLabels(i, k)) used.push(each.key)
  return used
}

interface Candidate {
  readonly meant: string
  /** How likely what was heard is, had this been said. */
  readonly likely: number
}

/** @param long how much less likely a key of several digits is than another */
function candidatesFor(key: OrderedKey, long: number): readonly Candidate[] {
  if (key.keys === '')
    return all.map((meant) => ({ meant, likely: meant === key.sounds ? soundsLikeIt : 1 / all.length }))
  const votes = key.votes ?? [{ key: key.keys, confidence: key.confidence }]
  const meanings = new Set<string>([...votes.map((vote) => vote.key), ...all])
  const recognised = key.recognised === true
  const made = recognised ? [{ meant: '', likely: (madeUp * madeUpShare(key)) ** votes.length }] : []
  return [
    ...made,
    ...[...meanings].map((meant) => {
      const product = votes.reduce((so, vote) => so * likelihood(vote.key, meant, vote.confidence, recognised), 1)
      const odd = meant.length > 1 && recognised ? long : 1
      // Hearings of one voice over one line are mistaken alike.
      return { meant, likely: odd * product ** (votes.length > 1 ? alike : 1) }
    }),
  ]
}

/** What was heard beyond doubt, and what for, was rather said whatever the row is. */
const madeUpShare = ({ confidence, label = '' }: OrderedKey): number =>
  confidence >= beyondMadeUp && label !== '' ? 0.001 : Math.max(0.02, 0.85 - 0.8 * confidence)

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
  if (from === undefined) return { '0': 0.3, '*': 0.3, '#': 0.3, '9': 0.06, '1': 0.04 }[key] ?? 0.01
  if (to === undefined) return { '0': 0.1, '*': 0.06, '#': 0.06 }[key] ?? 0.01
  if (to === from + 1) return 0.62
  if (to === 9) return 0.06
  return to === from + 2 ? 0.02 : to > from ? 0.01 : 0.004
}

/** In a menu of so many keys that are mixed one may have been taken for another. */
const leastMixed = 4
const beyondMixed = 0.001

/**
 * Where the digits that were heard are 1 to n, each once, they were rather said in that order than misheard: one that is misheard comes twice, or
 * leaves a hole.
 */
function mixedPrior(heard: readonly string[]): Prior | undefined {
  const digits = heard.filter((key) => digit(key) !== undefined)
  const count = digits.length
  const twice = count - new Set(digits).size
  if (count < 2 || heard.includes('') || twice > (count < leastMixed ? 0 : 1)) return undefined
  if (digits.some((key) => Number(key) > count)) return undefined
  const orders = digits.reduce((product, _, i) => product * (i + 1), 1)
  const each = orders ** (-1 / count)
  return (before, key) => (digit(key) === undefined ? afterKey(before, key) : Number(key) <= count ? each : beyondMixed)
}

/** How much more often a key is given to what leads back, or reaches somebody, than to anything else. */
function fits(role: OptionRole | undefined, key: string, before: string | undefined): number {
  if (role === undefined || key === '') return 1
  // Nine behind eight is the next of the count rather than what leads back.
  if (returns(role)) return { '*': 6, '#': 6, '9': before === '8' ? 0.3 : 2, '0': 1 }[key] ?? 0.3
  if (role === 'operator') return key === '0' ? 6 : 0.6
  return key === '*' || key === '#' ? 0.4 : 1
}
