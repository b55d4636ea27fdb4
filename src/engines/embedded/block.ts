import type { Clock } from '../../base/clock.ts'
import type { PlayItem } from '../../media/plane.ts'
import type { TimelineEvent, TimelineKind } from '../../phone/call.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { Leg } from './leg.ts'

/** The reason of the `stopped` signal. */
export const stopped = 'stopped by the app'

/** What a block works with: the caller's leg and the few services that it needs. */
export interface BlockContext {
  readonly leg: Leg
  readonly clock: Clock
  /** Aborts when the block is to end though the call goes on. */
  readonly stopped: AbortSignal
  /** Nothing to play where the block is stopped meanwhile: a server may let a prompt wait for long. */
  prepare(prompt: Prompt): Promise<readonly PlayItem[]>
  /** `work`, or a rejection with `CallEnded` as soon as the call ends. */
  alive<T>(work: Promise<T>): Promise<T>
  note(kind: TimelineKind, text: string, data?: TimelineEvent['data']): void
}

/** What is prepared, or nothing as soon as the block is stopped. */
export function orStopped(work: Promise<readonly PlayItem[]>, stopped: AbortSignal): Promise<readonly PlayItem[]> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve([])
    stopped.addEventListener('abort', stop)
    if (stopped.aborted) stop()
    work.then(resolve, reject).finally(() => stopped.removeEventListener('abort', stop))
  })
}
