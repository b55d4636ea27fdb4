import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Address } from '../../phone/address.ts'
import type { BlockName } from '../../phone/block.ts'
import type { Call, Recording } from '../../phone/call.ts'
import type { OriginateRequest } from '../../phone/engine.ts'
import type { CallId, RecordingId } from '../../phone/id.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { Message } from './block.ts'
import type { Notifier } from './notice.ts'

/** Where recordings of blocks are kept. One exists from `begin` on, so that one cut off by a crash is found again. */
export interface SessionRecordings {
  begin(call: CallId): Promise<{ readonly id: RecordingId; readonly path: string }>
  /** Keeps it, and gives an address that needs no token. */
  finish(recording: Recording): Promise<string>
  /** The call was over before a sample was heard. */
  discard(id: RecordingId): Promise<void>
}

/** What sessions stand on; `main` gives it. What refuses, refuses with `BlockRefused`. */
export interface SessionPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly notifier: Notifier
  readonly recordings: SessionRecordings
  /** What calls of the engine in use can do. */
  readonly blocks: ReadonlySet<BlockName>
  /** Spoken where the application cannot be told of the call, or says nothing any more. */
  readonly apology?: string
  readonly newCallId: () => CallId
  /** Refuses where no more calls can be placed now. */
  admit(): void
  /** Rejects with `NotAnswered`. */
  originate(request: OriginateRequest & { readonly id: CallId }): Promise<Call>
  /**
   * Who `dest` is, and that calls may go there now.
   * @param from what the one who is called sees
   * @param number E.164 of ours that the call came in to
   */
  destination(dest: string, from: Address, number?: string): Promise<Exclude<Address, { kind: 'anonymous' }>>
  /** What the one who is called sees: as the application asked for, or its own number. */
  callerId(asked: string | undefined, app: string): Promise<Address>
  /** Makes it ready to be heard, so that what cannot be said is refused and not found out in the call. */
  prepare(message: Message): Promise<Prompt>
}
