import type { Logger } from '../base/log.ts'
import type { Action, ActionError, StartedAction } from '../phone/action.ts'
import { type Call, CallEnded } from '../phone/call.ts'
import { type CallId, newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import type { ActionKeeper, ActionOutcome } from './keeper.ts'
import { perform } from './perform.ts'

export interface ActPorts {
  readonly keeper: ActionKeeper
  readonly log: Logger
}

/** @param startedAt milliseconds since 1970 */
export const startedAction = (call: CallId, block: Action['block'], startedAt: number): StartedAction => ({
  ...{ id: newId('action', startedAt), call, block, startedAt },
})

/** Carries an action out that was taken on. Never rejects. */
export async function act(
  call: Call,
  action: Action,
  started: StartedAction,
  { keeper, log }: ActPorts,
): Promise<ActionOutcome> {
  try {
    return { state: 'done', result: await perform(call, action, keeper) }
  } catch (error) {
    const typed =
      error instanceof CallEnded && error.digits !== '' ? { result: { digits: error.digits, end: 'hangup' } } : {}
    return { state: 'failed', error: errorOf(error, started, log), ...typed }
  }
}

/** Writes down how an action came out. Never rejects: a call goes on whatever the store does. */
export async function settle(started: StartedAction, outcome: ActionOutcome, { keeper, log }: ActPorts): Promise<void> {
  try {
    await keeper.end(started, outcome)
  } catch (err) {
    log.error({ call: started.call, action: started.id, err }, 'the end of an action could not be written')
  }
}

function errorOf(error: unknown, { id, call, block }: StartedAction, log: Logger): ActionError {
  if (error instanceof CallEnded) return { code: 'call_ended', sentence: error.end.sentence }
  if (error instanceof Problem) return { code: error.code, sentence: error.message }
  log.error({ call, action: id, err: error }, 'an action failed')
  return { code: 'internal', sentence: `${block} failed by a fault of the service; the log has it under ${id}` }
}
