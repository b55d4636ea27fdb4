import type { Logger } from '../base/log.ts'
import { type Call, CallEnded, type Recording } from '../phone/call.ts'
import type { Forward } from '../phone/forward.ts'
import type { RecordingId } from '../phone/id.ts'
import { playText } from './play-text.ts'

/** Where messages are kept. A message exists from `begin` on, so that one cut off by a crash is found again. */
export interface Mailbox {
  begin(call: Call, forward: Forward): Promise<{ readonly recording: RecordingId; readonly path: string }>
  /** Keeps the message and announces it; one in which nobody spoke is kept unannounced. */
  finish(recording: Recording): Promise<void>
  /** The caller was gone before a word was recorded: there is no message. */
  discard(recording: RecordingId): Promise<void>
}

/** Greets, records one message, thanks. The message is kept however the recording ended. */
export async function takeMessage(call: Call, forward: Forward, mailbox: Mailbox, log: Logger): Promise<void> {
  await call.answer()
  await playText(call, forward.prompts.greeting, log)
  const { recording, path } = await mailbox.begin(call, forward)
  const message = await recordOrDiscard(call, forward, mailbox, recording, path)
  await mailbox.finish(message)
  await playText(call, forward.prompts.thanks, log)
  const sentence = message.speechMs > 0 ? 'the caller left a message' : 'the caller left no message: nothing was heard'
  await call.hangup({ code: 'completed', sentence })
}

async function recordOrDiscard(
  call: Call,
  forward: Forward,
  mailbox: Mailbox,
  id: RecordingId,
  path: string,
): Promise<Recording> {
  const { maxSeconds, silenceSeconds } = forward.voicemail
  try {
    return await call.record({ id, path, beep: true, maxSeconds, silenceSeconds, stopOn: '#' })
  } catch (error) {
    // Only of a caller who was gone before the recording began is there nothing; after any other fault what was written stays,
    // and the next start of the service puts it right.
    if (error instanceof CallEnded) await mailbox.discard(id)
    throw error
  }
}
