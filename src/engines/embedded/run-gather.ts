import type { Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import type { Gathered, GatherOptions } from '../../phone/call.ts'
import type { BlockContext } from './block.ts'
import { type GatherEvent, type GatherRules, type GatherState, gather } from './gather.ts'
import { describePrompt } from './play.ts'

const everyKey = '0123456789*#ABCD'

/** Interprets the gather machine: its prompt, its timer, its keys. */
export async function runGather(context: BlockContext, options: GatherOptions): Promise<Gathered> {
  const rules: GatherRules = {
    maxDigits: options.maxDigits,
    finishKey: options.finishKey ?? '#',
    firstDigitMs: options.firstDigitMs ?? 5000,
    interDigitMs: options.interDigitMs ?? 3000,
    allowed: options.allowed ?? everyKey,
  }
  const items = options.prompt === undefined ? [] : await context.alive(context.prepare(options.prompt))
  const outcome = deferred<Gathered>()
  let state: GatherState = { phase: 'prompt' }
  let timer: Timer | undefined

  const feed = (event: GatherEvent): void => {
    const step = gather(rules, state, event)
    state = step.state
    for (const effect of step.effects) {
      switch (effect.kind) {
        case 'stop_prompt':
          playing?.stop()
          break
        case 'start_timer':
          timer?.stop()
          timer = context.clock.after(effect.ms, () => feed({ kind: 'timer' }))
          break
        case 'done':
          outcome.resolve(effect.gathered)
      }
    }
  }

  const forgetKeys = context.leg.onKey((key) => feed({ kind: 'key', key }))
  context.note('gather', options.prompt === undefined ? 'waiting for keys' : describePrompt(options.prompt))
  const playing = items.length === 0 ? undefined : context.leg.stream.play(items)
  if (playing === undefined) feed({ kind: 'prompt_ended' })
  else playing.done.then(() => feed({ kind: 'prompt_ended' }), outcome.reject)
  try {
    return await context.alive(outcome.promise)
  } finally {
    forgetKeys()
    timer?.stop()
    playing?.stop()
  }
}
