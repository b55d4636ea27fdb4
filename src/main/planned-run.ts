import type { Address } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { Codec } from '../phone/engine.ts'
import type { CallId } from '../phone/id.ts'
import type { CallEnd } from '../phone/reason.ts'

/** An attempt of the dialer. */
export interface PlannedRun {
  readonly id: CallId
  /** Who is rung, and who they see. */
  readonly to: Address
  readonly from: Address
  /** The parties as they stand in the row of the call. */
  readonly shown: { readonly from: Address; readonly to: Address }
  readonly seconds: number
  /** Id of the trunk, where the call asks for one. */
  readonly trunk: string | undefined
  /** As in `OriginateRequest`. */
  readonly codecs: readonly Codec[] | undefined
  readonly account: string | undefined
  /** As in `OriginateRequest`. */
  beforeInvite(): Promise<() => void>
  /** What happens on the call, to its end. */
  answered(call: Call): Promise<void>
}

export interface PlannedEnd {
  readonly answered: boolean
  readonly end: CallEnd
}
