import type { Clock } from '../../base/clock.ts'
import type { PlayItem } from '../../media/plane.ts'
import type { TimelineEvent, TimelineKind } from '../../phone/call.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { Leg } from './leg.ts'

/** What a block works with: the caller's leg and the few services that it needs. */
export interface BlockContext {
  readonly leg: Leg
  readonly clock: Clock
  prepare(prompt: Prompt): Promise<readonly PlayItem[]>
  /** `work`, or a rejection with `CallEnded` as soon as the call ends. */
  alive<T>(work: Promise<T>): Promise<T>
  note(kind: TimelineKind, text: string, data?: TimelineEvent['data']): void
}
