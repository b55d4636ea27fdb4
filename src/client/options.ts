export interface ClientOptions {
  /** Id or name of an API token. */
  readonly appId: string
  /** The API token itself. */
  readonly accessToken: string
  /** Where the service is, e.g. `http://127.0.0.1:8080`. */
  readonly url: string
  /** Gives up after so many milliseconds; 30000 unless given. */
  readonly timeoutMs?: number
}

interface Said {
  /** Words, or `<speech language="en" gender="female">…</speech>` and `<url>…</url>`. */
  readonly msg?: string
  /** Echoed in notifications. */
  readonly tag?: string
  readonly notifyUrl?: string
}

export interface DialOptions extends Said {
  /** A number of yours, or `private`. */
  readonly callerId?: string
  /** Seconds of the whole talk. */
  readonly maxDuration?: number
  /** Seconds that it rings. */
  readonly ringTime?: number
}

export type PlayOptions = Omit<Said, 'msg'>

export interface GatherOptions extends Said {
  readonly notifyUrl: string
  /** 0–255; 0 for no limit. */
  readonly maxDigits?: number
  /** Seconds. */
  readonly timeout?: number
  readonly attempts?: number
}

export interface RecordOptions extends Said {
  readonly notifyUrl: string
  /** Seconds. */
  readonly maxDuration?: number
}

export interface MonitorOptions extends Said {
  readonly notifyUrl: string
  readonly monitorNotifyUrl?: string
}

export type HoldOptions = Said
export type UnholdOptions = Omit<Said, 'msg'>

export interface TransferOptions extends Said {
  readonly callerId?: string
  readonly onFailure?: 'hangup' | 'continue'
}

export interface HangupOptions extends Said {
  /** At once, in the middle of any block; without `msg`. */
  readonly force?: boolean
}
