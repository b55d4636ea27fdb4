import { type Address, addressKey } from '../../phone/address.ts'
import type { HangupReason } from '../../phone/call.ts'
import { newId } from '../../phone/id.ts'
import type { EndedBy } from '../../phone/reason.ts'
import type { TransferEnd, TransferOptions, TransferTarget } from '../../phone/transfer.ts'
import { type DialContext, dial } from './dial.ts'
import { type Joiner, join } from './join.ts'
import { referOut } from './refer-out.ts'
import { defaultMembers } from './room.ts'

const ringSeconds = 60

/** How it ended, and how the call is to be hung up where it is over with that. */
export interface Transferred {
  readonly end: TransferEnd
  readonly hangup?: HangupReason
}

export async function transfer(
  context: DialContext,
  target: TransferTarget,
  from: Address,
  options: TransferOptions,
  joiner: Joiner,
): Promise<Transferred> {
  if (target.kind === 'room') return toRoom(context, target, options, joiner)
  const name = addressKey(target)
  context.note('transfer', `handing the call over to ${name}`, { target: name })
  if (options.refer === true && (await referOut(context, target))) {
    const hangup = { code: 'completed', sentence: `the other side talks with ${name} by itself now` } as const
    return { end: { kind: 'transferred', target, seconds: 0 }, hangup }
  }
  const end = await dial(context, [{ to: target, seconds: options.seconds ?? ringSeconds }], from, {
    ...(options.number === undefined ? {} : { number: options.number }),
  })
  switch (end.kind) {
    case 'stopped':
      return { end: { kind: 'stopped' } }
    case 'answered':
      if (context.stopped.aborted) return { end: { kind: 'stopped' } }
      return {
        end: { kind: 'transferred', target: end.target, seconds: end.seconds },
        hangup: { code: 'completed', by: 'callee', sentence: `${name} hung up after ${end.seconds} s` },
      }
    case 'unanswered': {
      const last = end.attempts.at(-1)
      const sentence = last?.sentence ?? `there was nobody to be rung at ${name}`
      const failed = { end: { kind: 'failed', attempts: end.attempts, sentence } } as const
      if (options.onFailure === 'continue') return failed
      return { ...failed, hangup: { code: last?.code ?? 'not_found', by: last?.by ?? 'service', sentence } }
    }
  }
}

/** A room without a name is a new one. */
async function toRoom(
  context: DialContext,
  { room, join: options = {} }: Extract<TransferTarget, { kind: 'room' }>,
  { onFailure }: TransferOptions,
  joiner: Joiner,
): Promise<Transferred> {
  const name = room === '' ? newId('room', context.clock.wall()) : room
  context.note('transfer', `handing the call over to the conference ${name}`, { room: name })
  const leave = await join(context, joiner, name, options)
  const left = (by: EndedBy, sentence: string): Transferred => ({
    end: { kind: 'left', leave },
    hangup: { code: 'completed', by, sentence },
  })
  switch (leave.end) {
    case 'stopped':
      return { end: { kind: 'stopped' } }
    case 'full': {
      const sentence = `the conference ${name} is full: it holds ${options.maxMembers ?? defaultMembers}`
      const failed = { end: { kind: 'failed', attempts: [], sentence } } as const
      return onFailure === 'continue' ? failed : { ...failed, hangup: { code: 'busy', by: 'service', sentence } }
    }
    case 'key':
      return left('caller', `the conference ${name} was left by * after ${leave.seconds} s`)
    case 'kicked':
      return left('operator', `the call was put out of the conference ${name} after ${leave.seconds} s`)
    case 'room_ended':
      return left('service', `the conference ${name} ended after ${leave.seconds} s`)
    case 'alone':
      return left('service', `everybody else had left the conference ${name}`)
  }
}
