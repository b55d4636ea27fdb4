/** The JSON that rows hold. The same shapes stand in `src/phone`, which this floor may not import. */

export type StoredAddress =
  | { readonly kind: 'number'; readonly e164: string; readonly raw: string; readonly name?: string }
  | { readonly kind: 'extension'; readonly username: string; readonly raw: string; readonly name?: string }
  | { readonly kind: 'uri'; readonly uri: string; readonly raw: string; readonly name?: string }
  | { readonly kind: 'anonymous'; readonly raw: string }

export type StoredAssignment =
  | { readonly kind: 'forward'; readonly forward: string }
  | { readonly kind: 'voicemail'; readonly forward: string }
  | { readonly kind: 'extension'; readonly username: string }
  | { readonly kind: 'notify'; readonly url: string; readonly fallbackUrl?: string; readonly token: string }
  | { readonly kind: 'api'; readonly idleSeconds?: number }
  | { readonly kind: 'flow'; readonly flow: string }
  | { readonly kind: 'menu'; readonly menu: string }
  | { readonly kind: 'application'; readonly application: string }

export interface StoredOutbound {
  readonly rule: 'none' | 'national' | 'international' | { readonly prefixes: readonly string[] }
  readonly maxCalls: number
}

export interface StoredTarget {
  readonly to: string
  readonly seconds: number
}

export interface StoredPrompts {
  readonly forwarding: string
  readonly unreachable: string
  readonly greeting: string
  readonly thanks: string
}

export interface StoredVoicemailLimits {
  readonly maxSeconds: number
  readonly silenceSeconds: number
}

export interface StoredForwardEmail {
  readonly to: string
  /** What is attached. */
  readonly audio: 'wav' | 'mp3' | 'none'
}

export interface StoredReason<By extends string = string, Code extends string = string> {
  readonly at: number
  readonly code: Code
  readonly target?: string
  readonly by: By
  readonly q850: number
  readonly sip?: number
  readonly sentence: string
}

export interface StoredEnd<By extends string = string, Code extends string = string> {
  readonly at: number
  readonly by: By
  readonly code: Code
  readonly q850: number
  readonly sip?: number
  readonly sentence: string
  readonly chain: readonly StoredReason<By, Code>[]
}

/** Blocks with branches, as they are run. Where a step leads is told by names. */
export interface StoredCallFlow {
  readonly steps: readonly {
    readonly name: string
    readonly does: object
    readonly branches: Readonly<Record<string, string>>
    readonly next?: string
  }[]
}

/** Where a registered phone was heard from, as the registrar wrote it; the store only keeps it. */
export type StoredFlow = Readonly<Record<string, unknown>>

export type StoredEventData = Readonly<Record<string, string | number | boolean | null>>

/** One request of a webhook, and what came of it. No credentials. */
export interface StoredTry {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly ms: number
  /** Absent where nothing answered. */
  readonly status?: number
  /** The first of it. */
  readonly response?: string
  /** Why it does not count as delivered. */
  readonly fault?: string
}

/** What carries the calls of a trunk. */
export type StoredEngine = 'embedded' | 'asterisk' | 'freeswitch' | 'africastalking' | 'plivo'

export type StoredOffer = 'early' | 'delayed'

export type StoredSrtp = 'off' | 'allowed' | 'required'

export interface StoredWord {
  readonly word: string
  readonly fromMs: number
  readonly toMs: number
  readonly confidence?: number
  readonly usual?: number
}

export type StoredTone = 'ringback' | 'busy' | 'congestion' | 'dial' | 'sit' | 'beep' | 'fax'

/** What a planned call does once it is answered. A saved flow is read when it is run. */
export type StoredPlan =
  | { readonly kind: 'connect'; readonly to: StoredAddress }
  | {
      readonly kind: 'api'
      readonly actions: readonly object[]
      readonly idleSeconds?: number
      readonly detect?: object
    }
  | { readonly kind: 'flow'; readonly flow: StoredCallFlow; readonly detect?: object }
  | { readonly kind: 'saved_flow'; readonly flow: string; readonly detect?: object }
  | StoredCallFile
  | StoredScanCall

/** A call of a scan. */
export interface StoredScanCall {
  readonly kind: 'scan'
  readonly scan: string
  /** By which the scan that waits for it knows it. */
  readonly key: string
}

/** One attempt at a call file. */
export interface StoredCallFile {
  readonly kind: 'call_file'
  /** Its path, and its inode: another file may have taken the name. */
  readonly file: string
  readonly inode: string
  /** From 1. */
  readonly attempt: number
  readonly action:
    | { readonly kind: 'application'; readonly application: string; readonly data: string }
    | { readonly kind: 'context'; readonly context: string; readonly extension: string; readonly priority: number }
  /** Id of the trunk that it names. */
  readonly trunk?: string
  /** It begins with audio that comes before the answer. */
  readonly early?: boolean
  /** What is offered, and nothing else. */
  readonly codecs?: readonly ('PCMU' | 'PCMA')[]
  /** In their order; names may repeat. */
  readonly variables: readonly (readonly [name: string, value: string])[]
}

/** Reason → how often, and after how many seconds. */
export type StoredRetry = Readonly<Record<string, { readonly times: number; readonly seconds: number }>>

export interface StoredHours {
  readonly zone?: string
  readonly from: string
  readonly to: string
  readonly days?: readonly number[]
}

/** What a schedule plans each time. */
export interface StoredScheduledCall {
  readonly to: StoredAddress
  readonly from: StoredAddress
  readonly does: StoredPlan
  readonly seconds: number
  readonly priority: number
  readonly account: string | null
  readonly retry: StoredRetry
  readonly hours: StoredHours | null
  /** Seconds after its time in which it is tried. */
  readonly withinSeconds: number | null
}

/** What a broadcast says, by which way, and when. */
export interface StoredBroadcast {
  /** Absent where it only calls. */
  readonly text?: { readonly body: string; readonly from?: string; readonly reportSeconds: number }
  /** Absent where it only texts. */
  readonly call?: StoredBroadcastCall
  readonly hours?: StoredHours
}

/** Further rounds of a broadcast, and whom they are for. */
export interface StoredRepeat {
  readonly cron: string
  readonly zone: string
  /** From 1. */
  readonly round: number
  readonly audience: {
    readonly groups?: readonly string[] | undefined
    readonly status?: 'new' | 'active' | 'inactive' | undefined
    readonly ids?: readonly string[] | undefined
  }
}

export interface StoredBroadcastCall {
  readonly from: StoredAddress
  /** A prompt of the phone. */
  readonly message: object
  /** Asks for this key after the message. */
  readonly confirm?: { readonly key: string; readonly ask: object; readonly thanks: object }
  /** `speak`: nobody is told apart from a machine. */
  readonly voicemail: 'leave' | 'hang_up' | 'speak'
  /** How long it rings. */
  readonly seconds: number
  /** At most so many to each contact. */
  readonly attempts: number
  /** From the end of one to the next. */
  readonly againSeconds: number
  readonly priority: number
}
