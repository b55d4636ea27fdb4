import type { PlayEnd, PlayOptions } from '../../phone/call.ts'
import { describePrompt, type Prompt } from '../../phone/prompt.ts'
import type { HostedContext } from './context.ts'

/** One repetition a step, so that an end in between is heard soon. */
export async function play(context: HostedContext, prompt: Prompt, options: PlayOptions = {}): Promise<PlayEnd> {
  const sounds = await context.prepare(prompt)
  context.note('play', describePrompt(prompt))
  const { times = 1, stopOn = '', signal } = options
  for (let round = 0; times === 0 || round < times; round++) {
    if (signal?.aborted === true) return { kind: 'stopped' }
    if (stopOn === '') {
      if ((await context.run({ kind: 'play', sounds })) === 'stopped') return { kind: 'stopped' }
      continue
    }
    const gathered = await context.run({
      ...{ kind: 'gather', before: [], sounds, maxDigits: 1, finishKey: '', firstSeconds: 1, interSeconds: 1 },
      allowed: stopOn,
    })
    if (gathered === 'stopped') return { kind: 'stopped' }
    // An entry without a digit was ended by #, which is the finish key where none is named.
    const key = gathered.digits === '' ? '#' : gathered.digits
    if (key !== undefined && stopOn.includes(key)) return { kind: 'key', key }
    // Any other key cut the prompt off, which it should not have.
    if (key !== undefined && key !== '') context.note('warning', `the key ${key} ended a prompt that it was not to end`)
  }
  return { kind: 'finished' }
}
