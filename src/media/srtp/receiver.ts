import type { SrtpKey } from '../plane.ts'
import { u16, u32 } from '../rtp/packet.ts'
import { DIGEST } from './hmac-sha1.ts'
import { type PacketKeys, sessionKeys } from './keys.ts'
import { headerLength, RTCP_CLEAR, RTCP_INDEX, sameTag, tagOf } from './packet.ts'
import { packetIndex, roundsOf } from './packet-index.ts'
import { ReplayWindow } from './replay-window.ts'

/** A far end has one SSRC, and another one after a transfer on its side. */
const MOST_SOURCES = 4

interface Source {
  readonly ssrc: number
  readonly window: ReplayWindow
}

/** What we get by SRTP (RFC 3711): the packets of one master key, of any SSRC (RFC 4568 §6.4). */
export class SrtpReceiver {
  readonly key: SrtpKey
  readonly #rtp: PacketKeys
  readonly #rtcp: PacketKeys
  readonly #mki: number
  readonly #sources: Source[] = []
  readonly #reporters: Source[] = []
  /** How far the sources were under the key before. */
  readonly #before: readonly { readonly ssrc: number; readonly highest: number }[]
  readonly #tag = new Uint8Array(DIGEST)

  /**
   * @param former what the far end used before: rollover counters outlast a change of the key (§3.3.1)
   * @throws MediaError `bad-remote`
   */
  constructor(key: SrtpKey, former?: SrtpReceiver) {
    this.key = key
    const { rtp, rtcp } = sessionKeys(key)
    this.#rtp = rtp
    this.#rtcp = rtcp
    this.#mki = key.mki ?? 0
    this.#before = former === undefined ? [] : former.#sources.map((s) => ({ ssrc: s.ssrc, highest: s.window.highest }))
  }

  /** Decrypts in place. @returns octets of the RTP packet; 0 where it is not authentic or came before */
  rtp(a: Uint8Array, at: number, length: number): number {
    const { cipher, tag } = this.#rtp
    const plain = length - tag - this.#mki
    const start = headerLength(a, at, plain)
    if (start === 0) return 0
    const ssrc = u32(a, at + 8)
    const known = find(this.#sources, ssrc)
    const sequence = u16(a, at + 2)
    let index = packetIndex(sequence, known?.window.highest ?? find(this.#before, ssrc)?.highest ?? -1)
    if (known?.window.has(index) === true) return 0
    if (!this.#authentic(a, at, length, roundsOf(index))) {
      // Libraries that make a new context with a new key count from 0 again.
      if (known !== undefined || roundsOf(index) === 0) return 0
      index = sequence
      if (!this.#authentic(a, at, length, 0)) return 0
    }
    // Only what is authentic takes a place.
    const source = known ?? keep(this.#sources, ssrc)
    source.window.add(index)
    const rounds = roundsOf(index)
    cipher.apply(a, at + start, plain - start, ssrc, rounds >>> 16, (rounds << 16) | (index & 0xffff))
    return plain
  }

  /** As `rtp`, for RTCP (§3.4). */
  rtcp(a: Uint8Array, at: number, length: number): number {
    const { cipher, hmac, tag } = this.#rtcp
    const covered = length - tag - this.#mki
    const plain = covered - RTCP_INDEX
    if (plain < RTCP_CLEAR) return 0
    const ssrc = u32(a, at + 4)
    const known = find(this.#reporters, ssrc)
    const word = u32(a, at + plain)
    const index = word & 0x7fff_ffff
    if (known?.window.has(index) === true) return 0
    hmac.update(a, at, covered)
    hmac.digest(this.#tag)
    if (!sameTag(this.#tag, a, at + length - tag, tag)) return 0
    const source = known ?? keep(this.#reporters, ssrc)
    source.window.add(index)
    if (word !== index) cipher.apply(a, at + RTCP_CLEAR, plain - RTCP_CLEAR, ssrc, 0, index)
    return plain
  }

  #authentic(a: Uint8Array, at: number, length: number, rounds: number): boolean {
    const { hmac, tag } = this.#rtp
    tagOf(hmac, a, at, length - tag - this.#mki, rounds, this.#tag)
    return sameTag(this.#tag, a, at + length - tag, tag)
  }
}

function find<T extends { readonly ssrc: number }>(sources: readonly T[], ssrc: number): T | undefined {
  for (let i = 0; i < sources.length; i++) if (sources[i]!.ssrc === ssrc) return sources[i]
  return undefined
}

function keep(sources: Source[], ssrc: number): Source {
  if (sources.length === MOST_SOURCES) sources.shift()
  const source = { ssrc, window: new ReplayWindow() }
  sources.push(source)
  return source
}
