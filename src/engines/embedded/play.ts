import { deferred } from '../../base/deferred.ts'
import type { PlayEnd, PlayOptions } from '../../phone/call.ts'
import { describePrompt, type Prompt } from '../../phone/prompt.ts'
import { type BlockContext, orStopped } from './block.ts'

export async function play(context: BlockContext, prompt: Prompt, options: PlayOptions = {}): Promise<PlayEnd> {
  const prepared = context.prepare(prompt)
  const { signal } = options
  const items = await context.alive(signal === undefined ? prepared : orStopped(prepared, signal))
  if (signal?.aborted || context.stopped.aborted) return { kind: 'stopped' }
  context.note('play', describePrompt(prompt))
  const outcome = deferred<PlayEnd>()
  const stopOn = options.stopOn ?? ''
  const forgetKeys = context.leg.onKey((key) => {
    if (stopOn.includes(key)) outcome.resolve({ kind: 'key', key })
  })
  const stop = (): void => outcome.resolve({ kind: 'stopped' })
  signal?.addEventListener('abort', stop)
  context.stopped.addEventListener('abort', stop)
  const playing = context.leg.stream.play(items, { times: options.times ?? 1 })
  playing.done.then((end) => outcome.resolve({ kind: end === 'finished' ? 'finished' : 'stopped' }), outcome.reject)
  try {
    return await context.alive(outcome.promise)
  } finally {
    forgetKeys()
    signal?.removeEventListener('abort', stop)
    context.stopped.removeEventListener('abort', stop)
    playing.stop()
  }
}
