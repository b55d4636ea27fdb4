import type { Address } from './address.ts'
import type { BlockName } from './block.ts'
import type { Call } from './call.ts'
import type { CallId } from './id.ts'
import { Problem } from './problem.ts'
import type { CallEnd } from './reason.ts'
import type { Room, RoomName } from './room.ts'

/**
 * What calls take beside the blocks, unless their engine says that it lacks it.
 * `keys.once`: a key that a phone sends in two ways counts once. `refuse.declined`: who is refused as declined gets 603.
 * `transfer.byPhone`: a phone that hands its call over itself (REFER) is served here.
 */
export const engineFeatures = [
  'hold.tell',
  'transfer.refer',
  'transfer.byPhone',
  'dial.digitsEarly',
  'dial.headers',
  'keys.once',
  'refuse.declined',
] as const
export type EngineFeature = (typeof engineFeatures)[number]

/** A sentence for each that is lacking: why, and what comes in its place. It begins with a name and has no full stop. */
export type Lacks = Readonly<Partial<Record<EngineFeature, string>>>

/** What an engine can do. A flow that needs more is refused when it is saved, with a sentence. */
export interface Capabilities {
  readonly blocks: ReadonlySet<BlockName>
  readonly textToSpeech: boolean
  /** `listen` tells words; without it tones and silences only. */
  readonly speechToText: boolean
  /** Prompts may be URLs. */
  readonly urlPrompts: boolean
  readonly dtmf: ReadonlySet<'telephone-event' | 'info' | 'in-band'>
  readonly lacks: Lacks
}

/** One engine of the service, as it stands now. */
export interface EngineState {
  /** `embedded` is our own SIP; the others are the schemes of the trunks that they carry. */
  readonly name: string
  /** Host and port of a switch. */
  readonly place?: string
  /** Why it carries no calls now. */
  readonly away?: string
  readonly capabilities: Capabilities
}

/** G.711, by the names of RFC 3551. */
export type Codec = 'PCMU' | 'PCMA'

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
  /** It begins when audio comes, where that is before the answer; its `answeredAt` is set at the answer. */
  readonly early?: boolean
  /** What is offered to who is called, and nothing else, the first most wanted. A call to a number of ours needs none. */
  readonly codecs?: readonly Codec[]
  /**
   * Awaited when all is ready; the INVITE leaves as soon as it resolves, and not at all where it rejects. What it resolves with is called
   * once it has left.
   */
  readonly beforeInvite?: () => Promise<() => void>
  /** The far end began to ring. */
  readonly onRinging?: () => void
  /** Audio comes before the answer, from the only one who is rung: whoever it comes from can be sent keys. Once at most. */
  readonly onEarly?: (send: (digits: string) => Promise<void>) => void
}

/** A switch that carries calls. Every engine passes `test/contract/engine.ts`. */
export interface Engine {
  readonly name: string
  readonly capabilities: Capabilities
  /** Starts to listen; `onCall` is given every inbound call that may come in, before it is answered. */
  start(onCall: (call: Call) => void): Promise<void>
  /** Resolves when the far end answers, or `early`; rejects with `NotAnswered`. */
  originate(request: OriginateRequest): Promise<Call>
  /** Calls that are up now. */
  calls(): readonly Call[]
  /** Conferences that are open now. */
  rooms(): readonly Room[]
  room(name: RoomName): Room | undefined
  /** Ends every call with `interrupted` and releases all that it holds. */
  stop(): Promise<void>
}

/** Whoever was to place a call gave no answer that says so; the callee may be ringing. */
export class MaybePlaced extends Problem {
  constructor(sentence: string) {
    super('carrier_failed', sentence)
  }
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
