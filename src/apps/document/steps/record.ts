import { CallEnded, type Recording } from '../../../phone/call.ts'
import type { RecordingId } from '../../../phone/id.ts'
import { Problem } from '../../../phone/problem.ts'
import { afterwards, next, type RunContext, type Step } from '../context.ts'
import type { Record } from '../elements/record.ts'
import { commonParams } from '../params.ts'
import { type BegunRecording, type Kept, type Params, type Telling, tellings } from '../ports.ts'
import { tellTranscript } from './transcribe.ts'

/** The longest that an engine records. */
const longest = 7200

export async function record(element: Record, context: RunContext): Promise<Step> {
  if (element.maxLength > longest) context.note(`a recording ends after ${longest} s, not ${element.maxLength} s`)
  switch (element.what) {
    case 'message':
      return recordMessage(element, context)
    case 'session':
      return recordConversation(element, context)
    case 'dial':
      context.recordDial = async () => {
        await recordConversation({ ...element, redirect: false }, context)
      }
      return next
  }
}

async function recordMessage(element: Record, context: RunContext): Promise<Step> {
  const { call, ports } = context
  const begun = await ports.recordings.begin({ call: call.id }, element.fileFormat)
  const { recording: id, path, url } = begun
  const startedAt = ports.clock.wall()
  const common = commonParams(call)
  const kept = keep(context, begun, startedAt, [
    ...tellings(element.callback, common),
    ...tellings(element.action, [...common, ['Digits', '']]),
  ])
  let message: Recording
  try {
    message = await call.record({
      id,
      path,
      maxSeconds: Math.min(element.maxLength, longest),
      silenceSeconds: element.timeout,
      stopOn: element.finishOnKey,
      beep: element.playBeep,
    })
  } catch (error) {
    // A caller who was gone before the recording began left nothing.
    if (error instanceof CallEnded) await ports.recordings.discard(id)
    kept.over()
    throw error
  }
  await ports.recordings.finish(message)
  tellTranscript(message.speechMs === 0 ? undefined : element.transcription, message, call, ports)
  if (message.speechMs === 0) {
    kept.over()
    return next
  }
  // The recording may be over before the call is.
  if (message.end === 'hangup') await call.ended
  const params: Params = [...commonParams(call), ...recordingParams(id, url, message, startedAt)]
  const callback = tellings(element.callback, params)
  return afterwards(context, element, [...params, ['Digits', keyOf(message, element)]], (...told) =>
    kept.over(...callback, ...told),
  )
}

/** Which of several keys ended it is not told by every engine. */
function keyOf({ end, key }: Recording, { finishOnKey }: Record): string {
  if (end !== 'key') return ''
  return key ?? (finishOnKey.length === 1 ? finishOnKey : '')
}

/** What is told of a recording that a kill of the service cuts off. */
function keep(
  { call, ports }: RunContext,
  { recording: id, url }: BegunRecording,
  startedAt: number,
  told: readonly Telling[],
  onlySpeech = true,
): Kept {
  return ports.source.keep({ told, recording: { id, url, startedAt, onlySpeech } }, call.id)
}

/** Beside what follows; how long it became is told when it is over. */
async function recordConversation(element: Record, context: RunContext): Promise<Step> {
  const { call, ports } = context
  const begun = await ports.recordings.begin({ call: call.id }, element.fileFormat)
  const { recording: id, path, url } = begun
  const startedAt = ports.clock.wall()
  let done: Promise<Recording>
  try {
    const monitor = await call.monitor({
      id,
      path,
      channels: element.channels,
      maxSeconds: Math.min(element.maxLength, longest),
    })
    done = monitor.done
  } catch (error) {
    await ports.recordings.discard(id)
    // Two recordings of one conversation would be the same; the first one goes on.
    if (!(error instanceof Problem) || error.code !== 'block_running') throw error
    context.note('the call is recorded already; the second recording is left out')
    return next
  }
  const kept = keep(context, begun, startedAt, tellings(element.callback, commonParams(call)), false)
  done
    .then(async (recording) => {
      await ports.recordings.finish(recording)
      const params: Params = [...commonParams(call), ...recordingParams(id, url, recording, startedAt)]
      kept.over(...tellings(element.callback, params))
      tellTranscript(element.transcription, recording, call, ports)
    })
    .catch((err: unknown) => ports.log.error({ call: call.id, err }, 'a recording of a conversation was lost'))
  return afterwards(context, element, [
    ...commonParams(call),
    ['RecordUrl', url],
    ['RecordingID', id],
    ['RecordingDuration', '-1'],
    ['RecordingDurationMs', '-1'],
    ['RecordingStartMs', '-1'],
    ['RecordingEndMs', '-1'],
    ['Digits', ''],
  ])
}

/** RecordingDuration is in seconds. */
export const recordingParams = (
  id: RecordingId,
  url: string,
  { ms }: Pick<Recording, 'ms'>,
  startedAt: number,
): Params => [
  ['RecordUrl', url],
  ['RecordingID', id],
  ['RecordingDuration', String(Math.round(ms / 1000))],
  ['RecordingDurationMs', String(ms)],
  ['RecordingStartMs', String(startedAt)],
  ['RecordingEndMs', String(startedAt + ms)],
]
