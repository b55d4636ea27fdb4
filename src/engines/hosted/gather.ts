import type { Gathered, GatherOptions } from '../../phone/call.ts'
import { describePrompt } from '../../phone/prompt.ts'
import { type HostedContext, secondsOf } from './context.ts'
import type { Sound, Step } from './step.ts'

/** Each attempt is a step; a company tells all keys of one at once. */
export async function gather(context: HostedContext, options: GatherOptions): Promise<Gathered> {
  const { maxDigits, attempts = 1, bargeIn = true, finishKey = '#', allowed = '' } = options
  const prompt = options.prompt === undefined ? [] : await context.prepare(options.prompt)
  const invalid = options.invalid === undefined ? [] : await context.prepare(options.invalid)
  context.note('gather', options.prompt === undefined ? 'waiting for keys' : describePrompt(options.prompt))
  let before: readonly Sound[] = []
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const sounds = [...before, ...prompt]
    const step: Step = {
      ...{ kind: 'gather', maxDigits, finishKey },
      ...(bargeIn ? { before: [], sounds } : { before: sounds, sounds: [] }),
      firstSeconds: secondsOf(options.firstDigitMs ?? 5000),
      interSeconds: secondsOf(options.interDigitMs ?? 3000),
      // Where a wrong key is answered by a prompt, we must hear of it.
      allowed: options.invalid === undefined ? allowed : '',
    }
    before = []
    const news = await context.run(step)
    if (news === 'stopped') return { digits: '', end: 'stopped' }
    const { digits } = news
    if (digits === undefined) continue
    const wrong = allowed === '' ? [] : [...digits].filter((key) => !allowed.includes(key))
    if (wrong.length > 0 && options.invalid !== undefined) {
      context.note('key', `keys ${digits}, not all of which are allowed`)
      before = invalid
      continue
    }
    const entered = [...digits]
      .filter((key) => !wrong.includes(key))
      .join('')
      .slice(0, maxDigits)
    if (entered === '' && digits !== '') continue
    for (const key of entered) context.note('key', `key ${key}`)
    if (entered.length >= maxDigits) return { digits: entered, end: 'max_digits' }
    return { digits: entered, end: finishKey === '' ? 'timeout' : 'finish_key' }
  }
  if (before.length > 0 && (await context.run({ kind: 'play', sounds: before })) === 'stopped')
    return { digits: '', end: 'stopped' }
  return { digits: '', end: 'timeout' }
}
