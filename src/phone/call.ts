import type { Address } from './address.ts'
import type { CallId, RecordingId } from './id.ts'
import type { Listening, ListenOptions } from './listen.ts'
import type { Monitor, MonitorOptions } from './monitor.ts'
import type { Prompt } from './prompt.ts'
import type { CallEnd, EndCode, EndedBy, ReasonLink } from './reason.ts'
import type { JoinOptions, RoomLeave, RoomName } from './room.ts'
import type { TransferEnd, TransferOptions, TransferTarget } from './transfer.ts'

/**
 * A conversation with a person or a machine. An app is an async function over one of these.
 * A block in flight when the call ends rejects with `CallEnded`; so does every block started after the end.
 * At most one of `play`, `gather`, `record`, `dial`, `hold`, `transfer`, `join` runs at a time; a second one rejects with the
 * `Problem` `block_running`. One that the engine does not have rejects with `not_supported`.
 */
export interface Call {
  readonly id: CallId
  readonly direction: 'inbound' | 'outbound'
  /** Who brought the call, as far as it was proved; what it may do depends on this, never on `from`. */
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  /** What the INVITE of a call that came in said beside that; empty for others. */
  readonly said: CallerSays
  /** Aborts when the call ends. */
  readonly signal: AbortSignal
  /** The whole conversation is being recorded. */
  readonly monitored: boolean
  /** Resolves once, never rejects. */
  readonly ended: Promise<CallEnd>
  /** What `ended` resolves with, as soon as the call is over. */
  readonly end: CallEnd | undefined
  /** What happened so far, oldest first; grows until the end. */
  readonly timeline: readonly TimelineEvent[]
  /** When it came in or was placed, and when it was picked up: milliseconds since 1970. */
  readonly startedAt: number
  readonly answeredAt: number | undefined
  /** Sends 180 to an unanswered caller; nothing on an answered one. */
  ring(): Promise<void>
  /** Picks up. Idempotent. */
  answer(): Promise<void>
  /** Refuses an unanswered call (status from the code); hangs up an answered one. */
  hangup(reason?: HangupReason): Promise<void>
  play(prompt: Prompt, options?: PlayOptions): Promise<PlayEnd>
  /** Where the call ends under it, the `CallEnded` has what was typed. */
  gather(options: GatherOptions): Promise<Gathered>
  /** Sends back what it hears until a key ends it. Absent where the engine cannot. */
  echo?(options?: EchoOptions): Promise<EchoEnd>
  /** Resolves also when the call ends under it (`end: 'hangup'`): what was said is kept. The next block then rejects. */
  record(options: RecordOptions): Promise<Recording>
  /**
   * Rings the targets in order, each for its own seconds, and bridges the first that answers until either side hangs up.
   * On a call that is not answered yet the caller hears it ring, and is answered when a target answers.
   */
  dial(targets: readonly DialTarget[], options?: DialOptions): Promise<DialEnd>
  /**
   * The far end hears music, or `music` again and again, and is not heard. Resolves when it is so; until `unhold` every other
   * block but `hangup` is refused with `on_hold`.
   */
  hold(options?: HoldOptions): Promise<void>
  /** Nothing on a call that is not held. */
  unhold(): Promise<void>
  /** Rings the target and bridges it, or joins the room, until the talk is over; see TransferEnd for what comes then. */
  transfer(target: TransferTarget, options?: TransferOptions): Promise<TransferEnd>
  /** Joins a room until it is left; the call goes on. */
  join(room: RoomName, options?: JoinOptions): Promise<RoomLeave>
  /** Runs beside the blocks; resolves when the recording has begun. Picks up. A second one meanwhile is refused with `block_running`. */
  monitor(options: MonitorOptions): Promise<Monitor>
  /**
   * Hears what the other side says, beside the blocks; resolves when it has begun. Several at once are independent. Picks up.
   * Rejects with `not_supported` where there is no recogniser, unless `transcribe` is false.
   */
  listen(options: ListenOptions): Promise<Listening>
  /**
   * Heard by the far end in place of everything else, beside the blocks, which go on unheard meanwhile, unless it is mixed with them;
   * takes the place of what was announced before. Resolves when it begins. Picks up.
   */
  announce(prompt: Prompt, options?: AnnounceOptions): Promise<Announcement>
  /** Sends DTMF to the other side: `0-9A-D*#`, `w` waits 500 ms. Picks up, unless it is early as a prompt may be. */
  send(digits: string, options?: Pick<PlayOptions, 'early'>): Promise<void>
  /**
   * Ends the block that runs now, the call goes on: `play`, `gather`, `record` and `join` end with `stopped`, `dial` and `transfer` hang the
   * other side up or stop to ring it. Nothing when no block runs.
   */
  stop(): void
}

