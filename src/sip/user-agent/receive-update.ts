import type { NegotiatedMedia } from '../sdp/media.ts'
import type { SessionTimer } from '../session-timer/session-timer.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import type { SessionHost } from './host.ts'
import { refusalOfOffer } from './offer-comes.ts'
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
  const { phase, local } = sdp
  const refusal = refusalOfOffer({
    ...{ method: 'UPDATE', phase, described: local !== undefined },
    offers: request.body.length > 0,
  })
  if (refusal !== undefined) {
    host.respond(transaction, refusal, { headers: refusal === 500 ? retryAfter() : [] })
    return undefined
  }
  if (request.body.length === 0 || local === undefined) {
    host.respond(transaction, 200, { contact, headers })
    if (terms !== undefined) timer?.agree(terms)
    return {}
  }
  const taken = sdp.takeOffer(request, local)
  if (taken.kind === 'fault') {
    refuseBody(host, transaction, taken)
    return undefined
  }
  host.respond(transaction, 200, { contact, headers, body: sdp.body()! })
  if (terms !== undefined) timer?.agree(terms)
  return taken.media === undefined ? {} : { media: taken.media }
}
