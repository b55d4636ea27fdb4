import type { NegotiatedMedia } from '../sdp/media.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import { readSdp } from './body.ts'
import type { SessionHost } from './host.ts'
import { refuseBody, retryAfter } from './refuse.ts'
import type { SessionMedia } from './session-media.ts'

export type Pracked =
  | { readonly kind: 'ok'; readonly media?: NegotiatedMedia }
  /** Our offer has no usable answer: the call cannot be. */
  | { readonly kind: 'incompatible'; readonly sentence: string }

/** Answers a PRACK that acknowledges something, with what it says about the media (RFC 3262 §5). @param offered our offer was in what it acknowledges */
export function receivePrack(
  host: SessionHost,
  transaction: ServerTransaction,
  sdp: SessionMedia,
  offered: boolean,
): Pracked {
  const { request } = transaction
  if (offered) {
    const read = readSdp(request)
    const step = read.kind === 'media' ? sdp.step({ kind: 'answer_received', remote: read.media, final: true }) : read
    host.respond(transaction, 200)
    if (step.kind === 'ok') return step.media === undefined ? { kind: 'ok' } : { kind: 'ok', media: step.media }
    const sentence = step.kind === 'fault' ? step.sentence : 'The PRACK has no answer to our offer.'
    return { kind: 'incompatible', sentence }
  }
  if (request.body.length === 0) {
    host.respond(transaction, 200)
    return { kind: 'ok' }
  }
  if (!sdp.settled || sdp.local === undefined) {
    // As with UPDATE (RFC 3311 §5.2): their own offer has no answer yet.
    host.respond(transaction, 500, { headers: retryAfter() })
    return { kind: 'ok' }
  }
  const taken = sdp.takeOffer(request, sdp.local)
  if (taken.kind === 'fault') {
    refuseBody(host, transaction, taken)
    return { kind: 'ok' }
  }
  host.respond(transaction, 200, { body: sdp.body()! })
  return taken.media === undefined ? { kind: 'ok' } : { kind: 'ok', media: taken.media }
}
