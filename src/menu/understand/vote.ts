import { following } from './key.ts'
import type { Side } from './label.ts'
import { labelLikeness } from './likeness.ts'
import { orderKeys } from './order.ts'
import { returns, roleOf } from './role.ts'
import { type HeardOption, type Understanding, understand } from './understand.ts'

/** An option as several hearings have it. */
export interface VotedOption {
  readonly key: string
  readonly label: string
  readonly role: HeardOption['role']
  /** 0–1. */
  readonly confidence: number
  /** The options that it was made of: which hearing, and which of its options. */
  readonly heard: readonly { readonly hearing: number; readonly option: number }[]
  /** Keys that some hearing had in its place, with the weight of each, the heaviest first. */
  readonly otherKeys: readonly { readonly key: string; readonly weight: number }[]
}

interface Vote {
  readonly hearing: number
  readonly index: number
  readonly option: HeardOption
}
type Column = readonly Vote[]

/**
 * Combines hearings of one prompt: options are laid side by side in their order, each key is chosen by the weight of those who heard
 * it, each label is the one most like the others, and the order of the keys settles what is left.
 */
export function vote(heard: readonly Understanding[]): readonly VotedOption[] {
  const hearings = onOneSide(heard)
  let columns: readonly Column[] = []
  const keys = hearings.flatMap(({ options }) => options.map(({ key }) => key))
  const codes = new Set(keys.filter((key) => /^\d\d$/.test(key))).size >= leastCodes
  const wholeOf = (column: Column, key: string): string => (codes ? wholeKey(column, key) : key)
  // The fullest first: others are laid beside it.
  const order = hearings.map((_, i) => i).sort((a, b) => hearings[b]!.options.length - hearings[a]!.options.length)
  for (const hearing of order) {
    const votes = hearings[hearing]!.options.flatMap((option, index) =>
      option.gap === true ? [] : [{ hearing, index, option }],
    )
    columns = columns.length === 0 ? votes.map((one) => [one]) : align(columns, votes)
  }
  columns = columns.filter((column) => !isNoise(column, columns, hearings))
  const chosen = columns.map((column) => {
    const elsewhere = new Set(
      columns.flatMap((other) => (other === column ? [] : other.map(({ option }) => option.label))),
    )
    return choose(column, hearings.length, wholeOf, elsewhere)
  })
  const recognised = hearings.some((hearing) => hearing.recognised)
  const ordered = orderKeys(
    chosen.map(({ key, confidence, role, label }, i) => {
      const keyOf = weighedKey(columns[i]!, role)
      const votes = columns[i]!.map(({ option }) => ({
        key: wholeOf(columns[i]!, keyOf(option)),
        confidence: option.confidence,
      }))
      return { keys: key, confidence, role, label, recognised, votes }
    }),
  )
  const meant = once(
    chosen
      .map((option, i) => ({ ...option, key: ordered[i]!.keys, confidence: ordered[i]!.confidence }))
      .filter(({ key }) => key !== ''),
  )
  return hearings.reduce<readonly VotedOption[]>((all, _, h) => withHoles(all, hearings, h), meant)
}

/** So many labels more on one side of their keys than on the other, of all hearings together. */
const leastSided = 3

/**
 * Labels stand on the same side of their keys whenever a prompt is said: a hearing that has some on the other is understood once more, unless no other
 * has as many on one side alone. Many menus change sides behind their first options: "press two for parts. To reach an operator, press zero".
 */
function onOneSide(hearings: readonly Understanding[]): readonly Understanding[] {
  const side = hearings.length < 2 ? undefined : sideOfAll(hearings)
  if (side === undefined) return hearings
  const most = Math.max(0, ...hearings.filter((hearing) => isOn(side, hearing)).map(labelsOf))
  return hearings.map((hearing) =>
    isOn(side, hearing) || labelsOf(hearing) > most || !hearing.recognised ? hearing : understand(hearing.heard, side),
  )
}

/** The one with more labels; where that is not clear, the one on which each key of a hearing has its own. */
function sideOfAll(hearings: readonly Understanding[]): Side | undefined {
  const sum = hearings.reduce((all, { labelsBehind }) => all + labelsBehind, 0)
  if (Math.abs(sum) >= leastSided) return sum > 0 ? 'after' : 'before'
  const whole = hearings.filter((hearing) => labelsOf(hearing) === hearing.options.length)
  const [side, other] = (['after', 'before'] as const).filter((one) =>
    whole.some((hearing) => hearing.labelsBehind !== 0 && isOn(one, hearing)),
  )
  return other === undefined ? side : undefined
}

