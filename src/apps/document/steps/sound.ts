import type { PlayOptions } from '../../../phone/call.ts'
import { Problem } from '../../../phone/problem.ts'
import type { Prompt } from '../../../phone/prompt.ts'
import { next, type RunContext, type Step } from '../context.ts'
import type { Dtmf, Play } from '../elements/sound.ts'
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
  const options: PlayOptions = { times, early: context.early }
  try {
    await context.call.play(prompt, options)
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'not_supported' || error.code === 'block_running') throw error
    context.note(`a sound is left out: ${error.message}`)
  }
  return next
}

export async function dtmf(element: Dtmf, context: RunContext): Promise<Step> {
  const work = context.call.send(element.digits.replaceAll('W', 'ww'), { early: context.early })
  if (!element.async) {
    await work
    return next
  }
  work.catch((error: unknown) => {
    if (!context.call.signal.aborted) context.note(`keys could not be sent: ${String(error)}`)
  })
  return next
}
