import { putU16, putU32, u16, u32 } from './packet.ts'

// RFC 3550 §6: compound packets of SR or RR, SDES with a CNAME, and BYE.

const SENDER_REPORT = 200
const RECEIVER_REPORT = 201
const SOURCE_DESCRIPTION = 202
const GOODBYE = 203
/** Seconds from 1900 (NTP) to 1970. */
const NTP_EPOCH = 2208988800
const REPORT_BLOCK = 24

export interface SenderInfo {
  /** RTP timestamp of now. */
  readonly timestamp: number
  readonly packets: number
  readonly octets: number
}

export interface ReportBlock {
  readonly ssrc: number
  /** 0–255 of 256. */
  readonly fractionLost: number
  /** 24 bit signed. */
  readonly lost: number
  readonly highest: number
  /** In timestamp units. */
  readonly jitter: number
  /** Middle 32 bits of the NTP time of the last sender report, 0 when there was none. */
  readonly lastReport: number
  /** Since then, in 1/65536 s. */
  readonly sinceLastReport: number
}

/** Middle 32 bits of the NTP time: the unit is 1/65536 s. */
export function middleNtp(wallMs: number): number {
  const seconds = Math.floor(wallMs / 1000) + NTP_EPOCH
  const fraction = Math.floor(((wallMs % 1000) / 1000) * 65536)
  return (((seconds & 0xffff) << 16) | fraction) >>> 0
}

/** Writes SR (or RR without `sender`), SDES, and BYE when asked. @returns octets written */
export function writeRtcp(
  a: Uint8Array,
  ssrc: number,
  wallMs: number,
  sender: SenderInfo | undefined,
  block: ReportBlock | undefined,
  cname: Uint8Array,
  bye: boolean,
): number {
  let at = 0
  const begin = at
  a[at] = 0x80 | (block ? 1 : 0)
  a[at + 1] = sender ? SENDER_REPORT : RECEIVER_REPORT
  putU32(a, at + 4, ssrc)
  at += 8
  if (sender) {
    putU32(a, at, Math.floor(wallMs / 1000) + NTP_EPOCH)
    putU32(a, at + 4, Math.floor(((wallMs % 1000) / 1000) * 4294967296))
    putU32(a, at + 8, sender.timestamp)
    putU32(a, at + 12, sender.packets)
    putU32(a, at + 16, sender.octets)
    at += 20
  }
  if (block) {
    putU32(a, at, block.ssrc)
    putU32(a, at + 4, (block.fractionLost << 24) | (Math.max(-0x800000, Math.min(0x7fffff, block.lost)) & 0xffffff))
    putU32(a, at + 8, block.highest)
    putU32(a, at + 12, Math.round(block.jitter))
    putU32(a, at + 16, block.lastReport)
    putU32(a, at + 20, block.sinceLastReport)
    at += REPORT_BLOCK
  }
  putU16(a, begin + 2, (at - begin) / 4 - 1)

  const description = at
  a[at] = 0x81
  a[at + 1] = SOURCE_DESCRIPTION
  putU32(a, at + 4, ssrc)
  a[at + 8] = 1
  a[at + 9] = cname.length
  a.set(cname, at + 10)
  at += 10 + cname.length
  // The item list ends with one to four zero octets, up to the next 32 bit boundary.
  do a[at++] = 0
  while ((at - description) % 4 !== 0)
  putU16(a, description + 2, (at - description) / 4 - 1)

  if (bye) {
    a[at] = 0x81
    a[at + 1] = GOODBYE
    putU16(a, at + 2, 1)
    putU32(a, at + 4, ssrc)
    at += 8
  }
  return at
}

export interface RtcpListener {
  senderReport(ssrc: number, middleNtp: number): void
  reportBlock(block: ReportBlock): void
  bye(ssrc: number): void
}

/**
 * Reads a compound packet. What is whole in it is told to the listener as it is read.
 * @returns false when it does not start with a report (RFC 3550 A.2) or a length goes past the end
 */
export function readRtcp(a: Uint8Array, at: number, length: number, listener: RtcpListener): boolean {
  const end = at + length
  if (length < 8) return false
  const type = a[at + 1]!
  if (type !== SENDER_REPORT && type !== RECEIVER_REPORT) return false
  let next = at
  while (next < end) {
    if (next + 4 > end || a[next]! >> 6 !== 2) return false
    const stop = next + (u16(a, next + 2) + 1) * 4
    if (stop > end) return false
    if (!readOne(a, next, stop, listener)) return false
    next = stop
  }
  return true
}

function readOne(a: Uint8Array, at: number, stop: number, listener: RtcpListener): boolean {
  const count = a[at]! & 0x1f
  const type = a[at + 1]!
  switch (type) {
    case SENDER_REPORT:
    case RECEIVER_REPORT: {
      let block = at + (type === SENDER_REPORT ? 28 : 8)
      if (block + count * REPORT_BLOCK > stop) return false
      if (type === SENDER_REPORT) listener.senderReport(u32(a, at + 4), u32(a, at + 10))
      for (let i = 0; i < count; i++, block += REPORT_BLOCK) listener.reportBlock(readBlock(a, block))
      return true
    }
    case GOODBYE:
      if (at + 4 + count * 4 > stop) return false
      for (let i = 0; i < count; i++) listener.bye(u32(a, at + 4 + i * 4))
      return true
    default:
      // SDES, APP, feedback: nothing in them that we act on.
      return true
  }
}

const readBlock = (a: Uint8Array, at: number): ReportBlock => ({
  ssrc: u32(a, at),
  fractionLost: a[at + 4]!,
  lost: ((u32(a, at + 4) & 0xffffff) << 8) >> 8,
  highest: u32(a, at + 8),
  jitter: u32(a, at + 12),
  lastReport: u32(a, at + 16),
  sinceLastReport: u32(a, at + 20),
})
