import { randomInt } from 'node:crypto'
import { FRAME } from '../jitter/ring.ts'
import { RTP_HEADER, type RtpHeader, sequenceDistance, timestampDistance, writeRtpHeader } from '../rtp/packet.ts'
import { isNewer } from '../rtp/reception.ts'
import { writeEvent } from '../rtp/telephone-event.ts'

/** -10 dBm0, what most phones say. */
const EVENT_VOLUME = 10

/**
 * The RTP stream that we send: one SSRC, one clock, one run of sequence numbers, whether its packets are made here or
 * come across a bridge. A run of forwarded packets keeps the gaps and the order it came with.
 */
export class Outgoing {
  readonly ssrc = randomInt(1, 2 ** 32)
  packets = 0
  /** Payload octets. */
  bytes = 0
  /** Of the next frame made here. */
  timestamp = randomInt(0, 2 ** 32)
  /** From the lower half: a receiver of SRTP that misses the first packets across a rollover would guess wrong (RFC 3711 §3.3.1). */
  #sequence = randomInt(0, 2 ** 15)
  #marker = true
  #eventAt = 0
  /** Packets made here came in between, or the other source began anew: the mapping is made again. */
  #unmapped = true
  #firstMapped = 0
  #sequenceOffset = 0
  #timestampOffset = 0

  /** The clock goes on by 20 ms, whether something was sent or not. */
  advance(): void {
    this.timestamp = (this.timestamp + FRAME) >>> 0
  }

  /** After a pause in sending: the next packet begins a talk spurt. */
  pause(): void {
    this.#marker = true
  }

  /** The next forwarded packet is from another source, or after a pause. */
  unmap(): void {
    this.#unmapped = true
  }

  /** Header for FRAME octets of audio that stand behind it already. @returns octets of the packet */
  audio(packet: Uint8Array, payloadType: number): number {
    this.#head(packet, payloadType, this.#marker, this.timestamp)
    this.#marker = false
    return this.#made(FRAME)
  }

  /** One telephone-event packet; the first of a press carries the marker, all of them its first timestamp. */
  event(packet: Uint8Array, payloadType: number, event: number, frame: number, duration: number, end: boolean): number {
    if (frame === 0) this.#eventAt = this.timestamp
    this.#head(packet, payloadType, frame === 0, this.#eventAt)
    writeEvent(packet, RTP_HEADER, event, end, EVENT_VOLUME, duration)
    return this.#made(4)
  }

  /**
   * Header for a packet that came across a bridge; its payload stands behind the header already.
   * @returns octets of the packet, 0 when it is older than the bridge and cannot be sent
   */
  forward(packet: Uint8Array, payloadType: number, source: RtpHeader): number {
    let marker = source.marker
    if (this.#unmapped) {
      this.#unmapped = false
      this.#firstMapped = source.sequence
      this.#sequenceOffset = this.#sequence - source.sequence
      this.#timestampOffset = this.timestamp - source.timestamp
      marker = true
    } else if (sequenceDistance(source.sequence, this.#firstMapped) < 0 && !this.#farFromFirst(source.sequence))
      return 0
    const sequence = (source.sequence + this.#sequenceOffset) & 0xffff
    const timestamp = (source.timestamp + this.#timestampOffset) >>> 0
    writeRtpHeader(packet, 0, payloadType, marker, sequence, timestamp, this.ssrc)
    const next = (sequence + 1) & 0xffff
    if (isNewer(next, this.#sequence)) this.#sequence = next
    // What is made here later must not go back behind what was forwarded.
    if (timestampDistance(timestamp, this.timestamp) > 0) this.timestamp = timestamp
    this.packets++
    this.bytes += source.payloadLength
    return RTP_HEADER + source.payloadLength
  }

  /** Half way round the circle "older" turns to "newer"; only what is close behind the first one is really older. */
  #farFromFirst(sequence: number): boolean {
    return sequenceDistance(sequence, this.#firstMapped) < -1000
  }

  #head(packet: Uint8Array, payloadType: number, marker: boolean, timestamp: number): void {
    writeRtpHeader(packet, 0, payloadType, marker, this.#sequence, timestamp, this.ssrc)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#unmapped = true
  }

  #made(payload: number): number {
    this.packets++
    this.bytes += payload
    return RTP_HEADER + payload
  }
}