/** Claims of the caller's side: nothing of it is proved, and nobody is let in by it. */
export interface CallerSays {
  /** Header fields of any name that begins with `X-`, up to 32; values of one line, at most 256 characters. */
  readonly headers: Readonly<Record<string, string>>
  /** Who was called first, and had the call sent on to us (Diversion, RFC 5806; else History-Info, RFC 7044). */
  readonly divertedFrom?: Address
}

/**
 * `extension`: proved its password. `trunk`: a carrier, known by its address or password. `trusted`: a network that the
 * operator trusts like a trunk (loopback out of the box). `service`: placed by us. `call`: another call of this site, which rings a
 * number of ours.
 */
export type CallSource =
  | { readonly kind: 'extension'; readonly username: string }
  | { readonly kind: 'trunk'; readonly id: string; readonly name: string }
  | { readonly kind: 'trusted'; readonly address: string }
  | { readonly kind: 'service' }
  | { readonly kind: 'call'; readonly id: CallId }

export interface HangupReason {
  readonly code: EndCode
  /** Whose doing it is; `service` unless given. */
  readonly by?: EndedBy
  readonly sentence: string
}

/** The call ended under a block. `end` is the same value that `Call.ended` resolves with. */
export class CallEnded extends Error {
  override readonly name = 'CallEnded'
  readonly end: CallEnd
  /** Of a gather that the end cut off: what was typed until then. */
  readonly digits: string
  constructor(end: CallEnd, digits = '') {
    super(end.sentence)
    this.end = end
    this.digits = digits
  }
}

export interface PlayOptions {
  /** Stop at these keys; absent or empty: keys do not stop it. */
  readonly stopOn?: string
  /** 1 unless given; 0 repeats until stopped. */
  readonly times?: number
  /** Stops the prompt without ending the call. */
  readonly signal?: AbortSignal
  /** Heard before the call is answered, as early media (183), and does not answer it. Nothing on an answered one. */
  readonly early?: boolean
}

export interface AnnounceOptions extends Pick<PlayOptions, 'times'> {
  /** Added to what is heard otherwise, instead of in its place. False unless given. */
  readonly mix?: boolean
}

/** The one that a dial of a call put through, while the two talk. */
export interface Callee {
  readonly address: Address
  /** As of a call: what it hears. */
  announce(prompt: Prompt, options?: AnnounceOptions): Promise<Announcement>
  send(digits: string): Promise<void>
  /** It goes on as a call of its own, that nobody drives yet; the dial ends as if its caller had left. */
  take(): Call
}

export interface Announcement {
  /** Resolves when it is over, however that came. */
  readonly done: Promise<void>
  stop(): void
}

export type PlayEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'stopped' }

export interface GatherOptions {
  readonly prompt?: Prompt
  /** The prompt is played so often while nothing is pressed, 1–10; 1 unless given. */
  readonly attempts?: number
  /** Keys stop the prompt and count; true unless given. False: keys pressed during the prompt are not heard. */
  readonly bargeIn?: boolean
  /**
   * Played after a key that is not allowed; what was pressed is forgotten and the next attempt follows, after the last one the
   * end is `timeout`. Unless given such keys are ignored.
   */
  readonly invalid?: Prompt
  /** 1–255. */
  readonly maxDigits: number
  /** Ends the entry and is not part of it; `#` unless given; '' for none. */
  readonly finishKey?: string
  /** From the end of the prompt to the first key; 5000 unless given. */
  readonly firstDigitMs?: number
  /** Between keys; 3000 unless given. */
  readonly interDigitMs?: number
  /** From the end of the prompt to the end of the entry, however many keys come; no such limit unless given. */
  readonly wholeMs?: number
  /** Keys that count; all unless given. */
  readonly allowed?: string
  /** As of a prompt: the call is not answered by it. */
  readonly early?: boolean
}

export interface Gathered {
  readonly digits: string
  readonly end: 'finish_key' | 'max_digits' | 'timeout' | 'stopped'
}

export interface EchoOptions {
  /** Keys that end it; `#` unless given. */
  readonly stopOn?: string
}

export type EchoEnd = Exclude<PlayEnd, { readonly kind: 'finished' }>

export interface RecordOptions {
  /** Where the WAV is written; the folder exists. The file is valid at every moment, also after `kill -9` (repaired on start). */
  readonly path: string
  readonly id: RecordingId
  /** 1–7200 seconds. */
  readonly maxSeconds: number
  /** Ends on this much silence after speech or from the start; 0 never. */
  readonly silenceSeconds: number
  /** Keys that end it; `#` unless given. The key's own sound is not in the file. */
  readonly stopOn?: string
  readonly beep?: boolean
}

