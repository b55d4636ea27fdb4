import { deferred } from '../../base/deferred.ts'
import type { PlayEnd, PlayOptions } from '../../phone/call.ts'
import type { Prompt } from '../../phone/prompt.ts'
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

/** One line about a prompt for the timeline. */
export function describePrompt(prompt: Prompt): string {
  switch (prompt.kind) {
    case 'text':
      return `"${prompt.text.length > 120 ? `${prompt.text.slice(0, 119)}…` : prompt.text}"`
    case 'file':
      return 'a recorded prompt'
    case 'url':
      return prompt.url
    case 'tone':
      return `the ${prompt.tone} tone`
    case 'silence':
      return `${prompt.ms} ms of silence`
    case 'sequence':
      return prompt.items.map(describePrompt).join(', ')
  }
}
