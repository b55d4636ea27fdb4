import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Address } from '../../phone/address.ts'
import type { Recording } from '../../phone/call.ts'
import type { CallId, RecordingId } from '../../phone/id.ts'
import type { Room } from '../../phone/room.ts'
import type { HangupCause } from './cause.ts'
import type { WebTarget } from './web-target.ts'

/** What a request tells, in the order in which it is told. */
export type Params = readonly (readonly [name: string, value: string])[]

/** What a request is about: a call or a message. */
export interface About {
  readonly id: string
}

/** Where documents come from, and who is told about calls. */
export interface DocumentSource {
  /**
   * Asks for a document, tried again as the target says.
   * @param inVain gives it up when it aborts
   * @returns the body of a 2xx
   * @throws AskFailed
   */
  ask(target: WebTarget, params: Params, about: About, inVain?: AbortSignal): Promise<string>
  /** Told in the background, in order per call or message; its answer means nothing. */
  tell(target: WebTarget, params: Params, about: About): void
  /** What is told by the next service where this one does not live to see a part of a call end. */
  keep(unfinished: Unfinished, call: CallId): Kept
  /**
   * As `tell`, once the call is over; where this service does not live to see that, by the next one.
   * @returns what tells it
   */
  tellAtEnd(target: WebTarget, call: CallId): (params: Params) => void
}

export interface Telling {
  readonly target: WebTarget
  readonly params: Params
}

/** Nothing where nobody is to be told. */
export const tellings = (target: WebTarget | undefined, params: Params): readonly Telling[] =>
  target === undefined ? [] : [{ target, params }]

/** A part of a call that goes on, as it is told of where a kill of the service ends it. */
export interface Unfinished {
  /** In their order. Of a talk the duration is added: `talkSince` in milliseconds since 1970. */
  readonly told: readonly (Telling & { readonly talkSince?: number })[]
  /** Told of only where something of it was kept, with what it became. */
  readonly recording?: {
    readonly id: RecordingId
    readonly url: string
    /** Milliseconds since 1970. */
    readonly startedAt: number
    /** Told of only where somebody spoke. */
    readonly onlySpeech: boolean
  }
}

export interface Kept {
  /** In the place of what was kept; nothing once the part is over. */
  change(unfinished: Unfinished): void
  /** The part is over: what was kept is forgotten, and this is told, both or neither. */
  over(...told: readonly Telling[]): void
}

/** No document came. The message is a sentence for people. */
export class AskFailed extends Error {
  override readonly name = 'AskFailed'
  /** `content`: something came, but no document. */
  readonly kind: 'unreachable' | 'content'
  constructor(kind: AskFailed['kind'], sentence: string) {
    super(sentence)
    this.kind = kind
  }
}

/** Where recordings of documents are kept. One exists from `begin` on, so that it is found again after a crash. */
export interface RecordingShelf {
  /** `url`: where it can be fetched once it is finished, by whoever has it. */
  begin(of: { readonly call?: CallId; readonly room?: string }, format: 'mp3' | 'wav'): Promise<BegunRecording>
  finish(recording: Recording): Promise<void>
  discard(recording: RecordingId): Promise<void>
}

export interface BegunRecording {
  readonly recording: RecordingId
  readonly path: string
  readonly url: string
}

export interface DocumentText {
  readonly from: string
  readonly to: string
  readonly text: string
  /** Told of each state of the text. */
  readonly callback?: WebTarget
  /** Two texts never share one: what caused it, where that may come twice. */
  readonly key?: string
}

/** A call that documents drive now. */
export interface RunningDocuments {
  /** The id of the application; '' where the URLs came with the call. */
  readonly application: string
  readonly urls: Pick<CallApplication, 'fallback' | 'hangup'>
  /** Stops what runs; the document at this URL takes its place. */
  transfer(target: WebTarget): void
}

/** Of a conference. */
export interface RoomRecording extends BegunRecording {
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly done: Promise<Recording>
}

/** What is said in a recording; `error` where not all of it could be written down. */
export interface Transcription {
  readonly text: string
  readonly error?: string
}

export interface DocumentPorts {
  /** Spoken before a call is hung up because no document came; absent: nothing is. */
  readonly apology?: string
  /** Until the room ends. `undefined` where it is being recorded already. */
  recordRoom(room: Room, format: 'mp3' | 'wav'): Promise<RoomRecording | undefined>
  /** @returns what says that it no longer runs */
  running(call: CallId, run: RunningDocuments): () => void
  /** How the dialect calls the end of the call. */
  ended(call: CallId, cause: HangupCause): void
  readonly source: DocumentSource
  readonly recordings: RecordingShelf
  /** Of a recording that is over, by its path; takes as long as it may. */
  readonly transcribe: (path: string) => Promise<Transcription>
  readonly clock: Pick<Clock, 'wall' | 'now' | 'after'>
  readonly log: Logger
  /** Who stands behind a number or SIP URI of a document; `undefined` for nobody, or for one whom this call may not reach. */
  address(text: string): Promise<Address | undefined>
  /** Whom this site may call as; `undefined` for somebody else. */
  callerId(text: string): Promise<Address | undefined>
  /** Queues a text. @returns its id */
  sendText(text: DocumentText): Promise<string>
}

/** What a call is given to: URLs of the one who wrote the documents. */
export interface CallApplication {
  readonly id: string
  readonly answer: WebTarget
  /** Asked in place of one that gave no document. */
  readonly fallback?: WebTarget
  /** Told once when the call is over. */
  readonly hangup?: WebTarget
}

/** An application with what its documents may use. */
export interface HeldApplication {
  readonly application: CallApplication
  readonly ports: DocumentPorts
}
