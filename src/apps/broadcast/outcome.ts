/** One block that was carried out on a call, as it is kept. */
export interface DoneBlock {
  readonly block: string
  readonly state: 'running' | 'done' | 'failed'
  readonly result: Readonly<Record<string, unknown>> | null
}

/**
 * What a call of a broadcast came to.
 * - `reached`: the message was heard, confirmed where that was asked, or left with a machine
 * - `talked`: somebody answered, and that was not to be had
 * - `missed`: nobody was reached
 * - `forbidden`: it may not be called
 */
export type CallOutcome =
  | {
      readonly kind: 'reached'
      readonly by: 'call' | 'voicemail'
      readonly code: 'heard' | 'confirmed' | 'left'
      readonly sentence: string
    }
  | { readonly kind: 'talked'; readonly code: 'unconfirmed' | 'cut'; readonly sentence: string }
  | { readonly kind: 'missed' | 'forbidden'; readonly code: string; readonly sentence: string }

/** Of a planned call that is over. @param done what was carried out on it, in order. @param key that confirms, where it was asked for */
export function outcomeOf(
  planned: { readonly state: string; readonly code: string | null; readonly sentence: string | null },
  done: readonly DoneBlock[],
  key: string | undefined,
): CallOutcome {
  const sentence = planned.sentence ?? 'the call is over'
  if (planned.state !== 'done') {
    const code = planned.code ?? 'failed'
    return { kind: code === 'not_allowed' ? 'forbidden' : 'missed', code, sentence }
  }
  const who = done.find(({ block }) => block === 'detect')?.result
  if (who?.by === 'machine') {
    return who.left === true
      ? { kind: 'reached', by: 'voicemail', code: 'left', sentence: 'the message was left with a machine' }
      : { kind: 'missed', code: 'machine', sentence: 'a machine answered' }
  }
  if (who?.by === 'fax') return { kind: 'missed', code: 'fax', sentence: 'a fax answered' }
  if (key !== undefined) {
    const asked = done.find(({ block }) => block === 'gather')
    if (asked?.result?.digits === key) {
      return { kind: 'reached', by: 'call', code: 'confirmed', sentence: `${key} was pressed` }
    }
    return asked?.state === 'done'
      ? { kind: 'talked', code: 'unconfirmed', sentence: `${key} was not pressed` }
      : { kind: 'talked', code: 'cut', sentence: 'the call ended before the message did' }
  }
  const spoken = done.find(({ block }) => block === 'play')
  if (spoken?.state === 'done' && spoken.result?.kind === 'finished') {
    return { kind: 'reached', by: 'call', code: 'heard', sentence: 'the message was heard to its end' }
  }
  return { kind: 'talked', code: 'cut', sentence: 'the call ended before the message did' }
}