const labelsOf = ({ options }: Understanding): number =>
  options.filter(({ label, gap }) => label !== '' && gap !== true).length

/** Whether all labels stand there. */
const isOn = (side: Side, hearing: Understanding): boolean =>
  (side === 'after' ? 1 : -1) * hearing.labelsBehind >= labelsOf(hearing)

/** So many others have heard all of a prompt that one hearing has more in. */
const leastOthers = 2

/**
 * Whether one hearing alone has it, and not what for, where nothing was lost to others, or they have the key for something: what a noise was
 * taken for.
 */
function isNoise(column: Column, columns: readonly Column[], hearings: readonly Understanding[]): boolean {
  const [only, second] = column
  if (only === undefined || second !== undefined || only.option.label !== '') return false
  // Who was cut off before it says nothing of it.
  const behind = columns.slice(columns.indexOf(column) + 1)
  const goesOn = (h: number): boolean => behind.some((other) => other.some(({ hearing }) => hearing === h))
  const whole = hearings.filter(
    ({ lost }, h) => h !== only.hearing && lost === 0 && (goesOn(h) || !goesOn(only.hearing)),
  )
  const elsewhere = columns.some(
    (other) =>
      other !== column && other.filter(({ option }) => wordOf(option) === wordOf(only.option)).length >= leastOthers,
  )
  return elsewhere || (whole.length >= leastOthers && !countsOn(only, hearings[only.hearing]!))
}

/** Whether the keys beside it say that it was said: the one before counts on with it, and it with the one behind. */
const countsOn = ({ index, option }: Vote, { options }: Understanding): boolean =>
  following(options[index - 1]?.key) === option.key && following(option.key) === options[index + 1]?.key

/** The holes of one hearing that no other one fills: where another has both options beside it, it has heard what stands between them. */
function withHoles(
  options: readonly VotedOption[],
  hearings: readonly Understanding[],
  hearing: number,
): readonly VotedOption[] {
  const own = hearings[hearing]!.options
  return own.reduce<readonly VotedOption[]>((all, gap, option) => {
    if (gap.gap !== true || all.some(({ key }) => key === gap.key)) return all
    const [left, right] = [own[option - 1]?.key, own[option + 1]?.key]
    const filled = hearings.some(({ options: others }, h) => {
      const keys = others.map(({ key }) => key)
      return h !== hearing && left !== undefined && right !== undefined && between(keys, left, right, gap.key)
    })
    const at = all.findIndex(({ key }) => key === left)
    if (filled || at < 0) return all
    const { key, label, role, confidence } = gap
    const hole = { key, label, role, confidence, heard: [{ hearing, option }], otherKeys: [] }
    return [...all.slice(0, at + 1), hole, ...all.slice(at + 1)]
  }, options)
}

/** The key that was heard rather than what its own row made of it; of two digits that were none, what it made. */
const wordOf = ({ key, heardAs }: HeardOption): string => (heardAs?.length === 1 ? heardAs : key)

/** What counts of each option: what was heard. A sign is mistaken alike each time, which says no more than once. */
function weighedKey(column: Column, role: HeardOption['role']): (option: HeardOption) => string {
  const differ = new Set(column.map(({ option }) => wordOf(option))).size > 1
  return differ || !returns(role) ? wordOf : ({ key }) => key
}

/** Whether both are there, and not the key itself. */
const between = (keys: readonly string[], left: string, right: string, key: string): boolean =>
  keys.includes(left) && keys.includes(right) && !keys.includes(key)

/** The first or the last digit of two. */
const isPart = (key: string, whole: string): boolean => /^\d$/.test(key) && /^\d\d$/.test(whole) && whole.includes(key)

/** One key of two digits alone is rather two words for one. */
const leastCodes = 2

/** A digit of several is swallowed rather than made up. */
const wholeKey = (column: Column, key: string): string =>
  column.find(({ option }) => isPart(key, option.key))?.option.key ?? key

