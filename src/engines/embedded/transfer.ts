import { type Address, addressKey } from '../../phone/address.ts'
import type { HangupReason } from '../../phone/call.ts'
import { Problem } from '../../phone/problem.ts'
import type { TransferEnd, TransferOptions, TransferTarget } from '../../phone/transfer.ts'
import { type DialContext, dial } from './dial.ts'

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
): Promise<Transferred> {
  if (target.kind === 'room') throw new Problem('not_supported', 'The embedded engine does not have rooms yet.')
  const name = addressKey(target)
  context.note('transfer', `handing the call over to ${name}`, { target: name })
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
