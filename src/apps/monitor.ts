import type { Action, ActionResult } from '../phone/action.ts'
import type { Call, Recording } from '../phone/call.ts'
import type { Monitor } from '../phone/monitor.ts'
import { Problem } from '../phone/problem.ts'
import type { ActionKeeper } from './keeper.ts'

interface Running {
  readonly monitor: Monitor
  /** Resolves when what was recorded is in the store, too. */
  readonly kept: Promise<Recording>
}

/** Recordings that were begun by an action, until they are over. */
const running = new WeakMap<Call, Running>()

/** Goes on beside other blocks, to the end of the call or `stopMonitor`. */
export async function monitor(
  call: Call,
  { channels, maxSeconds }: Extract<Action, { block: 'monitor' }>,
  recordings: Pick<ActionKeeper, 'beginRecording' | 'endRecording' | 'discardRecording'>,
): Promise<ActionResult> {
  await call.answer()
  const { id, path } = await recordings.beginRecording(call.id)
  const options = { id, path, channels, ...(maxSeconds === undefined ? {} : { maxSeconds }) }
  const begun = await call.monitor(options).catch(async (error: unknown) => {
    await recordings.discardRecording(id)
    throw error
  })
  const keep = async (): Promise<Recording> => {
    const recording = await begun.done
    await recordings.endRecording(recording)
    return recording
  }
  const kept = keep()
  const mine: Running = { monitor: begun, kept }
  running.set(call, mine)
  const over = (): void => {
    if (running.get(call) === mine) running.delete(call)
  }
  // A file that could not be written is in the log of the media plane; its row is closed as lost at the next start.
  kept.then(over, over)
  return { recording: id }
}

export async function stopMonitor(call: Call): Promise<ActionResult> {
  const found = running.get(call)
  if (found === undefined) throw new Problem('not_found', `No monitor runs on ${call.id}.`)
  found.monitor.stop()
  const { id, ms, speechMs, end } = await found.kept
  return { recording: id, ms, speechMs, end }
}
