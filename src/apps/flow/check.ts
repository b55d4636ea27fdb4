import { type Flow, type FlowStep, flowEnd, type StepBlock } from '../../phone/flow.ts'
import type { FieldFault } from '../../phone/problem.ts'
import { circles, edgesOf, reached } from './edges.ts'
import { leadsOn, outcomesOf, waitsForSomebody } from './outcome.ts'

/**
 * What is wrong with a flow as a whole: names, branches that cannot be, steps that nothing leads to, circles in which nobody is
 * waited for, blocks on a call that is held. Whether the engine has the blocks is asked elsewhere.
 */
export function checkFlow(flow: Flow): readonly FieldFault[] {
  const { steps } = flow
  const names = new Map<string, number>()
  const faults: FieldFault[] = []
  steps.forEach((step, i) => {
    const first = names.get(step.name)
    if (first === undefined) names.set(step.name, i)
    else faults.push({ field: `/steps/${i}/name`, sentence: `is the name of step ${first + 1} as well` })
    if (step.name === flowEnd)
      faults.push({ field: `/steps/${i}/name`, sentence: `is kept for the end of the flow: call it something else` })
  })
  steps.forEach((step, i) => {
    faults.push(...targetFaults(step, i, names), ...branchFaults(step, i))
  })
  // The ways through a flow with wrong names are not those that were meant.
  return faults.length > 0 ? faults : [...unreachable(flow), ...spinning(flow), ...heldBlocks(flow)]
}

function targetFaults(step: FlowStep, i: number, names: ReadonlyMap<string, number>): FieldFault[] {
  const known = (name: string): boolean => name === flowEnd || names.has(name)
  const list = [...names.keys()].filter((name) => !/^[0-9]/.test(name))
  const choice =
    list.length === 0 ? `no step has a name; "${flowEnd}" ends the flow` : `${list.join(', ')} or ${flowEnd}`
  const sentence = (name: string): string => `names no step: there is no ${name} (${choice})`
  const faults = Object.entries(step.branches)
    .filter(([, name]) => !known(name))
    .map(([outcome, name]) => ({ field: `/steps/${i}/branches/${pointer(outcome)}`, sentence: sentence(name) }))
  if (step.next === undefined) return faults
  if (!leadsOn(step.does)) {
    return [...faults, { field: `/steps/${i}/next`, sentence: `cannot be: ${whyNothingFollows(step.does)}` }]
  }
  return known(step.next) ? faults : [...faults, { field: `/steps/${i}/next`, sentence: sentence(step.next) }]
}

function whyNothingFollows(does: StepBlock): string {
  switch (does.block) {
    case 'transfer':
      return 'transfer ends the call, unless onFailure is "continue"'
    case 'play':
      return 'play repeats for ever (times is 0) and no key stops it (stopOn)'
    default:
      return `${does.block} ends the call`
  }
}

function branchFaults({ does, branches }: FlowStep, i: number): FieldFault[] {
  const words = outcomesOf(does)
  return Object.keys(branches).flatMap((outcome) => {
    if (words.includes(outcome)) return []
    const sentence = keyFault(does, outcome)
    return sentence === undefined ? [] : [{ field: `/steps/${i}/branches/${pointer(outcome)}`, sentence }]
  })
}

/** Why a block can never come out so. */
function keyFault(does: StepBlock, outcome: string): string | undefined {
  const words = outcomesOf(does)
  const keys = /^[0-9A-D*#]+$/.test(outcome)
  if (does.block === 'play' && keys) {
    if (outcome.length === 1 && (does.stopOn ?? '').includes(outcome)) return undefined
    return `can never be: play is stopped by ${does.stopOn === undefined || does.stopOn === '' ? 'no key (stopOn)' : `one key of ${does.stopOn} (stopOn)`}`
  }
  if (does.block === 'gather' && keys) {
    const { maxDigits, allowed, finishKey = '#' } = does
    if (outcome.length > maxDigits) return `can never be: gather takes at most ${maxDigits} keys (maxDigits)`
    if (finishKey !== '' && outcome.includes(finishKey)) return `can never be: ${finishKey} ends the entry (finishKey)`
    const strange = allowed === undefined ? undefined : [...outcome].find((key) => !allowed.includes(key))
    return strange === undefined ? undefined : `can never be: ${strange} is not among the keys allowed (${allowed})`
  }
  const typed = does.block === 'gather' ? 'the keys typed, ' : does.block === 'play' ? 'a key of stopOn, ' : ''
  if (words.length === 0) return `can never be: nothing branches off ${does.block}`
  return `is no outcome of ${does.block}: that has ${typed}${words.join(', ')}`
}

function unreachable(flow: Flow): FieldFault[] {
  const seen = reached(edgesOf(flow))
  return flow.steps.flatMap(({ name }, i) => {
    if (seen.has(i)) return []
    const before = flow.steps[i - 1]
    const why = before === undefined || leadsOn(before.does) ? '' : ` (${whyNothingFollows(before.does)})`
    return [{ field: `/steps/${i}`, sentence: `is never reached: no step leads to ${shown(name)}${why}` }]
  })
}

function spinning(flow: Flow): FieldFault[] {
  const { steps } = flow
  const idle = (i: number): boolean => {
    const step = steps[i]
    return step !== undefined && !waitsForSomebody(step.does)
  }
  return circles(edgesOf(flow), idle).map((circle) => {
    const way = circle.map((i) => shown(steps[i]?.name ?? '')).join(' → ')
    const sentence = `goes round for ever (${way}) without waiting for anybody; a gather, record, dial or transfer has to be on the way`
    return { field: `/steps/${circle[0]}`, sentence }
  })
}

/** Blocks that a call on hold refuses. */
function heldBlocks(flow: Flow): FieldFault[] {
  const { steps } = flow
  const edges = edgesOf(flow)
  /** The step that put the call on hold, for each step that is reached on hold. */
  const holder = new Map<number, number>()
  const open = steps.flatMap(({ does }, i) =>
    does.block === 'hold' ? (edges[i] ?? []).map((to) => [to, i] as const) : [],
  )
  for (let way = open.pop(); way !== undefined; way = open.pop()) {
    const [to, by] = way
    if (holder.has(to)) continue
    holder.set(to, by)
    const block = steps[to]?.does.block
    if (block === 'unhold' || block === 'hold') continue
    open.push(...(edges[to] ?? []).map((next) => [next, by] as const))
  }
  return [...holder].flatMap(([i, by]) => {
    const block = steps[i]?.does.block
    if (block === 'unhold' || block === 'wait' || block === 'hangup' || block === 'stop' || block === undefined)
      return []
    const name = shown(steps[by]?.name ?? '')
    return [
      {
        field: `/steps/${i}`,
        sentence: `${block} cannot run while the call is on hold, as ${name} leaves it; unhold it first`,
      },
    ]
  })
}

const shown = (name: string): string => `step ${name}`
const pointer = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1')
