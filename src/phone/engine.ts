import type { Address } from './address.ts'
import type { BlockName } from './block.ts'
import type { Call } from './call.ts'
import type { CallId } from './id.ts'
import type { CallEnd } from './reason.ts'
import type { Room, RoomName } from './room.ts'

/** What an engine can do. A flow that needs more is refused when it is saved, with a sentence. */
export interface Capabilities {
  readonly blocks: ReadonlySet<BlockName>
  readonly textToSpeech: boolean
  /** `listen` tells words; without it tones and silences only. */
  readonly speechToText: boolean
  /** Prompts may be URLs. */
  readonly urlPrompts: boolean
  readonly dtmf: ReadonlySet<'telephone-event' | 'info' | 'in-band'>
}

export interface OriginateRequest {
  readonly id?: CallId
  readonly from: Address
  readonly to: Address
  /** How long it rings before it is given up, 1–600. */
  readonly seconds: number
  readonly signal?: AbortSignal
  /** Added to the INVITE: names begin with `X-`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Id of the trunk that carries it to a number outside; `from` chooses unless given. */
  readonly trunk?: string
  /**
   * Awaited when all is ready; the INVITE leaves as soon as it resolves, and not at all where it rejects. What it resolves with is called
   * once it has left.
   */
  readonly beforeInvite?: () => Promise<() => void>
  /** The far end began to ring. */
  readonly onRinging?: () => void
}

/** A switch that carries calls. Every engine passes `test/contract/engine.ts`. */
export interface Engine {
  readonly name: string
  readonly capabilities: Capabilities
  /** Starts to listen; `onCall` is given every inbound call that may come in, before it is answered. */
  start(onCall: (call: Call) => void): Promise<void>
  /** Resolves when the far end answers; rejects with `NotAnswered`. */
  originate(request: OriginateRequest): Promise<Call>
  /** Calls that are up now. */
  calls(): readonly Call[]
  /** Conferences that are open now. */
  rooms(): readonly Room[]
  room(name: RoomName): Room | undefined
  /** Ends every call with `interrupted` and releases all that it holds. */
  stop(): Promise<void>
}

/** An outbound call that never came up; `end` has the reason chain. */
export class NotAnswered extends Error {
  override readonly name = 'NotAnswered'
  readonly end: CallEnd
  constructor(end: CallEnd) {
    super(end.sentence)
    this.end = end
  }
}
