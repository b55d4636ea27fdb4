import { type Call, CallEnded, type HangupReason } from '../phone/call.ts'

/**
 * Ends a call that nobody can say anything about any more, with words for the caller where there are some: it must neither
 * ring for nothing nor stay silent. Rejects with what kept the words from being heard, after the end.
 * @param reason of a call that nobody answered; once it was, the call has failed
 */
export async function apologise(call: Call, words: string | undefined, reason: HangupReason): Promise<void> {
  try {
    if (words !== undefined) {
      await call.answer()
      await call.unhold()
      await call.play({ kind: 'text', text: words })
    }
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
  } finally {
    await call.hangup(call.answeredAt === undefined ? reason : { ...reason, code: 'failed' })
  }
}
