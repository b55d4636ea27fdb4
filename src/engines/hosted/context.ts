import type { Address } from '../../phone/address.ts'
import type { TimelineEvent, TimelineKind } from '../../phone/call.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { ReasonLink } from '../../phone/reason.ts'
import type { Dialect } from './dialect.ts'
import type { News, Sound, Step } from './step.ts'

/** What a block has of its call. */
export interface HostedContext {
  readonly dialect: Dialect
  prepare(prompt: Prompt): Promise<readonly Sound[]>
  /** Has the company do this. `stopped`: the block is to end. @throws CallEnded */
  run(step: Step): Promise<News | 'stopped'>
  note(kind: TimelineKind, text: string, data?: TimelineEvent['data']): void
  /** Milliseconds since 1970. */
  wall(): number
  /** Waits. */
  pause(ms: number): Promise<void>
  /** Keeps a failed attempt for the reason chain of the call. */
  attempted(link: ReasonLink): void
  /** The talk of a dial began. */
  bridged(to: string): void
  /** E.164 of ours that leads to the extension. */
  numberOf(username: string): Promise<string | undefined>
  /** Why nobody may be called there. */
  forbids(to: Address): Promise<string | undefined>
  /** Fetches what was recorded; resolves with the path of a WAV of 16 bit, 8 kHz, mono. */
  fetchRecording(url: string): Promise<string>
  /** What the company told of the last step when the call ended under it. */
  readonly last: News | undefined
}

/** Whole seconds, at least one: companies know no less. */
export const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))
