import type { Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import type { Playing } from '../../media/plane.ts'
import { CallEnded, type Gathered, type GatherOptions } from '../../phone/call.ts'
import { describePrompt, type Prompt } from '../../phone/prompt.ts'
import type { BlockContext } from './block.ts'
import { type GatherEvent, type GatherRules, type GatherState, gather, gatherStart } from './gather.ts'

const everyKey = '0123456789*#ABCD'

/** Interprets the gather machine: its prompts, its timer, its keys. */
export async function runGather(context: BlockContext, options: GatherOptions): Promise<Gathered> {
  const rules: GatherRules = {
    maxDigits: options.maxDigits,
    finishKey: options.finishKey ?? '#',
    firstDigitMs: options.firstDigitMs ?? 5000,
    interDigitMs: options.interDigitMs ?? 3000,
    wholeMs: options.wholeMs,
    allowed: options.allowed ?? everyKey,
    attempts: options.attempts ?? 1,
    bargeIn: options.bargeIn ?? true,
    hasInvalid: options.invalid !== undefined,
  }
  const prepare = (prompt: Prompt | undefined) =>
    prompt === undefined ? Promise.resolve([]) : context.alive(context.prepare(prompt))
  // Whoever knows the menu presses while its prompt is still being spoken to a file.
  const early: string[] = []
  const forgetEarly = context.leg.onKey((key) => early.push(key))
  const prepared = Promise.all([prepare(options.prompt), prepare(options.invalid)])
  const [prompt, invalid] = await prepared.finally(forgetEarly)
  const items = { prompt, invalid }
  const outcome = deferred<Gathered>()
  let state: GatherState = gatherStart.state
  let timer: Timer | undefined
  let limit: Timer | undefined
  let playing: Playing | undefined

  const silence = (): void => {
    playing?.stop()
    playing = undefined
  }
  const play = (what: 'prompt' | 'invalid'): void => {
    if (items[what].length === 0) {
      feed({ kind: 'prompt_ended' })
      return
    }
    const run = context.leg.stream.play(items[what])
    playing = run
    run.done.then(() => {
      if (playing === run) feed({ kind: 'prompt_ended' })
    }, outcome.reject)
  }
  const feed = (event: GatherEvent): void => apply(gather(rules, state, event))
  const apply = (step: ReturnType<typeof gather>): void => {
    state = step.state
    for (const effect of step.effects) {
      switch (effect.kind) {
        case 'play':
          play(effect.what)
          break
        case 'stop_prompt':
          silence()
          break
        case 'start_timer':
          timer?.stop()
          timer = context.clock.after(effect.ms, () => feed({ kind: 'timer' }))
          break
        case 'stop_timer':
          timer?.stop()
          break
        case 'start_limit':
          limit?.stop()
          limit = context.clock.after(effect.ms, () => feed({ kind: 'limit' }))
          break
        case 'stop_limit':
          limit?.stop()
          break
        case 'done':
          outcome.resolve(effect.gathered)
      }
    }
  }

  const forgetKeys = context.leg.onKey((key) => feed({ kind: 'key', key }))
  const stop = (): void => feed({ kind: 'stop' })
  context.stopped.addEventListener('abort', stop)
  context.note('gather', options.prompt === undefined ? 'waiting for keys' : describePrompt(options.prompt))
  apply(gatherStart)
  for (const key of early) feed({ kind: 'key', key })
  if (context.stopped.aborted) stop()
  try {
    return await context.alive(outcome.promise)
  } catch (error) {
    if (error instanceof CallEnded && state.phase === 'more') throw new CallEnded(error.end, state.digits)
    throw error
  } finally {
    context.stopped.removeEventListener('abort', stop)
    forgetKeys()
    timer?.stop()
    limit?.stop()
    silence()
  }
}
