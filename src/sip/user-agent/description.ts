import type { Negotiation } from '../sdp/offer-answer.ts'

/** How an INVITE that came in stands. */
export interface Describing {
  readonly phase: Negotiation['phase']
  /** Offer and answer are done with. */
  readonly settled: boolean
  /** Whether provisional answers are to be acknowledged (RFC 3262). */
  readonly reliability: 'required' | 'supported' | 'none'
  /** An offer or answer of ours went out in an answer that is acknowledged. */
  readonly described: boolean
}

/** What an answer to an INVITE says of the media. */
export type Description =
  /** Our answer to the offer of the INVITE; not final where it must be said again. */
  | { readonly kind: 'answer'; readonly final: boolean }
  /** Our offer, as the INVITE had none. */
  | { readonly kind: 'offer' }
  /** What was said last, if anything was. */
  | { readonly kind: 'again' }
  | { readonly kind: 'nothing' }

export interface Said {
  /** It waits for its PRACK; a 2xx has its ACK. */
  readonly reliable: boolean
  readonly description: Description
}

/**
 * What goes out with an answer to an INVITE: where the INVITE had no offer, ours is in the first answer that is acknowledged
 * (RFC 3261 §13.2.1, RFC 3262 §5); where it had one, the answer is early in a 183, and for good once it is acknowledged.
 * @returns `undefined` where the answer must not be sent
 */
export function saidOf(status: 180 | 183 | 200, at: Describing): Said | undefined {
  const offered = at.phase === 'offer_received'
  const unasked = at.phase === 'stable' && !at.settled
  const must = at.reliability === 'required'
  const nothing: Description = at.described ? { kind: 'nothing' } : { kind: 'again' }
  switch (status) {
    case 180:
      // Who insists on 100rel and has no offer wants ours in the first of them (§5), and a phone that rings has none.
      if (must && unasked) return undefined
      return { reliable: must, description: must ? { kind: 'nothing' } : nothing }
    case 183: {
      const may = at.reliability !== 'none'
      if (offered) return { reliable: may, description: { kind: 'answer', final: may } }
      if (may && unasked) return { reliable: true, description: { kind: 'offer' } }
      return { reliable: must, description: must ? { kind: 'nothing' } : nothing }
    }
    case 200:
      if (offered) return { reliable: true, description: { kind: 'answer', final: true } }
      return { reliable: true, description: at.described ? { kind: 'nothing' } : { kind: 'offer' } }
  }
}
