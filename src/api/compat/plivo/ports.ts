import type { MachineWish } from '../../../apps/document/machine.ts'
import type { DocumentText } from '../../../apps/document/ports.ts'
import type { WebTarget } from '../../../apps/document/web-target.ts'
import type { Address } from '../../../phone/address.ts'
import type { CallId, RecordingId } from '../../../phone/id.ts'
import type { Prompt } from '../../../phone/prompt.ts'
import type { Room } from '../../../phone/room.ts'

export interface PlaceDocumentCall {
  readonly from: Address
  readonly to: Address
  readonly answer: WebTarget
  readonly fallback?: WebTarget
  readonly hangup?: WebTarget
  /** Told when it rings. */
  readonly ring?: WebTarget
  /** Signs what is asked and told. */
  readonly token: string
  /** The `auth_id`. */
  readonly account: string
  /** Keys that are pressed once it has answered. */
  readonly sendDigits?: string
  /** Or as soon as audio comes before the answer. */
  readonly sendEarly?: boolean
  /** Seconds: of ringing until it is given up, of talk, and of ringing until it is hung up on purpose. */
  readonly ringTimeout: number
  readonly timeLimit: number
  readonly hangupOnRing?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly parent?: string
  readonly machine?: MachineWish
}

export interface RecordLive {
  readonly format: 'mp3' | 'wav'
  readonly seconds: number
  readonly callback?: WebTarget
  /** Told what is said in it. */
  readonly transcription?: WebTarget
  readonly token: string
}

export type RecordRoom = Omit<RecordLive, 'seconds'> & Partial<Pick<RecordLive, 'seconds'>>

export interface Announcing {
  /** 0 repeats until it is stopped. */
  readonly times: number
  /** Stopped after so many at the latest. */
  readonly seconds?: number
  readonly legs: Legs
  /** Added to what is heard otherwise. */
  readonly mix: boolean
}

/** The call itself, the one that its Dial put through, or both. */
export type Legs = 'aleg' | 'bleg' | 'both'

/** Where the legs of a call are sent; one that is not named stays. */
export interface TransferLegs {
  readonly aleg?: WebTarget
  readonly bleg?: WebTarget
  readonly token: string
  readonly account: string
}

export interface LiveFacts {
  readonly direction: 'inbound' | 'outbound'
  /** Numbers without the plus. */
  readonly from: string
  readonly to: string
  readonly name: string
}

export interface StartedRecording {
  readonly id: RecordingId
  readonly url: string
}

/** What the REST interface of the XML dialect asks of running calls. All reject with a `Problem`; `not_found` where no such call is up. */
export interface DocumentDesk {
  /** Who stands behind what a program wrote; `undefined` for nobody, or for one who may not be called. */
  address(text: string): Promise<Address | undefined>
  /** Whom the site may call as; `undefined` for somebody else. */
  callerId(text: string): Promise<Address | undefined>
  /** Why nothing can be spoken in that language; `undefined` where it can. */
  lacksLanguage(language: string): string | undefined
  /** Whether the call is up and was picked up; the store hears of it a moment later. */
  answered(call: CallId): boolean
  place(request: PlaceDocumentCall): Promise<{ readonly id: CallId }>
  /**
   * What runs is stopped, and the document at the URL takes its place; the other leg becomes a call of its own.
   * @returns the calls that were sent somewhere
   */
  transfer(call: CallId, legs: TransferLegs): Promise<readonly CallId[]>
  send(call: CallId, digits: string, leg: Exclude<Legs, 'both'>): Promise<void>
  /** Heard by the far end, with what runs or in its place. */
  announce(call: CallId, prompt: Prompt, how: Announcing): Promise<void>
  stopAnnouncing(call: CallId): void
  record(call: CallId, options: RecordLive): Promise<StartedRecording>
  stopRecording(call: CallId): Promise<void>
  now(): number
  rooms(): readonly Room[]
  room(name: string): Room | undefined
  /** Who is on a call that is up. */
  live(call: CallId): LiveFacts | undefined
  hangUp(call: CallId): Promise<boolean>
  /** Resolves when it is heard, or was stopped before that. */
  playInRoom(room: Room, member: CallId, prompt: Prompt): Promise<void>
  /** Until the room ends unless given. @throws Problem `block_running` where it is being recorded already */
  recordRoom(room: Room, options: RecordRoom): Promise<StartedRecording>
  stopRoomRecording(room: Room): void
  /** With its audio and all links to it. */
  deleteRecording(recording: RecordingId): Promise<void>
  /** @returns the id of the queued text */
  sendText(text: DocumentText, token: string): Promise<string>
}
