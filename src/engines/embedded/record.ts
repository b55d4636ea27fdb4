import type { Recording, RecordOptions } from '../../phone/call.ts'
import { tone } from '../../phone/prompt.ts'
import type { BlockContext } from './block.ts'
import { play } from './play.ts'

/** What was heard is kept however the recording ends; only a call that ended before it began rejects. */
export async function record(context: BlockContext, options: RecordOptions): Promise<Recording> {
  if (options.beep === true) await play(context, tone('beep'))
  context.note('record', 'recording', { recording: options.id })
  const run = context.leg.stream.record({
    path: options.path,
    maxSeconds: options.maxSeconds,
    silenceSeconds: options.silenceSeconds,
    stopOn: options.stopOn ?? '#',
  })
  const stop = (): void => run.stop()
  context.stopped.addEventListener('abort', stop)
  if (context.stopped.aborted) stop()
  try {
    const result = await run.done
    const end = result.end === 'closed' ? 'hangup' : result.end
    context.note('record', `recorded ${(result.ms / 1000).toFixed(1)} s, ended by ${end}`, {
      recording: options.id,
      ms: result.ms,
      speechMs: result.speechMs,
    })
    const { ms, speechMs, key } = result
    return { id: options.id, path: options.path, ms, speechMs, end, ...(key === undefined ? {} : { key }) }
  } finally {
    context.stopped.removeEventListener('abort', stop)
  }
}
