import type { Estimate, Prices } from '../apps/broadcast/estimate.ts'
import type { RetryRules } from '../apps/dialer/retry.ts'
import type { CallHours, DialerRules } from '../apps/dialer/rules.ts'
import type { ScanTree } from '../menu/scan/tree.ts'
import type { TravelStep } from '../menu/travel.ts'
import type { Action, StartedAction } from '../phone/action.ts'
import type { Address } from '../phone/address.ts'
import type { AnswerPlan } from '../phone/detect.ts'
import type { EngineState } from '../phone/engine.ts'
import type { Flow } from '../phone/flow.ts'
import type { CallId, Id, RecordingId } from '../phone/id.ts'
import type { FieldFault, Problem } from '../phone/problem.ts'
import type { Room } from '../phone/room.ts'
import type { TextRules } from '../phone/text-rules.ts'
import type { UssdReply, UssdRequest } from '../phone/ussd.ts'
import type { BroadcastRow, BroadcastWay } from '../store/broadcasts.ts'
import type { ContactFilter } from '../store/contacts.ts'
import type { DoNotCallRow } from '../store/dialer-rules.ts'
import type { MessageRow, QueuedMessage } from '../store/messages.ts'
import type { PlannedCallRow } from '../store/planned-calls.ts'
import type { ScanRow } from '../store/scans.ts'
import type { StoredBroadcast, StoredCallFile, StoredScanCall, StoredScheduledCall } from '../store/shapes.ts'
import type { Db } from '../store/store.ts'

/** One phone that is registered for an extension. Times are milliseconds since 1970. */
export interface ExtensionContact {
  /** The Contact URI as the phone wrote it. */
  readonly contact: string
  /** `udp 192.0.2.4:5062`: where it was heard from and where it is rung. */
  readonly flow: string
  readonly userAgent?: string
  readonly registeredAt: number
  readonly expiresAt: number
}

/**
 * Where a trunk stands. `static`: it does not register, calls are sent to its address. The sentence says what to do
 * where something is wrong.
 */
export interface TrunkState {
  readonly state: 'static' | 'registering' | 'registered' | 'failed'
  readonly sentence: string
  /** When it registered last, or is to expire; milliseconds since 1970. */
  readonly since?: number
  readonly expiresAt?: number
}

export interface PlaceCall {
  /** Rung first; hears the other ring once it has answered. */
  readonly from: Address
  readonly to: Address
  /** How long each of them rings, 1–600. */
  readonly seconds: number
  /** Stands in the record of the call. */
  readonly account?: string | undefined
}

/** What the API asks of webhooks on their way out. */
export interface WebhookDesk {
  /**
   * Why nothing may be sent to a URL, as far as can be told now; `undefined` where it may. A name that does not resolve may do so
   * once it is needed.
   */
  refuses(url: string): Promise<string | undefined>
  /** A subscription changed in the store. */
  reload(): Promise<void>
  /** Sends a delivery once more; the id of the new one. `undefined` when there is no such delivery. */
  replay(id: string): Promise<string | undefined>
}

/** A call to one party that is driven once it has answered. */
export interface PlaceDriven {
  /** What `to` sees as its caller. */
  readonly from: Address
  readonly to: Address
  /** 1–600. */
  readonly seconds: number
  readonly by: DrivenBy
  readonly account?: string | undefined
}

/** What says what happens on a call: actions of the API, after those that are given, or a flow. */
export type DrivenBy = { readonly detect?: AnswerPlan } & (
  | { readonly kind: 'api'; readonly actions: readonly Action[]; readonly idleSeconds?: number }
  | { readonly kind: 'flow'; readonly flow: Flow }
)

/** An action that is to be done later, and where it stands in its request. */
export interface PlannedAction {
  readonly action: Action
  /** JSON pointer. */
  readonly field: string
}

/** Who is called, and what they see as their caller. */
export interface PlannedParties {
  readonly from: Address
  readonly to: Address
}

