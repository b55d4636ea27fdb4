import type { Dialog } from '../dialog/dialog.ts'
import type { Negotiation } from '../sdp/offer-answer.ts'

interface TakingBase {
  readonly phase: Negotiation['phase']
  /** Our side of the media is known. */
  readonly described: boolean
}

/** How things stand where a request comes in a dialog that may bring an offer. */
export type Taking = TakingBase &
  (
    | {
        /** With an offer, or asking for ours. */
        readonly method: 'INVITE'
        readonly state: Dialog['state'] | undefined
        /** A re-INVITE of ours has no final answer. */
        readonly asking: boolean
        /** A 2xx of ours waits for its ACK. */
        readonly accepting: boolean
      }
    | { readonly method: 'UPDATE'; readonly offers: boolean }
  )

/**
 * Why nothing can be agreed on now (RFC 3261 §14.2, RFC 3311 §5.2): 491 where our own offer is under way, 500 (with Retry-After)
 * where theirs is not answered yet; `undefined` where it can.
 */
export function refusalOfOffer(taking: Taking): 491 | 500 | undefined {
  const { phase, described } = taking
  switch (taking.method) {
    case 'INVITE':
      if (taking.state !== 'confirmed' || !described) return 500
      if (phase !== 'stable' || taking.asking) return 491
      return taking.accepting ? 500 : undefined
    case 'UPDATE':
      if (!taking.offers) return undefined
      if (phase === 'offer_sent') return 491
      return phase === 'offer_received' || !described ? 500 : undefined
  }
}
