import type { Action, ActionResult } from '../phone/action.ts'
import { addressKey } from '../phone/address.ts'
import { type Call, CallEnded, type DialEnd } from '../phone/call.ts'
import type { ReasonLink } from '../phone/reason.ts'
import type { TransferEnd } from '../phone/transfer.ts'
import { detect, stopDetecting } from './detect.ts'
import { hear, phraseIn, stopHearing } from './hear.ts'
import type { ActionKeeper } from './keeper.ts'
import { monitor, stopMonitor } from './monitor.ts'

type Recordings = Pick<ActionKeeper, 'beginRecording' | 'endRecording' | 'discardRecording'>

/** Carries one action out; the result is what `GET …/actions` shows of it. */
export async function perform(call: Call, action: Action, recordings: Recordings): Promise<ActionResult> {
  switch (action.block) {
    case 'answer':
      await call.answer()
      return {}
    case 'play': {
      const { block: _, prompt, ...options } = action
      return { ...(await call.play(prompt, options)) }
    }
    case 'gather': {
      const { block: _, ...options } = action
      return { ...(await call.gather(options)) }
    }
    case 'record':
      return record(call, action, recordings)
    case 'hold': {
      const { block: _, ...options } = action
      await call.hold(options)
      return {}
    }
    case 'unhold':
      await call.unhold()
      return {}
    case 'transfer': {
      const { block: _, to, ...options } = action
      return showTransfer(await call.transfer(to, options))
    }
    case 'dial': {
      const { block: _, targets, ...options } = action
      return showDial(await call.dial(targets, options))
    }
    case 'join': {
      const { block: _, room, ...options } = action
      return { ...(await call.join(room, options)) }
    }
    case 'monitor':
      return monitor(call, action, recordings)
    case 'stop_monitor':
      return stopMonitor(call)
    case 'listen':
      return listen(call, action)
    case 'detect': {
      const { block: _, ...options } = action
      return { ...(await detect(call, options)) }
    }
    case 'send':
      await call.send(action.digits)
      return {}
    case 'stop':
      stopAll(call)
      return {}
    case 'hangup':
      return hangup(call, action)
  }
}

/** Ends the block that runs. */
export function stopAll(call: Call): void {
  stopHearing(call)
  stopDetecting(call)
  call.stop()
}

async function listen(call: Call, action: Extract<Action, { block: 'listen' }>): Promise<ActionResult> {
  const { block: _, ...options } = action
  const heard = await hear(call, options)
  const phrase = phraseIn(heard.text, options.hints ?? [])
  return { ...heard, ...(phrase === undefined ? {} : { phrase }) }
}

async function hangup(call: Call, { message }: Extract<Action, { block: 'hangup' }>): Promise<ActionResult> {
  if (message !== undefined) {
    try {
      await call.unhold()
      await call.play(message)
    } catch (error) {
      // A message that cannot be played must not keep the call up.
      if (!(error instanceof CallEnded)) await end(call)
      throw error
    }
  }
  await end(call)
  return {}
}

const end = (call: Call): Promise<void> =>
  call.hangup({ code: 'completed', by: 'operator', sentence: 'the call was hung up through the API' })

async function record(
  call: Call,
  action: Extract<Action, { block: 'record' }>,
  recordings: Recordings,
): Promise<ActionResult> {
  const { block: _, ...options } = action
  await call.answer()
  const { id, path } = await recordings.beginRecording(call.id)
  try {
    const recording = await call.record({ ...options, id, path })
    await recordings.endRecording(recording)
    return { recording: id, ms: recording.ms, speechMs: recording.speechMs, end: recording.end }
  } catch (error) {
    if (error instanceof CallEnded) await recordings.discardRecording(id)
    throw error
  }
}

function showDial(end: DialEnd): ActionResult {
  const attempts = end.attempts.map(showLink)
  return end.kind === 'answered' ? { ...end, target: addressKey(end.target), attempts } : { kind: end.kind, attempts }
}

function showTransfer(end: TransferEnd): ActionResult {
  switch (end.kind) {
    case 'transferred':
      return { ...end, target: addressKey(end.target) }
    case 'failed':
      return { ...end, attempts: end.attempts.map(showLink) }
    case 'left':
    case 'stopped':
      return { ...end }
  }
}

const showLink = ({ at, ...link }: ReasonLink) => ({ at: new Date(at).toISOString(), ...link })