export interface Recording {
  readonly id: RecordingId
  readonly path: string
  /** Milliseconds of audio in the file. */
  readonly ms: number
  /** Milliseconds in which someone spoke; 0 for an empty recording. */
  readonly speechMs: number
  readonly end: 'key' | 'silence' | 'limit' | 'hangup' | 'stopped'
  /** The key that ended it, where the engine tells which. */
  readonly key?: string
}

export interface DialTarget {
  readonly to: Address
  /** How long it rings before the next is tried, 1–600. */
  readonly seconds: number
  /** Pressed once it has answered, before it is put through; as in `Call.send`. */
  readonly digits?: string
  /** `digits` are pressed as soon as it sends early audio, where it does. */
  readonly digitsEarly?: boolean
  /** Added to its INVITE, before those of the options: names begin with `X-`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Answers its challenge (RFC 3261 §22), of a SIP URI only; nobody whom it redirects to is given it. */
  readonly login?: { readonly username: string; readonly password: string }
}

export interface HoldOptions {
  /** Repeated until `unhold`; soft tones of the engine unless given. */
  readonly music?: Prompt
  /** Has the far end told that it is held, so that its phone shows it; by SIP, a re-INVITE with `sendonly`. Default false. */
  readonly tell?: boolean
}

export interface DialOptions {
  /** Caller id towards the targets; that of the remote party unless given. */
  readonly from?: Address
  /** E.164 of ours that the call is for, whose trunk is used; the number that it came in to unless given. */
  readonly number?: string
  /** Heard while targets ring, also by a caller who is not picked up, where its engine has early audio; unless given a ringback tone, or the network's own. */
  readonly ringback?: Prompt
  /** Whose early audio takes its place: that of a target that rings alone (unless given), of the first of several as well, of none. */
  readonly early?: 'alone' | 'first' | 'none'
  /** Ends a talk that lasts longer. */
  readonly maxSeconds?: number
  /** All targets ring at once, each for its own seconds, and the first that answers wins. False unless given: one after the other. */
  readonly together?: boolean
  /** The caller's `*` ends the talk with `hungUpBy: 'caller'`, and the call goes on. */
  readonly hangupOnStar?: boolean
  /** Display name towards the targets, in place of that of `from`. */
  readonly callerName?: string
  /** A target that answered hears this first. */
  readonly confirm?: DialConfirm
  /** A target picked up before all others and, where there is a `confirm`, took the call: it is put through next. */
  readonly onReached?: (target: Address) => void
  /** The talk begins. */
  readonly onAnswered?: (target: Address) => void
  /** Sequences of keys, of the caller and of the callee, that are told while they talk, e.g. `['1', '#9']`. */
  readonly keys?: { readonly caller?: readonly string[]; readonly callee?: readonly string[] }
  readonly onKeys?: (keys: string, by: 'caller' | 'callee') => void
  /** Added to the INVITE of each target: names begin with `X-`. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface DialConfirm {
  readonly prompt: Prompt
  /** It is put through only once it has pressed the key, else it counts as declined; after the prompt where there is none. */
  readonly key?: string
  /** How long the key is waited for; 10 unless given. */
  readonly seconds?: number
  /** From when on; the end of the prompt unless given. */
  readonly since?: 'prompt' | 'answer'
}

export type DialEnd =
  | {
      readonly kind: 'answered'
      readonly target: Address
      readonly seconds: number
      readonly hungUpBy: 'caller' | 'callee' | 'service'
      readonly attempts: readonly ReasonLink[]
    }
  /** `stopped`: by `Call.stop`, while it rang. */
  | { readonly kind: 'unanswered' | 'stopped'; readonly attempts: readonly ReasonLink[] }

/** One line of a call's story: shown by `offhook logs`, the API and the page. Kinds are stable. */
export interface TimelineEvent {
  readonly at: number
  readonly kind: TimelineKind
  readonly text: string
  readonly data?: Readonly<Record<string, string | number | boolean | null>>
}

export type TimelineKind =
  | 'arrived'
  | 'ringing'
  | 'answered'
  | 'play'
  | 'gather'
  | 'record'
  | 'dial'
  | 'target'
  | 'bridged'
  | 'key'
  | 'hold'
  | 'transfer'
  | 'monitor'
  | 'listen'
  | 'room'
  | 'media'
  | 'sip_in'
  | 'sip_out'
  | 'app'
  | 'warning'
  | 'ended'

/** Whose trunk carries what goes out from this call. */
export const numberOf = ({ direction, to }: Pick<Call, 'direction' | 'to'>): Pick<DialOptions, 'number'> =>
  direction === 'inbound' && to.kind === 'number' ? { number: to.e164 } : {}

/** The one we talk with on this call: who called us, or who we called. */
export const remoteParty = (call: Pick<Call, 'direction' | 'from' | 'to'>): Address =>
  call.direction === 'inbound' ? call.from : call.to
