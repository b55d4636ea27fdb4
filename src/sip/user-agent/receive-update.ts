import type { NegotiatedMedia } from '../sdp/media.ts'
import type { SessionTimer } from '../session-timer/session-timer.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import type { SessionHost } from './host.ts'
import { refuseBody, retryAfter } from './refuse.ts'
import type { SessionMedia } from './session-media.ts'

/**
 * Answers an UPDATE (RFC 3311 §5.2), whose offer, if any, is answered in its 200.
 * @param timer absent in an early dialog
 * @returns `undefined` where it was refused
 */
export function receiveUpdate(
  host: SessionHost,
  transaction: ServerTransaction,
  sdp: SessionMedia,
  timer: SessionTimer | undefined,
): { readonly media?: NegotiatedMedia } | undefined {
  const { request } = transaction
  const terms = timer?.answer(request.headers)
  if (terms?.kind === 'too_small') {
    host.respond(transaction, 422, { headers: terms.headers })
    return undefined
  }
  const contact = host.contact(transaction.flow, transaction.request.uri.scheme === 'sips')
  const headers = [...host.extensions, ...(terms?.headers ?? [])]
  if (request.body.length === 0) {
    host.respond(transaction, 200, { contact, headers })
    if (terms !== undefined) timer?.agree(terms)
    return {}
  }
  if (sdp.phase === 'offer_sent') {
    host.respond(transaction, 491)
    return undefined
  }
  if (sdp.phase === 'offer_received' || sdp.local === undefined) {
    host.respond(transaction, 500, { headers: retryAfter() })
    return undefined
  }
  const taken = sdp.takeOffer(request, sdp.local)
  if (taken.kind === 'fault') {
    refuseBody(host, transaction, taken)
    return undefined
  }
  host.respond(transaction, 200, { contact, headers, body: sdp.body()! })
  if (terms !== undefined) timer?.agree(terms)
  return taken.media === undefined ? {} : { media: taken.media }
}
