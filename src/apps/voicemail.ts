import type { Call, Recording } from '../phone/call.ts'
import type { Forward } from '../phone/forward.ts'
import type { RecordingId } from '../phone/id.ts'
import { playText } from './play-text.ts'

/** Where messages are kept. A message exists from `begin` on, so that one cut off by a crash is found again. */
export interface Mailbox {
  begin(call: Call, forward: Forward): Promise<{ readonly recording: RecordingId; readonly path: string }>
  /** Keeps the message and announces it; one in which nobody spoke is kept unannounced. */
  finish(recording: Recording): Promise<void>
}

/** Greets, records one message, thanks. The message is kept however the recording ended. */
export async function takeMessage(call: Call, forward: Forward, mailbox: Mailbox): Promise<void> {
  await call.answer()
  await playText(call, forward.prompts.greeting)
  const { recording, path } = await mailbox.begin(call, forward)
  const result = await call.record({
    id: recording,
    path,
    beep: true,
    maxSeconds: forward.voicemail.maxSeconds,
    silenceSeconds: forward.voicemail.silenceSeconds,
    stopOn: '#',
  })
  await mailbox.finish(result)
  await playText(call, forward.prompts.thanks)
  await call.hangup()
}
