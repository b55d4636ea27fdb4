import { next, type RunContext, type Step } from '../context.ts'
import type { Wait } from '../elements/sound.ts'

/** Engines are given silence in pieces, so that an hour of it costs no more than a minute. */
const pieceMs = 60_000

/** Ends early on what it listens for; a caller who is not picked up yet is not heard. */
export async function wait(element: Wait, context: RunContext): Promise<Step> {
  const { call, ports } = context
  let left = Math.round(element.seconds * 1000)
  if (call.answeredAt === undefined) {
    // Silence would pick up; a wait as first element is what delays that.
    await call.ring()
    await new Promise<void>((resolve) => {
      const until = AbortSignal.any([call.signal, context.stopped])
      const stop = (): void => {
        timer.stop()
        until.removeEventListener('abort', stop)
        resolve()
      }
      const timer = ports.clock.after(left, stop)
      until.addEventListener('abort', stop)
      if (until.aborted) stop()
    })
    return next
  }
  const heard = new AbortController()
  const listening = await listenFor(element, context, () => heard.abort())
  const until = AbortSignal.any([context.stopped, heard.signal])
  try {
    for (; left > 0 && !until.aborted; left -= pieceMs)
      await call.play({ kind: 'silence', ms: Math.min(left, pieceMs) }, { signal: until })
  } finally {
    listening?.stop()
  }
  return next
}

/** The detector has a form of its own for the beep of a machine; what the document says of it is not needed. */
async function listenFor({ silence, minSilenceMs, beep }: Wait, { call }: RunContext, heard: () => void) {
  if (!silence && beep === undefined) return undefined
  return call.listen({
    transcribe: false,
    silenceMs: silence ? [minSilenceMs] : [],
    onEvent: (event) => {
      if (event.kind === 'silence' ? silence : event.kind === 'tone' && event.tone === 'beep' && beep !== undefined)
        heard()
    },
  })
}