/** What is done on a planned call once it is answered; a saved flow is read when it runs. */
export type PlannedWork =
  | { readonly kind: 'connect' }
  | DrivenBy
  | { readonly kind: 'saved_flow'; readonly flow: Id<'flow'>; readonly detect?: AnswerPlan }
  | StoredCallFile
  | StoredScanCall

/** A call that is placed later, again, or as fast as it may. */
export interface PlanCall {
  readonly from: Address
  readonly to: Address
  /** 1–600. */
  readonly seconds: number
  readonly work: PlannedWork
  /** Absent: as soon as it may. */
  readonly at?: Date | undefined
  /** No attempt begins after it. */
  readonly until?: Date | undefined
  readonly retry: RetryRules
  readonly hours?: CallHours | undefined
  /** -100 to 100; higher ones go first. */
  readonly priority: number
  readonly account?: string | undefined
}

export interface DialerDesk {
  /** Its row is in the store. @throws Problem `destination_not_allowed`, `invalid_request` for hours that never come */
  plan(request: PlanCall): Promise<PlannedCallRow>
  /** As it stands in a schedule. @throws as `plan` */
  check(request: Omit<PlanCall, 'at' | 'until'>): Promise<StoredScheduledCall>
  /** Its call is hung up where it has one. @throws Problem `not_found`, `call_ended` for one that is over */
  cancel(id: string, sentence?: string): Promise<PlannedCallRow>
  readonly rules: DialerRules
  setRules(rules: DialerRules): Promise<void>
  /** @throws Problem `destination_not_allowed` where the list names it */
  checkListed(to: Address, field: string): Promise<void>
  /** The do-not-call list. `delete`: whether it had it. */
  readonly doNotCall: {
    put(row: DoNotCallRow): Promise<DoNotCallRow>
    delete(prefix: string): Promise<boolean>
  }
  /** As `plan`, in a transaction of the caller, who calls `told` once that is through. */
  put(db: Db, request: PlanCall): Promise<PlannedCallRow>
  told(row: Pick<PlannedCallRow, 'id'>): void
  /** When the rules let this be called, milliseconds since 1970; `undefined`: not within eight days. */
  opens(to: Address): Promise<number | undefined>
  /** Something in the store changed. */
  wake(): void
}

/** Who is told what, by which way. Everything in it was checked. */
export interface NewBroadcast {
  readonly name: string
  readonly way: BroadcastWay
  readonly plan: StoredBroadcast
  readonly account?: string | undefined
  /** Absent: at once. */
  readonly startAt?: Date | undefined
  readonly audience: ContactFilter
  /** Further rounds, for whom it is for by then. */
  readonly repeat?: { readonly cron: string; readonly zone: string } | undefined
}

/** One message to many contacts. */
export interface BroadcastDesk {
  /** It and everybody that it is for are in the store. */
  create(request: NewBroadcast): Promise<{ readonly row: BroadcastRow; readonly contacts: number }>
  /** What it would be, as contacts are now. */
  estimate(request: NewBroadcast, prices: Prices | undefined): Promise<Estimate>
  /** Nothing more is begun; what carriers have and calls that ring go on. @throws Problem `not_found`, `conflict` */
  pause(id: string): Promise<BroadcastRow>
  /** @throws as `pause` */
  resume(id: string): Promise<BroadcastRow>
  /** As `pause`, for good. @throws as `pause` */
  cancel(id: string): Promise<BroadcastRow>
}

/** What a company posts. */
export interface CarrierPost {
  readonly carrier: string
  /** What it is about (`texts`, `reports`), or a secret, as the company has it in its path. */
  readonly kind: string
  /** Where the path has one beside what it is about. */
  readonly secret?: string
  /** With its query. */
  readonly url: string
  header(name: string): string | undefined
  /** Of a form, decoded. */
  readonly pairs: readonly (readonly [name: string, value: string])[]
  readonly body: unknown
}

