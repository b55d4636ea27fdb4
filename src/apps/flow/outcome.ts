import type { ActionResult } from '../../phone/action.ts'
import type { StepBlock } from '../../phone/flow.ts'
import type { EndCode } from '../../phone/reason.ts'
import type { RoomLeave } from '../../phone/room.ts'
import type { ActionOutcome } from '../keeper.ts'

/** How a call to somebody else may fail; `failed` is among the outcomes of every block. */
const unreached = [
  'busy',
  'declined',
  'no_answer',
  'not_registered',
  'not_found',
  'not_allowed',
  'canceled',
  'unreachable',
  'incompatible_media',
  'media_timeout',
  'overloaded',
  'too_many_hops',
] as const satisfies readonly EndCode[]

/** How a conference is left. */
const leaves = [
  'key',
  'kicked',
  'room_ended',
  'alone',
  'full',
  'stopped',
] as const satisfies readonly RoomLeave['end'][]

/** What a branch of a step may be for, keys aside. */
export function outcomesOf(does: StepBlock): readonly string[] {
  switch (does.block) {
    case 'play':
      return [...(does.times === 0 ? [] : ['finished']), 'stopped', 'failed']
    case 'gather':
      return ['nothing', 'stopped', 'failed']
    case 'record':
      return ['nothing', 'key', 'silence', 'limit', 'stopped', 'failed']
    case 'dial':
      return ['answered', 'unanswered', ...unreached, 'stopped', 'failed']
    case 'transfer':
      return does.onFailure === 'continue' ? [...unreached, 'stopped', 'failed'] : ['stopped']
    case 'join':
      return [...leaves, 'failed']
    case 'listen':
      return [...(does.hints ?? []), 'said', 'nothing', 'limit', 'stopped', 'failed']
    case 'detect':
      return ['person', 'machine', 'fax', 'silence', 'stopped', 'failed']
    case 'hangup':
    case 'wait':
      return []
    case 'answer':
    case 'hold':
    case 'unhold':
    case 'send':
    case 'stop':
    case 'monitor':
    case 'stop_monitor':
      return ['failed']
  }
}

/** Whether a step can lead on without a branch. */
export function leadsOn(does: StepBlock): boolean {
  switch (does.block) {
    case 'hangup':
      return false
    case 'transfer':
      return does.onFailure === 'continue'
    case 'play':
      return does.times !== 0 || (does.stopOn ?? '') !== ''
    default:
      return true
  }
}

/** Whether somebody is waited for, so that a circle with such a step in it does not spin. */
export function waitsForSomebody(does: StepBlock): boolean {
  switch (does.block) {
    case 'gather':
    case 'record':
    case 'dial':
    case 'transfer':
    case 'join':
    case 'listen':
    case 'detect':
      return true
    case 'play':
      return (does.stopOn ?? '') !== ''
    default:
      return false
  }
}

/** The branches that an outcome takes, the nearest first. */
export function branchesFor(block: StepBlock['block'], outcome: ActionOutcome): readonly string[] {
  if (outcome.state === 'failed') return ['failed']
  const { result } = outcome
  const kind = word(result.kind)
  switch (block) {
    case 'play':
      return kind === 'key' ? [word(result.key)] : [kind]
    case 'gather': {
      const digits = word(result.digits)
      if (result.end === 'stopped') return ['stopped']
      return [digits === '' ? 'nothing' : digits]
    }
    case 'record':
      return [...(result.speechMs === 0 ? ['nothing'] : []), word(result.end)]
    case 'join':
      return [word(result.end)]
    case 'listen':
      return [...(result.phrase === undefined ? [] : [word(result.phrase)]), word(result.end)]
    case 'detect':
      return [result.end === 'stopped' ? 'stopped' : word(result.by)]
    case 'dial':
      return kind === 'unanswered' ? [...lastCode(result), kind] : [kind]
    case 'transfer':
      return kind === 'failed' ? [...lastCode(result), kind] : [kind]
    default:
      return []
  }
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Why the last of those who were rung did not answer. */
function lastCode({ attempts }: ActionResult): readonly string[] {
  const last: unknown = Array.isArray(attempts) ? attempts.at(-1) : undefined
  return typeof last === 'object' && last !== null && 'code' in last ? [word(last.code)] : []
}
