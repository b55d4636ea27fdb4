import type { Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import type { PlayItem } from '../../media/plane.ts'
import type { DialConfirm } from '../../phone/call.ts'
import { type EndCode, endCodes, type ReasonLink } from '../../phone/reason.ts'
import type { DialContext } from './dial.ts'
import type { Leg } from './leg.ts'

const waitSeconds = 10

/**
 * Asks the one who answered whether they take the call, or only lets them hear what it is. Other keys are passed over.
 * @returns why they are not put through; `undefined` when they are
 */
export async function confirm(
  context: DialContext,
  leg: Leg,
  name: string,
  question: { readonly items: readonly PlayItem[]; readonly confirm: DialConfirm },
  signal: AbortSignal,
): Promise<ReasonLink | undefined> {
  const { key, seconds = waitSeconds, since = 'prompt' } = question.confirm
  const outcome = deferred<ReasonLink | undefined>()
  const refuse = (code: EndCode, by: ReasonLink['by'], sentence: string): void =>
    outcome.resolve({ at: context.clock.wall(), code, by, q850: endCodes[code].q850, target: name, sentence })
  const asked = key === undefined ? 'hears something first' : `is asked to press ${key}`
  const before = key === undefined ? 'hearing it through' : `pressing ${key}`
  context.note('target', `${name} answered and ${asked}`, { target: name })

  const forgetKeys = leg.onKey((pressed) => {
    if (pressed === key) outcome.resolve(undefined)
  })
  const giveUp = (): void => refuse('canceled', 'service', `${name} answered, and was let go before it was put through`)
  signal.addEventListener('abort', giveUp)
  if (signal.aborted) giveUp()
  void leg.ended.then(() => refuse('declined', 'callee', `${name} answered and hung up without ${before}`))
  const wait = (): Timer =>
    context.clock.after(seconds * 1000, () =>
      refuse('declined', 'callee', `${name} answered and did not press ${key} within ${seconds} s`),
    )
  let timer = key !== undefined && since === 'answer' ? wait() : undefined
  let open = true
  const playing = leg.stream.play(question.items)
  playing.done.then((end) => {
    if (end !== 'finished' || !open) return
    if (key === undefined) return outcome.resolve(undefined)
    timer ??= wait()
  }, outcome.reject)
  try {
    return await outcome.promise
  } finally {
    signal.removeEventListener('abort', giveUp)
    open = false
    forgetKeys()
    timer?.stop()
    playing.stop()
  }
}
