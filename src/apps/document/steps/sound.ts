import type { PlayOptions } from '../../../phone/call.ts'
import { Problem } from '../../../phone/problem.ts'
import type { Prompt } from '../../../phone/prompt.ts'
import { next, type RunContext, type Step } from '../context.ts'
import type { Dtmf, Play, Wait } from '../elements/sound.ts'
import type { Speak } from '../elements/speak.ts'
import { spokenPrompt } from '../prompts.ts'

export function speak(element: Speak, context: RunContext): Promise<Step> {
  if (element.parts.length === 0) return Promise.resolve(next)
  return sound(spokenPrompt(element), element.loop, context)
}

export const play = (element: Play, context: RunContext): Promise<Step> =>
  sound({ kind: 'url', url: element.source.url }, element.loop, context)

/** A sound that cannot be had is left out: it must not cost the caller the call. */
export async function sound(prompt: Prompt, times: number, context: RunContext): Promise<Step> {
  const options: PlayOptions = { times, ...(context.early ? { early: true } : {}) }
  try {
    await context.call.play(prompt, options)
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'not_supported' || error.code === 'block_running') throw error
    context.note(`a sound is left out: ${error.message}`)
  }
  return next
}

/** Engines are given silence in pieces, so that an hour of it costs no more than a minute. */
const pieceMs = 60_000

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
  for (; left > 0 && !context.stopped.aborted; left -= pieceMs)
    await call.play({ kind: 'silence', ms: Math.min(left, pieceMs) })
  return next
}

export async function dtmf(element: Dtmf, context: RunContext): Promise<Step> {
  const work = context.call.send(element.digits.replaceAll('W', 'ww'))
  if (!element.async) {
    await work
    return next
  }
  work.catch((error: unknown) => {
    if (!context.call.signal.aborted) context.note(`keys could not be sent: ${String(error)}`)
  })
  return next
}
