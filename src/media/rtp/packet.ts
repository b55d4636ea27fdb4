/** Fields of one RTP packet; one of these is used again for every packet. */
export interface RtpHeader {
  payloadType: number
  marker: boolean
  /** 16 bit. */
  sequence: number
  /** 32 bit, unsigned. */
  timestamp: number
  ssrc: number
  /** Where the payload stands in the array that was read. */
  payloadAt: number
  payloadLength: number
}

export const newRtpHeader = (): RtpHeader => ({
  payloadType: 0,
  marker: false,
  sequence: 0,
  timestamp: 0,
  ssrc: 0,
  payloadAt: 0,
  payloadLength: 0,
})

export const RTP_HEADER = 12

export const u16 = (a: Uint8Array, at: number): number => (a[at]! << 8) | a[at + 1]!

export const u32 = (a: Uint8Array, at: number): number =>
  ((a[at]! << 24) | (a[at + 1]! << 16) | (a[at + 2]! << 8) | a[at + 3]!) >>> 0

export function putU16(a: Uint8Array, at: number, value: number): void {
  a[at] = value >>> 8
  a[at + 1] = value
}

export function putU32(a: Uint8Array, at: number, value: number): void {
  a[at] = value >>> 24
  a[at + 1] = value >>> 16
  a[at + 2] = value >>> 8
  a[at + 3] = value
}

/** RFC 5761 §4: with rtcp-mux, payload types 64–95 of the RTP reading are RTCP packet types 192–223. */
export const looksLikeRtcp = (a: Uint8Array, at: number, length: number): boolean =>
  length >= 8 && a[at]! >> 6 === 2 && a[at + 1]! >= 192 && a[at + 1]! <= 223

/** RFC 3550 §5.1. False when it is not a whole RTP packet; `into` is then half written. */
export function readRtp(a: Uint8Array, at: number, length: number, into: RtpHeader): boolean {
  if (length < RTP_HEADER) return false
  const first = a[at]!
  if (first >> 6 !== 2) return false
  let start = RTP_HEADER + (first & 0x0f) * 4
  if ((first & 0x10) !== 0) {
    if (start + 4 > length) return false
    start += 4 + u16(a, at + start + 2) * 4
  }
  let end = length
  if ((first & 0x20) !== 0) {
    const padding = a[at + length - 1]!
    if (padding === 0) return false
    end -= padding
  }
  if (start > end) return false
  const second = a[at + 1]!
  into.marker = second >= 128
  into.payloadType = second & 0x7f
  into.sequence = u16(a, at + 2)
  into.timestamp = u32(a, at + 4)
  into.ssrc = u32(a, at + 8)
  into.payloadAt = at + start
  into.payloadLength = end - start
  return true
}

export function writeRtpHeader(
  a: Uint8Array,
  at: number,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  a[at] = 0x80
  a[at + 1] = (marker ? 0x80 : 0) | payloadType
  putU16(a, at + 2, sequence)
  putU32(a, at + 4, timestamp)
  putU32(a, at + 8, ssrc)
}

/** Signed distance from `b` to `a` on the 16 bit circle of sequence numbers. */
export const sequenceDistance = (a: number, b: number): number => ((a - b) << 16) >> 16

/** Signed distance from `b` to `a` on the 32 bit circle of timestamps. */
export const timestampDistance = (a: number, b: number): number => (a - b) | 0
