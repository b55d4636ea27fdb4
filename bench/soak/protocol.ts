/** What the process that calls is asked. */
export type SoakQuestion =
  /** Listens for webhooks, and signs the one in who is transferred to; answers with its port. */
  | { readonly kind: 'listen'; readonly sipPort: number; readonly rtpPorts: Ports; readonly agent: Login }
  /** So many calls at once, one after the other, for so long. */
  | { readonly kind: 'run'; readonly calls: number; readonly seconds: number; readonly number: string }

export interface Login {
  readonly username: string
  readonly password: string
}

export interface SoakFault {
  readonly sentence: string
  /** Absent where nothing was told of it. */
  readonly call?: string
}

export interface SoakRun {
  readonly calls: number
  /** The first of the calls that were not as they should be, and how many there were. */
  readonly faults: readonly SoakFault[]
  readonly faulty: number
  /** Webhooks that came. */
  readonly told: number
  readonly most: number
  /** For how long the callers did nothing, at the longest: of late calls, what is their own fault. */
  readonly longestPauseMs: number
}

/** An even port and those up to `to`, which is one of them. */
export interface Ports {
  readonly from: number
  readonly to: number
}