function choose(
  column: Column,
  hearings: number,
  wholeOf: (column: Column, key: string) => string,
  elsewhere: ReadonlySet<string>,
): VotedOption {
  const weights = new Map<string, number>()
  for (const { option } of column) {
    const key = wholeOf(column, option.key)
    weights.set(key, (weights.get(key) ?? 0) + option.confidence ** 2)
  }
  const ranked = [...weights].sort((a, b) => b[1] - a[1])
  const [key, weight] = ranked[0]!
  const all = ranked.reduce((sum, [, each]) => sum + each, 0)
  const doubt = column
    .filter(({ option }) => wholeOf(column, option.key) === key)
    .reduce((rest, { option }) => rest * (1 - option.confidence), 1)
  // To miss an option is common, to make one up is rare: who did not hear it says little.
  const missed = hearings - new Set(column.map(({ hearing }) => hearing)).size
  const label = medoid(column, elsewhere)
  return {
    key,
    label,
    role: roleOf(label),
    confidence: (1 - doubt) * (weight / all) * 0.93 ** missed,
    heard: column.map(({ hearing, index }) => ({ hearing, option: index })),
    otherKeys: ranked.slice(1).map(([other, each]) => ({ key: other, weight: each / all })),
  }
}

/** A label is for one key: one that stands at another as well was rather lost at this. */
const usedTwice = 0.5

/** Of two labels the one that is said on the telephone: of 1,777 labels at 20 dB 46 were wrong in place of 52, with 0.6 as with 0.3. */
const usualCounts = 0.3
/** As most labels have it. */
const unknownUsual = -1.5

/** The label most like all the others; of equals the longer. @param elsewhere labels that stand at other keys */
function medoid(column: Column, elsewhere: ReadonlySet<string>): string {
  const labels = column.map(({ option }) => option)
  const score = (a: HeardOption): number =>
    // What was not heard is no label.
    (a.label === '' ? -labels.length : 0) +
    // What two are in doubt of they may mishear alike.
    labels.reduce((sum, b) => sum + labelLikeness(a.label, b.label) * b.confidence * (b.labelConfidence ?? 1), 0) +
    (elsewhere.has(a.label) ? -usedTwice : 0) +
    // Of two hearings neither is more like the other.
    (a.labelConfidence ?? 1) +
    usualCounts * (a.labelUsual ?? unknownUsual) +
    Math.min(6, a.label.split(' ').length) * 0.01
  return [...labels].sort((a, b) => score(b) - score(a))[0]!.label
}

const gapCost = -0.6

/** Needleman–Wunsch: which option of the hearing stands in which column, and which makes a new one. */
function align(columns: readonly Column[], votes: readonly Vote[]): readonly Column[] {
  const rows = columns.length + 1
  const width = votes.length + 1
  const scores = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: width }, (_, j) => (i === 0 ? j : j === 0 ? i : 0) * gapCost),
  )
  const at = (i: number, j: number): number => scores[i]![j]!
  for (let i = 1; i < rows; i++) {
    for (let j = 1; j < width; j++) {
      const matched = at(i - 1, j - 1) + alike(columns[i - 1]!, votes[j - 1]!)
      scores[i]![j] = Math.max(matched, at(i - 1, j) + gapCost, at(i, j - 1) + gapCost)
    }
  }
  const aligned: Column[] = []
  for (let i = columns.length, j = votes.length; i > 0 || j > 0; ) {
    const both = i > 0 && j > 0
    if (both && at(i, j) === at(i - 1, j - 1) + alike(columns[i - 1]!, votes[j - 1]!)) {
      aligned.push([...columns[--i]!, votes[--j]!])
    } else if (j === 0 || (i > 0 && at(i, j) === at(i - 1, j) + gapCost)) aligned.push(columns[--i]!)
    else aligned.push([votes[--j]!])
  }
  return aligned.reverse()
}

/** Of two keys side by side the one that it is, rather than the one that it was taken for. */
const likeKey = 1.4

function alike(column: Column, { option }: Vote): number {
  // What was heard tells as well, whatever was made of it.
  const keys = [option.key, option.heardAs ?? option.key]
  const same = column.some(({ option: { key } }) => key === option.key)
  const like = column.some(({ option: { key, heardAs = key } }) => keys.includes(key) || keys.includes(heardAs))
  const part = column.some((other) => isPart(other.option.key, option.key) || isPart(option.key, other.option.key))
  const key = same ? 1.5 : like ? likeKey : part ? 0.5 : -1
  const label = Math.max(...column.map((other) => labelLikeness(other.option.label, option.label)))
  return key + 2 * label - 0.5
}

/** Two columns with one key are one option that some hearing misplaced. */
function once(options: readonly VotedOption[]): readonly VotedOption[] {
  const byKey = new Map<string, VotedOption>()
  for (const option of options) {
    const before = byKey.get(option.key)
    if (before === undefined) byKey.set(option.key, option)
    else {
      const [better, other] = option.confidence > before.confidence ? [option, before] : [before, option]
      byKey.set(option.key, { ...better, heard: [...better.heard, ...other.heard] })
    }
  }
  return [...byKey.values()]
}
