import type { SipRequest, SipResponse } from '../message/message.ts'
import type { MediaDescription } from '../sdp/media-description.ts'
import { parseSdp } from '../sdp/sdp.ts'

export type ReadBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'media'; readonly media: MediaDescription }
  | { readonly kind: 'fault'; readonly status: 400 | 415 | 488; readonly sentence: string }

export const sdpType = 'application/sdp'

/** Media type in lower case, without parameters; '' where there is none. */
export function mediaType(message: SipRequest | SipResponse): string {
  return (message.headers.get('Content-Type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
}

/** The SDP of a message. multipart/mixed has its place here; until then it is 415. */
export function readSdp(message: SipRequest | SipResponse): ReadBody {
  if (message.body.length === 0) return { kind: 'none' }
  const type = mediaType(message)
  if (type !== sdpType) {
    return { kind: 'fault', status: 415, sentence: 'The body must be application/sdp.' }
  }
  if (/^(?!identity$)./i.test(message.headers.get('Content-Encoding') ?? '')) {
    return { kind: 'fault', status: 415, sentence: 'The body must not be compressed.' }
  }
  return parseSdp(message.body)
}