export interface CarrierDoor {
  /** Resolves when it is in the store. */
  take(post: CarrierPost): Promise<'taken' | 'not_allowed' | 'not_understood'>
}

/** A company asks about a call. */
export interface VoicePost {
  readonly carrier: string
  /** What stands in the path behind its name. */
  readonly path: readonly string[]
  /** With its query. */
  readonly url: string
  header(name: string): string | undefined
  /** Of a form, decoded. */
  readonly pairs: readonly (readonly [name: string, value: string])[]
  readonly fields: Readonly<Record<string, string>>
}

export interface VoiceDoor {
  /** `unknown`: a call that nobody here has to do with. */
  take(
    post: VoicePost,
  ): Promise<
    | { readonly kind: 'document'; readonly xml: string }
    | { readonly kind: 'unknown' | 'not_allowed' | 'not_understood' }
  >
  /** The document for a call that the company posts about elsewhere, where it is one that is driven from here. */
  ofCall(carrier: string, fields: Readonly<Record<string, string>>): Promise<string | undefined>
  /** What a company may fetch by this name. */
  audio(
    token: string,
  ):
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | undefined
}

export interface TextRequest {
  /** Absent: by the rules, else a number of the receiver's country; the service itself to an extension. */
  readonly from?: string
  /** E.164, or the username of an extension. */
  readonly to: string
  readonly body: string
  readonly key?: string
  /** Never sent again where it is not known whether it went out. */
  readonly once?: boolean
  /** After so long without a report it counts as not delivered. */
  readonly reportSeconds?: number
}

/** Texts on their way out. */
export interface TextDesk {
  /**
   * Queues a text in a transaction of the caller, who calls `told` once that is through.
   * @throws Problem `opted_out`, `invalid_request` where nobody could be shown as the sender
   */
  put(db: Db, text: TextRequest): Promise<QueuedMessage>
  /** As `put`, many at once, each with its own refusal. @param texts no key twice. @returns in their order */
  putAll(db: Db, texts: readonly TextRequest[]): Promise<readonly (QueuedMessage | Problem)[]>
  told(row: MessageRow): void
  /** @throws Problem `invalid_request` where nobody could be shown */
  senderFor(to: string): Promise<string>
  isOptedOut(from: string, to: string, db?: Db): Promise<boolean>
  /** Whether texts may go out in this name, beside extensions and numbers. */
  isSender(from: string): boolean
  /** Names of the companies that carry texts. */
  readonly carriers: readonly string[]
  readonly rules: TextRules
  setRules(rules: TextRules): Promise<void>
}

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly sentence: string }

/** Somebody is to be put through to a branch of a phone menu. */
export interface StartConnection {
  readonly number: Address
  readonly to: Address
  /** What both see as their caller. */
  readonly from: Address
  readonly way: readonly { readonly press: string; readonly hear?: string }[]
  /** What is known of the menus on the way; that of `way` unless given. */
  readonly steps?: readonly TravelStep[]
  /** How long `to` rings, 1–600. */
  readonly seconds: number
  readonly record: boolean
}

export interface ConnectionDesk {
  /** Its row is in the store when this resolves. Rejects with a `Problem` as `Phone.place` does, and with `not_supported`. */
  start(request: StartConnection): Promise<Id<'connection'>>
}

/** Conferences that are open. */
export interface ConferenceDesk {
  all(): readonly Room[]
  /** By its name or its id. */
  find(key: string): Room | undefined
  /** The row is in the store and samples are written when this resolves. One at a time: a second one ends the first. */
  record(room: Room, maxSeconds: number | undefined): Promise<RecordingId>
  /** Resolves when the recording is kept. False: it does not run. */
  stopRecording(id: RecordingId): Promise<boolean>
}

