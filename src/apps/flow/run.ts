import type { Clock } from '../../base/clock.ts'
import type { StartedAction } from '../../phone/action.ts'
import type { Call, HangupReason } from '../../phone/call.ts'
import { type Flow, type FlowStep, flowEnd, nextOf } from '../../phone/flow.ts'
import type { CallId } from '../../phone/id.ts'
import { type EndCode, endCodes } from '../../phone/reason.ts'
import { type ActPorts, act, settle, startedAction } from '../act.ts'
import type { ActionOutcome } from '../keeper.ts'
import { branchesFor, leadsOn } from './outcome.ts'

export interface FlowPorts extends ActPorts {
  readonly clock: Clock
  /** A line in the story of the call. */
  note(call: CallId, text: string): void
}

/** Blocks that wait for somebody else, who may be away: each takes a second at least when it comes round again. */
const paced: ReadonlySet<string> = new Set(['dial', 'transfer', 'join'])
const leastMs = 1000

/** A flow that goes round on the answers of a machine would not end by itself. */
const mostSteps = 1000

/** Runs a flow on a call to the end of either. Resolves when the call is over or hung up. */
export async function runFlow(call: Call, flow: Flow, ports: FlowPorts): Promise<void> {
  const index = new Map(flow.steps.map(({ name }, i) => [name, i]))
  await call.ring()
  let at: number | undefined = flow.steps.length > 0 ? 0 : undefined
  let last: ActionOutcome | undefined
  const before = new Set<number>()
  for (let taken = 0; at !== undefined; taken++) {
    const step = flow.steps[at] as FlowStep
    if (taken === mostSteps) {
      const sentence = `the flow took ${mostSteps} steps and was at ${shown(step)} again; it is ended`
      return await call.hangup({ code: 'failed', sentence })
    }
    const began = ports.clock.now()
    const outcome = await take(call, step, ports)
    // Where nobody is there to be rung, no time passes: a circle would ring them a hundred times in a second.
    if (before.has(at) && paced.has(step.does.block) && ports.clock.now() - began < leastMs)
      await pass(call, leastMs, ports.clock)
    before.add(at)
    if (call.signal.aborted) return
    last = outcome ?? last
    const to = outcome === undefined ? nextOf(flow, at) : follow(flow, at, outcome)
    if (to === undefined) return await giveUp(call, step, outcome)
    ports.note(
      call.id,
      `${shown(step)} ${saidOf(step, outcome)}: ${to === flowEnd ? 'the flow ends' : `on to step ${to}`}`,
    )
    at = index.get(to)
  }
  await call.hangup(endOfFlow(call, last))
}

/** `undefined`: time passed, and nothing came of it. */
async function take(call: Call, { does }: FlowStep, ports: FlowPorts): Promise<ActionOutcome | undefined> {
  const { clock } = ports
  if (does.block === 'wait') {
    await pass(call, does.seconds * 1000, clock)
    return undefined
  }
  const started = startedAction(call.id, does.block, clock.wall())
  const written = await begin(started, ports)
  const outcome = await act(call, does, started, ports)
  if (written) await settle(started, outcome, ports)
  return outcome
}

/** The call goes on while the store takes nothing. */
async function begin(started: StartedAction, { keeper, log }: FlowPorts): Promise<boolean> {
  try {
    await keeper.begin(started)
    return true
  } catch (err) {
    log.error({ call: started.call, action: started.id, err }, 'the beginning of an action could not be written')
    return false
  }
}

function pass(call: Call, ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.stop()
      call.signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.after(ms, done)
    call.signal.addEventListener('abort', done)
  })
}

/** Where an outcome leads; `undefined`: the block failed, nothing was said for that, and the caller would miss what it was for. */
function follow(flow: Flow, at: number, outcome: ActionOutcome): string | undefined {
  const { does, branches } = flow.steps[at] as FlowStep
  for (const name of branchesFor(does.block, outcome)) {
    const to = Object.hasOwn(branches, name) ? branches[name] : undefined
    if (to !== undefined) return to
  }
  // A caller who misses an announcement is better off than one who is cut off.
  if (outcome.state === 'failed' && does.block !== 'play') return undefined
  return leadsOn(does) ? nextOf(flow, at) : flowEnd
}

function giveUp(call: Call, step: FlowStep, outcome: ActionOutcome | undefined): Promise<void> {
  const why = outcome?.state === 'failed' ? outcome.error.sentence : 'it led nowhere'
  return call.hangup({ code: 'failed', sentence: `${shown(step)} of the flow failed (${step.does.block}): ${why}` })
}

/** A caller whom nobody answered is told why the last who was rung did not. */
function endOfFlow(call: Call, last: ActionOutcome | undefined): HangupReason {
  const plain: HangupReason = { code: 'completed', sentence: 'the flow came to its end' }
  if (call.answeredAt !== undefined || last?.state !== 'done') return plain
  const attempts: unknown = last.result.attempts
  const attempt: unknown = Array.isArray(attempts) ? attempts.at(-1) : undefined
  if (typeof attempt !== 'object' || attempt === null || !('code' in attempt) || !('sentence' in attempt)) return plain
  const { code, sentence } = attempt
  return isEndCode(code) && typeof sentence === 'string' ? { code, by: 'callee', sentence } : plain
}

const isEndCode = (code: unknown): code is EndCode => typeof code === 'string' && Object.hasOwn(endCodes, code)

const shown = ({ name }: FlowStep): string => `step ${name}`

/** How a step came out, in a word or two. */
function saidOf({ does }: FlowStep, outcome: ActionOutcome | undefined): string {
  if (outcome === undefined) return 'is over'
  if (outcome.state === 'failed') return `failed (${outcome.error.sentence})`
  const [nearest] = branchesFor(does.block, outcome)
  return nearest === undefined || nearest === '' ? 'is done' : `came out as ${nearest}`
}
