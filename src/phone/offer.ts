/**
 * Who makes the offer of a call that we place (RFC 3264, RFC 3261 §13.2.1). `early`: we, in the INVITE. `delayed`: the other side, in its
 * answer, for gateways that choose the codec themselves; ours goes back in the ACK.
 */
export const offerPolicies = ['early', 'delayed'] as const
export type OfferPolicy = (typeof offerPolicies)[number]
