import type { Address } from './address.ts'
import type { ReasonLink } from './reason.ts'
import type { JoinOptions, RoomLeave, RoomName } from './room.ts'

/** Where a call is handed over to. A room with the name `` is a new one; what it is called stands in `TransferEnd` and in the story. */
export type TransferTarget =
  | Exclude<Address, { kind: 'anonymous' }>
  | { readonly kind: 'room'; readonly room: RoomName; readonly join?: JoinOptions }

export interface TransferOptions {
  /** How long the target rings, 1–600; 60 unless given. */
  readonly seconds?: number
  /** What the target sees as the caller; the remote party unless given. */
  readonly from?: Address
  /** E.164 of ours that the call is for, whose trunk is used; the number that it came in to unless given. */
  readonly number?: string
  /** What becomes of the call when the target does not answer; `hangup` unless given. */
  readonly onFailure?: 'hangup' | 'continue'
  /** The other side is asked to call the target itself (REFER) and leaves us; where it does not, the target is dialled as ever. */
  readonly refer?: boolean
}

/**
 * After `transferred` and `left` the call is hung up; after `failed` too, unless `onFailure` is `continue`: then it goes on
 * with the next block. After `stopped`, by `Call.stop`, it goes on in any case.
 */
export type TransferEnd =
  | { readonly kind: 'transferred'; readonly target: Address; readonly seconds: number }
  | { readonly kind: 'left'; readonly leave: RoomLeave }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly attempts: readonly ReasonLink[]; readonly sentence: string }
