import type { Dialog } from '../dialog/dialog.ts'

/** How a dialog stands, as far as it says whether we may offer. */
export interface Offering {
  readonly state: Dialog['state'] | undefined
  /** Offer and answer of the INVITE are done with, for good: in provisional answers only where those are acknowledged. */
  readonly settled: boolean
  /** A 2xx of ours waits for its ACK. */
  readonly accepting: boolean
  /** A provisional answer of ours waits for its PRACK. */
  readonly unacknowledged: boolean
  /** The other side said that it takes UPDATE. */
  readonly allowsUpdate: boolean
}

/**
 * What carries an offer of ours in a dialog: a re-INVITE once the call is up (RFC 3261 §14.1), an UPDATE before (RFC 3311 §5.1);
 * `undefined` where none may be sent now.
 */
export function offerWay(o: Offering): 'INVITE' | 'UPDATE' | undefined {
  switch (o.state) {
    case 'confirmed':
      return o.accepting ? undefined : 'INVITE'
    case 'early':
      return o.settled && !o.unacknowledged && o.allowsUpdate ? 'UPDATE' : undefined
    case 'terminated':
    case undefined:
      return undefined
  }
}
