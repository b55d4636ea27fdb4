import type { Address } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { OriginateRequest } from '../phone/engine.ts'
import type { CallId } from '../phone/id.ts'
import type { CallEnd } from '../phone/reason.ts'
import type { PlannedCallRow } from '../store/planned-calls.ts'

/** An attempt of the dialer. */
export interface PlannedRun {
  readonly id: CallId
  /** Who is rung, and who they see. */
  readonly to: Address
  readonly from: Address
  /** The parties as they stand in the row of the call. */
  readonly shown: { readonly from: Address; readonly to: Address }
  readonly seconds: number
  /** What the call asks for. */
  readonly wishes: Pick<OriginateRequest, 'trunk' | 'codecs' | 'early'>
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

/** What a call file asks of its call. */
export function wishesOf({ does }: PlannedCallRow): PlannedRun['wishes'] {
  if (does.kind !== 'call_file') return {}
  const { trunk, codecs, early = false } = does
  return { early, ...(trunk === undefined ? {} : { trunk }), ...(codecs === undefined ? {} : { codecs }) }
}
