import type { Recording } from '../../phone/call.ts'
import type { Monitor, MonitorOptions } from '../../phone/monitor.ts'
import type { BlockContext } from './block.ts'

/** Records the stream, which stays the same through every bridge and room. Rejects with MediaError where the file cannot be written. */
export async function monitor(
  { leg, note, alive }: Pick<BlockContext, 'leg' | 'note' | 'alive'>,
  { id, path, channels, maxSeconds }: MonitorOptions,
): Promise<Monitor> {
  const run = leg.stream.monitor({ path, channels, ...(maxSeconds === undefined ? {} : { maxSeconds }) })
  const finish = async (): Promise<Recording> => {
    const { end, ms, speechMs } = await run.done
    const why = end === 'closed' ? 'hangup' : end
    note('monitor', `recorded ${(ms / 1000).toFixed(1)} s of the conversation, ended by ${why}`, {
      recording: id,
      ms,
      speechMs,
    })
    return { id, path, ms, speechMs, end: why }
  }
  const done = finish()
  // Whoever does not wait for the end has it in the story, and a failure in the log of the media plane.
  done.catch(() => {})
  await alive(run.begun)
  note('monitor', 'recording the whole conversation', { recording: id, channels })
  return { id, done, stop: () => run.stop() }
}
