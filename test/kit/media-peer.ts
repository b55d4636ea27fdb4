import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { g711 } from '../../src/media/codec/g711.ts'
import type { Codec } from '../../src/media/plane.ts'
import {
  looksLikeRtcp,
  newRtpHeader,
  RTP_HEADER,
  type RtpHeader,
  readRtp,
  writeRtpHeader,
} from '../../src/media/rtp/packet.ts'
import { eventOfKey, writeEvent } from '../../src/media/rtp/telephone-event.ts'

export interface HeardPacket {
  readonly at: number
  readonly payloadType: number
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  readonly payload: Uint8Array
}

const FRAME = 160
const payloadTypes: Readonly<Record<Codec, number>> = { PCMU: 0, PCMA: 8 }

/** The media of a virtual phone: a real UDP socket that plays samples at their pace and keeps what it hears. */
export class MediaPeer {
  readonly heard: HeardPacket[] = []
  /** Set it to lose, change or double packets: false drops one. */
  onSend: (packet: Uint8Array) => boolean = () => true
  /** RTCP that came to the port of RTP (rtcp-mux). */
  onRtcp: (packet: Uint8Array) => void = () => {}
  ssrc = 0x1234_5678
  sequence = 65_530
  timestamp = 0xffff_f000
  codec: Codec = 'PCMU'
  telephoneEvent = 101
  readonly #socket: Socket
  #waiting: { count: number; resolve: () => void }[] = []
  #target: { port: number; address: string } | undefined
  #marker = true

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (data) => this.#hear(data))
  }

  static async open(address = '127.0.0.1'): Promise<MediaPeer> {
    const socket = createSocket('udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    return new MediaPeer(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  connect(port: number, address = '127.0.0.1'): this {
    this.#target = { port, address }
    return this
  }

  /** Resolves when so many packets were heard in all. */
  async packets(count: number): Promise<HeardPacket[]> {
    if (this.heard.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
    return this.heard
  }

  /** Plays 16 bit samples in packets of `ptime` at their pace; resolves after the last. */
  async play(samples: Int16Array, ptime = 20): Promise<void> {
    const length = ptime * 8
    const start = performance.now()
    for (let at = 0, n = 0; at + length <= samples.length; at += length, n++) {
      await this.#until(start + n * ptime)
      this.sendAudio(samples.subarray(at, at + length))
    }
    await this.#until(start + (samples.length / length) * ptime)
  }

  /** One packet of audio; sequence and timestamp go on. */
  sendAudio(samples: Int16Array): void {
    const packet = new Uint8Array(RTP_HEADER + samples.length)
    const { encode } = g711[this.codec]
    for (let i = 0; i < samples.length; i++) packet[RTP_HEADER + i] = encode[samples[i]! & 0xffff]!
    writeRtpHeader(packet, 0, payloadTypes[this.codec], this.#marker, this.sequence, this.timestamp, this.ssrc)
    this.#marker = false
    this.skip(samples.length)
    this.send(packet)
  }

  /** As `sendAudio`, but the packet is never sent. */
  skip(samples: number): void {
    this.sequence = (this.sequence + 1) & 0xffff
    this.timestamp = (this.timestamp + samples) >>> 0
  }

  /** Presses a key by RFC 4733 for `frames` of 20 ms, with three end packets. `lose` picks packets to leave out. */
  async press(key: string, frames = 5, lose: (n: number) => boolean = () => false): Promise<void> {
    const began = this.timestamp
    const start = performance.now()
    for (let n = 0; n < frames + 2; n++) {
      await this.#until(start + n * 20)
      const packet = new Uint8Array(RTP_HEADER + 4)
      writeRtpHeader(packet, 0, this.telephoneEvent, n === 0, this.sequence, began, this.ssrc)
      writeEvent(packet, RTP_HEADER, eventOfKey(key), n >= frames - 1, 10, Math.min(n + 1, frames) * FRAME)
      this.skip(FRAME)
      if (!lose(n)) this.send(packet)
    }
  }

  send(packet: Uint8Array): void {
    if (!this.#target) throw new Error('connect the peer first')
    if (this.onSend(packet)) this.#socket.send(packet, this.#target.port, this.#target.address)
  }

  /** What was heard so far of one payload type, put together by timestamps; gaps are silence. */
  audio(codec: Codec = this.codec): Int16Array {
    const packets = this.heard.filter((p) => p.payloadType === payloadTypes[codec])
    const first = packets[0]
    if (!first) return new Int16Array(0)
    const end = Math.max(...packets.map((p) => ((p.timestamp - first.timestamp) | 0) + p.payload.length))
    const out = new Int16Array(end)
    for (const p of packets) {
      const at = (p.timestamp - first.timestamp) | 0
      p.payload.forEach((octet, i) => {
        out[at + i] = g711[codec].decode[octet]!
      })
    }
    return out
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #hear(data: Uint8Array): void {
    const header = newRtpHeader()
    if (looksLikeRtcp(data, 0, data.length)) this.onRtcp(data)
    else if (readRtp(data, 0, data.length, header)) this.#keep(data, header)
  }

  #keep(data: Uint8Array, header: RtpHeader): void {
    const { payloadType, marker, sequence, timestamp, ssrc, payloadAt, payloadLength } = header
    const payload = data.slice(payloadAt, payloadAt + payloadLength)
    this.heard.push({ at: performance.now(), payloadType, marker, sequence, timestamp, ssrc, payload })
    this.#waiting = this.#waiting.filter((w) => {
      if (this.heard.length < w.count) return true
      w.resolve()
      return false
    })
  }

  #until(at: number): Promise<void> {
    const left = at - performance.now()
    return new Promise((resolve) => (left <= 0 ? setImmediate(resolve) : setTimeout(resolve, left)))
  }
}
