import type { TextOutcome } from './text-status.ts'

/** A company, or the local inventory, that gives numbers and carries texts. What one does not offer is absent. */
export interface Carrier {
  readonly name: string
  readonly numbers?: NumberInventory
  readonly texts?: TextCarrier
}

export interface AvailableNumber {
  readonly e164: string
  readonly carrier: string
  /** In the currency of the carrier; absent where it costs nothing. */
  readonly monthlyCost?: number
}

export interface NumberQuery {
  /** Digits that must stand in the number, at its beginning with a `+`. */
  readonly contains?: string
  /** Which numbers count besides, before they are cut to the limit. Of what a company lists at once, at most. */
  readonly accept?: (e164: string) => boolean
  readonly limit: number
}

/** All methods reject with a `Problem`. */
export interface NumberInventory {
  /** Free numbers, lowest first. */
  search(query: NumberQuery): Promise<readonly AvailableNumber[]>
  /** Rents one: the one named, or any. `number_taken` or `no_number_available` when there is none. */
  rent(e164?: string): Promise<AvailableNumber>
  release(e164: string): Promise<void>
}

export interface OutgoingText {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly body: string
}

/** `later`: nobody is there to take it now; the text stays queued and is tried when the receiver appears. */
export type TextResult =
  | { readonly kind: 'delivered' }
  /** `refs`: what the carrier knows it by, for its reports; one for each part that reports come for. */
  | { readonly kind: 'sent'; readonly refs?: readonly string[] }
  | { readonly kind: 'later'; readonly sentence: string }
  /**
   * It will never take this text. `rejected`: it says that the receiver, or its own rules, forbid it. `partly`: the receiver gets the
   * beginning of it, so no other carrier is given it.
   */
  | {
      readonly kind: 'failed' | 'rejected'
      readonly sentence: string
      readonly code?: TextCode
      readonly partly?: true
    }

/** Why a text is where it is, in a word that programs can rely on. */
export const textCodes = [
  /** No report came in time. */
  'no_report',
  /** Whether it went out is not known; it is not sent again. */
  'unsure',
  /** No carrier takes texts to there. */
  'no_carrier',
  /** The receiver said STOP. */
  'opted_out',
  /** Tried as often as it may be. */
  'gave_up',
  'bad_sender',
  'bad_receiver',
  'no_route',
  'no_credit',
  /** On a list of the carrier or the network, as spam, or by the receiver's wish. */
  'blocked',
  'absent',
  'expired',
  /** Any other fault that the carrier tells. */
  'carrier_fault',
] as const
export type TextCode = (typeof textCodes)[number]

/**
 * Rejects where a later try, or another carrier, may do: with `MaybeTaken` where the text may have gone out all the same, with
 * `Throttled` where the carrier asks to be left alone for a while.
 */
export interface TextCarrier {
  /** Whether it says what became of a text. */
  readonly reports?: boolean
  send(text: OutgoingText): Promise<TextResult>
}

/** The carrier gave no answer to what may have reached it. */
export class MaybeTaken extends Error {
  override readonly name = 'MaybeTaken'
}

/** It took nothing, since it is asked too often. */
export class Throttled extends Error {
  override readonly name = 'Throttled'
  /** How long it is to be left alone. */
  readonly ms: number
  constructor(sentence: string, ms: number) {
    super(sentence)
    this.ms = ms
  }
}

/** A text that came to a number of ours. */
export interface InboundText {
  /** Of the carrier; the same when it is told again. */
  readonly id: string
  /** E.164, or what else it came from: a short code. */
  readonly from: string
  readonly to: string
  readonly body: string
}

/** What a carrier tells of a text, or of a part of it, that went out. */
export interface DeliveryReport {
  /** What the carrier knows it by. */
  readonly ref: string
  /** Of the text here, where the report says it. */
  readonly message?: string
  /** Whom the text went to, where the report says it. */
  readonly to?: string
  readonly outcome: TextOutcome | 'pending'
  readonly sentence: string
  readonly code?: TextCode
}

/** What a carrier tells by itself. */
export type CarrierNews =
  | { readonly kind: 'text'; readonly text: InboundText }
  | { readonly kind: 'report'; readonly report: DeliveryReport }
  /** The receiver told the carrier, or told it no longer, to get no texts from this sender. */
  | { readonly kind: 'opt_out' | 'opt_in'; readonly sender: string; readonly receiver: string }
