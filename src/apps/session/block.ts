/** One piece of what a block says. */
export type MessagePart =
  | {
      readonly kind: 'speech'
      readonly text: string
      /** BCP 47. */
      readonly language: string
      readonly gender: 'female' | 'male'
    }
  | { readonly kind: 'url'; readonly url: string }

/** Never empty. */
export type Message = readonly MessagePart[]

interface Common {
  readonly message?: Message
  /** Echoed in notifications; at most 256 characters. */
  readonly tag?: string
  readonly notifyUrl?: string
}

/** A new call. */
export interface DialBlock extends Common {
  readonly kind: 'dial'
  readonly dest: string
  /** As it was written; `private` hides the caller. */
  readonly callerId?: string
  /** Of the whole talk, from the answer on. */
  readonly maxSeconds?: number
  /** How long it rings, 1–600. */
  readonly ringSeconds: number
}

export interface PlayBlock extends Common {
  readonly kind: 'play'
}

export interface GatherBlock extends Common {
  readonly kind: 'gather'
  readonly notifyUrl: string
  /** 1–255; 0: as many as are typed. */
  readonly maxDigits: number
  readonly timeoutSeconds: number
  /** How often the message is said while nothing is typed. */
  readonly attempts: number
}

export interface RecordBlock extends Common {
  readonly kind: 'record'
  readonly notifyUrl: string
  readonly maxSeconds: number
}

export interface MonitorBlock extends Common {
  readonly kind: 'monitor'
  readonly notifyUrl: string
  /** Where the recording is announced; `notifyUrl` unless given. */
  readonly monitorNotifyUrl?: string
}

export interface HoldBlock extends Common {
  readonly kind: 'hold'
}

export interface UnholdBlock extends Omit<Common, 'message'> {
  readonly kind: 'unhold'
}

export interface TransferBlock extends Common {
  readonly kind: 'transfer'
  readonly dest: string
  readonly callerId?: string
  readonly onFailure: 'hangup' | 'continue'
}

export interface HangupBlock extends Common {
  readonly kind: 'hangup'
  /** In the middle of any block; has no message then. */
  readonly force: boolean
}

/** What may follow on a call that is there. */
export type NextBlock =
  | PlayBlock
  | GatherBlock
  | RecordBlock
  | MonitorBlock
  | HoldBlock
  | UnholdBlock
  | TransferBlock
  | HangupBlock

export type Block = DialBlock | NextBlock
