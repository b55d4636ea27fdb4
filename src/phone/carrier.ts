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

/** All methods reject with a `Problem`. */
export interface NumberInventory {
  /** Free numbers, lowest first. `contains`: digits that must stand in the number. */
  search(query: { readonly contains?: string; readonly limit: number }): Promise<readonly AvailableNumber[]>
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
  /** `ref`: what the carrier knows it by, for its reports. */
  | { readonly kind: 'sent'; readonly ref?: string }
  | { readonly kind: 'later'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly sentence: string }

export interface TextCarrier {
  send(text: OutgoingText): Promise<TextResult>
}
