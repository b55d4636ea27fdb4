import type { Call, DialTarget } from '../phone/call.ts'

/** Puts a caller straight through: nobody picks up before a target does, and the caller hears why when none did. */
export async function connect(call: Call, targets: readonly DialTarget[]): Promise<void> {
  const end = await call.dial(targets)
  const last = end.attempts.at(-1)
  if (end.kind === 'unanswered' && last !== undefined) {
    await call.hangup({ code: last.code, sentence: last.sentence })
    return
  }
  await call.hangup()
}
