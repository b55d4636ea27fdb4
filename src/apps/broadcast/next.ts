import { type EndCode, endCodes } from '../../phone/reason.ts'
import type { TextState } from '../../phone/text-status.ts'
import { reasonOf } from '../dialer/retry.ts'
import type { CallOutcome } from './outcome.ts'

/** `cycle`: a call to whom the last text did not reach, else a text. */
export type Way = 'text' | 'call' | 'text_then_call' | 'cycle'

/** What happens with a contact next. */
export type Next =
  /** `calls`: the attempts so far, where they are not what they were. */
  | { readonly kind: 'call'; readonly inSeconds: number; readonly calls?: number }
  | { readonly kind: 'over'; readonly state: OverState; readonly by?: Reach; readonly code: string; sentence: string }

export type OverState = 'reached' | 'unreached' | 'skipped' | 'canceled'
export type Reach = 'text' | 'call' | 'voicemail'

/** Where a broadcast stands: one that is canceled begins nothing more. */
export interface Standing {
  readonly way: Way
  readonly canceled: boolean
}

const notReached: ReadonlySet<TextState> = new Set(['undelivered', 'failed', 'rejected', 'expired'])

/** What follows the end of a text; `undefined`: that was none. */
export function afterText(
  { way, canceled }: Standing,
  text: { readonly state: TextState; readonly code: string | null; readonly reason: string | null },
): Next | undefined {
  if (text.state === 'delivered') {
    return { kind: 'over', state: 'reached', by: 'text', code: 'delivered', sentence: 'the text was delivered' }
  }
  if (!notReached.has(text.state)) return undefined
  const sentence = text.reason ?? `the text is ${text.state}`
  // Whoever said STOP wants no call in place of the text.
  if (text.code === 'opted_out') return { kind: 'over', state: 'skipped', code: 'opted_out', sentence }
  if (way !== 'text_then_call') return { kind: 'over', state: 'unreached', code: text.code ?? text.state, sentence }
  if (canceled) return { kind: 'over', state: 'canceled', code: 'canceled', sentence: 'the broadcast was canceled' }
  return { kind: 'call', inSeconds: 0 }
}

/** What follows the end of a call. @param calls attempts so far, this one among them */
export function afterCall(
  { canceled }: Pick<Standing, 'canceled'>,
  outcome: CallOutcome,
  {
    calls,
    attempts,
    againSeconds,
  }: { readonly calls: number; readonly attempts: number; readonly againSeconds: number },
): Next {
  switch (outcome.kind) {
    case 'reached':
      return { kind: 'over', state: 'reached', by: outcome.by, code: outcome.code, sentence: outcome.sentence }
    case 'talked':
      // Somebody answered: another call would reach the same person twice.
      return { kind: 'over', state: 'unreached', code: outcome.code, sentence: outcome.sentence }
    case 'forbidden':
      return { kind: 'over', state: 'skipped', code: outcome.code, sentence: outcome.sentence }
    case 'missed': {
      // What a stop or a kill of the service cut off before anybody answered is no attempt: the contact heard nothing.
      const cutOff = outcome.code === 'interrupted'
      if (!cutOff && (calls >= attempts || !mayTryAgain(outcome.code))) {
        return { kind: 'over', state: 'unreached', code: outcome.code, sentence: outcome.sentence }
      }
      if (canceled) return { kind: 'over', state: 'canceled', code: 'canceled', sentence: 'the broadcast was canceled' }
      return cutOff ? { kind: 'call', inSeconds: 0, calls: calls - 1 } : { kind: 'call', inSeconds: againSeconds }
    }
  }
}

/** `machine` is no end of the dialer: whoever is away now may be there the next time. */
const mayTryAgain = (code: string): boolean =>
  code === 'machine' || (Object.hasOwn(endCodes, code) && reasonOf(code as EndCode) !== undefined)
