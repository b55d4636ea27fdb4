import type { SrtpKey } from '../plane.ts'
import { putU32, u16, u32 } from '../rtp/packet.ts'
import { DIGEST } from './hmac-sha1.ts'
import { type PacketKeys, sessionKeys } from './keys.ts'
import { headerLength, RTCP_CLEAR, RTCP_INDEX, tagOf } from './packet.ts'
import { packetIndex, roundsOf } from './packet-index.ts'
import { ReplayWindow } from './replay-window.ts'

/** What we send by SRTP (RFC 3711): one SSRC, whose packets may go out of order. */
export class SrtpSender {
  readonly key: SrtpKey
  readonly #rtp: PacketKeys
  readonly #rtcp: PacketKeys
  readonly #used = new ReplayWindow()
  #rtcpIndex = 0
  readonly #tag = new Uint8Array(DIGEST)

  /** @throws MediaError `bad-remote` */
  constructor(key: SrtpKey) {
    this.key = key
    const { rtp, rtcp } = sessionKeys(key)
    this.#rtp = rtp
    this.#rtcp = rtcp
  }

  /**
   * Encrypts an RTP packet in place and puts its tag behind it.
   * @returns octets of the SRTP packet; 0 where it must not be sent: there is no room, or its index was used before, and the
   * same key stream twice would betray both packets (§9.1)
   */
  rtp(packet: Uint8Array, length: number): number {
    const { cipher, hmac, tag } = this.#rtp
    const start = headerLength(packet, 0, length)
    if (start === 0 || length + tag > packet.length) return 0
    const index = packetIndex(u16(packet, 2), this.#used.highest)
    if (this.#used.has(index)) return 0
    this.#used.add(index)
    const rounds = roundsOf(index)
    cipher.apply(packet, start, length - start, u32(packet, 8), rounds >>> 16, (rounds << 16) | (index & 0xffff))
    tagOf(hmac, packet, 0, length, rounds, this.#tag)
    for (let i = 0; i < tag; i++) packet[length + i] = this.#tag[i]!
    return length + tag
  }

  /** As `rtp`, for RTCP (§3.4). */
  rtcp(packet: Uint8Array, length: number): number {
    const { cipher, hmac, tag } = this.#rtcp
    const whole = length + RTCP_INDEX
    if (length < RTCP_CLEAR || whole + tag > packet.length) return 0
    const index = this.#rtcpIndex
    this.#rtcpIndex = (index + 1) & 0x7fff_ffff
    cipher.apply(packet, RTCP_CLEAR, length - RTCP_CLEAR, u32(packet, 4), 0, index)
    putU32(packet, length, 0x8000_0000 | index)
    hmac.update(packet, 0, whole)
    hmac.digest(this.#tag)
    for (let i = 0; i < tag; i++) packet[whole + i] = this.#tag[i]!
    return whole + tag
  }
}
