import { putU32, RTP_HEADER, u16 } from '../rtp/packet.ts'
import type { HmacSha1 } from './hmac-sha1.ts'

/** Octets of an RTCP packet that stay readable: its first header and the SSRC. */
export const RTCP_CLEAR = 8
/** Octets of the index that stands behind an RTCP packet. */
export const RTCP_INDEX = 4

/** Octets of an RTP header with its sources and its extension, which stay readable (RFC 3711 §3.1); 0 where it is not whole. */
export function headerLength(a: Uint8Array, at: number, length: number): number {
  if (length < RTP_HEADER || a[at]! >> 6 !== 2) return 0
  let octets = RTP_HEADER + (a[at]! & 0x0f) * 4
  if ((a[at]! & 0x10) !== 0) {
    if (octets + 4 > length) return 0
    octets += 4 + u16(a, at + octets + 2) * 4
  }
  return octets > length ? 0 : octets
}

const rollover = new Uint8Array(4)

/** The tag of an RTP packet covers the rollover counter, which is not sent (RFC 3711 §4.2). */
export function tagOf(
  hmac: HmacSha1,
  a: Uint8Array,
  at: number,
  length: number,
  rounds: number,
  out: Uint8Array,
): void {
  putU32(rollover, 0, rounds)
  hmac.update(a, at, length)
  hmac.update(rollover, 0, 4)
  hmac.digest(out)
}

/** In the same time wherever they differ. */
export function sameTag(tag: Uint8Array, a: Uint8Array, at: number, length: number): boolean {
  let differ = 0
  for (let i = 0; i < length; i++) differ |= tag[i]! ^ a[at + i]!
  return differ === 0
}
