import { addressKey } from '../phone/address.ts'
import type { Call, DialEnd, DialTarget, HangupReason } from '../phone/call.ts'

/** Puts a caller straight through: nobody picks up before a target does, and the caller hears why when none did. */
export async function connect(call: Call, targets: readonly DialTarget[]): Promise<void> {
  const end = await call.dial(targets)
  if (end.kind === 'answered') {
    await call.hangup(talkEnded(end))
    return
  }
  const last = end.attempts.at(-1)
  await call.hangup(
    last === undefined
      ? { code: 'not_found', sentence: 'there was nobody to be rung' }
      : { code: last.code, by: last.by, sentence: last.sentence },
  )
}

/** Why a caller is hung up whose talk with a target is over. */
export function talkEnded(end: Extract<DialEnd, { readonly kind: 'answered' }>): HangupReason {
  const who = addressKey(end.target)
  switch (end.hungUpBy) {
    case 'caller':
      return {
        code: 'completed',
        by: 'caller',
        sentence: `the caller ended the talk with ${who} after ${end.seconds} s`,
      }
    case 'callee':
      return { code: 'completed', by: 'callee', sentence: `${who} hung up after ${end.seconds} s` }
    case 'service':
      return { code: 'completed', sentence: `the talk with ${who} reached its limit of ${end.seconds} s` }
  }
}