/** What the API asks of the running phone; `main.ts` gives it. */
export interface Phone {
  /**
   * Starts to ring `from` and resolves with the call as soon as its row is in the store; how it goes on is to be read
   * there. Rejects with a `Problem`: `destination_not_allowed`, `not_reachable` (no phone registered, no trunk),
   * `too_many_calls`, `overloaded`, `starting`, `shutting_down`.
   */
  place(request: PlaceCall): Promise<{ readonly id: CallId }>
  /** As `place`, but rings `to` alone; what it is driven by says what happens once it has answered. */
  placeDriven(request: PlaceDriven): Promise<{ readonly id: CallId }>
  /**
   * Takes on an action; it is in the store when this resolves. Rejects with a `Problem`: `call_ended`, `call_ringing`,
   * `call_not_driven`,
   * `block_running`, `on_hold`, `not_supported`, `destination_not_allowed`.
   */
  act(call: CallId, action: Action): Promise<StartedAction>
  /**
   * Why actions could not be done here: what the engine lacks, destinations that are not allowed.
   * @param call that they are for, where that is known; it tells which engine carries them
   */
  checkPlan(actions: readonly PlannedAction[], call?: PlannedParties): Promise<readonly FieldFault[]>
  /** Hangs up a call that is up or ringing; resolves when its end is in the store. False: no such call is alive. */
  hangUp(id: CallId): Promise<boolean>
  readonly conferences: ConferenceDesk
  contactsOf(username: string): readonly ExtensionContact[]
  /** Our own first. */
  engines(): readonly EngineState[]
  /** `undefined` for a trunk that the phone has not been told of. */
  trunkState(id: string): TrunkState | undefined
  /** An extension, trunk, number, forward, flow or menu changed in the store; resolves when calls follow it. */
  reload(what: 'extensions' | 'trunks' | 'numbers' | 'forwards' | 'flows' | 'menus'): Promise<void>
  readiness(): { readonly sip: Readiness; readonly media: Readiness }
}

export interface StartScan {
  readonly to: Address
  readonly from: Address
  readonly name?: string
  /** What is not given has its default. */
  readonly choice: object
}

/** Scans of phone menus. */
export interface ScanDesk {
  /** Its first call is placed once this has resolved. @throws Problem `destination_not_allowed`, `in_use` */
  start(request: StartScan): Promise<ScanRow>
  /** @throws Problem `not_found`, `destination_not_allowed` */
  goOn(id: string): Promise<ScanRow>
  /** Its calls are hung up. @throws Problem `not_found` */
  stop(id: string): Promise<ScanRow>
  tree(id: string): Promise<ScanTree>
  /** Calls that it has now. */
  liveCalls(id: string): number
}

/** Menus and programs behind service codes. */
export interface UssdAnswers {
  /** The next screen of a session. */
  answer(request: UssdRequest): Promise<UssdReply>
}

/** What a gateway tells of a call that it placed for us, or that came to its number. */
export interface VoiceNotice {
  readonly session: string
  /** Ours of the call, where it was given one. */
  readonly request?: string
  readonly active: boolean
  /** Who calls and who is called: which of them is ours differs. E.164 where they are numbers. */
  readonly parties: readonly string[]
  readonly seconds?: number
  /** Why it ended. */
  readonly cause?: string
}

/** Where a message went. */
export type Communicated =
  | { readonly kind: 'text'; readonly id: string }
  | { readonly kind: 'call'; readonly id: string }
  | { readonly kind: 'voice_message'; readonly id: string }

/** What gateways post about texts and calls. */
export interface GatewayDesk {
  /** False: it is no report. */
  reported(posted: Readonly<Record<string, string>>): Promise<boolean>
  /** False: it is no text. */
  received(posted: Readonly<Record<string, string>>): Promise<boolean>
  /** By text, or by a call to whom the last text did not reach. @param to E.164. @throws Problem */
  communicate(to: string, message: string): Promise<Communicated>
  /** What is to be spoken in this call now; `undefined`: nothing. */
  voice(notice: VoiceNotice): Promise<string | undefined>
}
