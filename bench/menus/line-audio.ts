import { g711 } from '../../src/media/codec/g711.ts'
import { looksLikeRtcp, newRtpHeader, readRtp } from '../../src/media/rtp/packet.ts'
import { lineNoise, SPEECH } from '../speech/line.ts'

/** What a line does to what the company says. */
export interface Line {
  /** That speech becomes -20 dBFS. */
  readonly gain: number
  /** Of the noise below speech; absent for a clean line. */
  readonly snrDb: number | undefined
  readonly seed: number
  /** Whether a noise as loud as the voice is to lie over what is said after these keys; asked once for each place of a call. */
  spoils(keys: readonly string[]): boolean
}

const RATE = 8000
const noiseSeconds = 20
/** Most prompts are in the middle of their options by then. */
const burst = { afterMs: 3000, ms: 2000 }
const keypad = '0123456789*#'

/** The samples of one call, changed in the packets themselves. */
export class LineAudio {
  readonly #line: Line
  readonly #noise: Float32Array
  readonly #level: number
  readonly #header = newRtpHeader()
  readonly #keys: string[] = []
  #at: number
  #keyTime = -1
  #event = -1
  #loudFrom = Number.POSITIVE_INFINITY

  constructor(line: Line) {
    this.#line = line
    this.#noise = noiseOf(line.seed)
    this.#level = line.snrDb === undefined ? 0 : SPEECH * 10 ** (-line.snrDb / 20)
    this.#at = (line.seed * 7919) % this.#noise.length
    this.#placed()
  }

  /** The session description of the answer: which payload type keys have. */
  described(sdp: string): void {
    this.#event = Number(/^a=rtpmap:(\d+) telephone-event\//m.exec(sdp)?.[1] ?? -1)
  }

  /** Keys tell where the call stands (RFC 4733: all packets of one key have one timestamp). */
  toServer(packet: Uint8Array): void {
    const header = this.#header
    if (looksLikeRtcp(packet, 0, packet.length) || !readRtp(packet, 0, packet.length, header)) return
    if (header.payloadType !== this.#event || header.timestamp === this.#keyTime) return
    this.#keyTime = header.timestamp
    const key = keypad[packet[header.payloadAt] ?? 255]
    if (key === undefined) return
    this.#keys.push(key)
    this.#placed()
  }

  toCaller(packet: Uint8Array): void {
    const header = this.#header
    if (looksLikeRtcp(packet, 0, packet.length) || !readRtp(packet, 0, packet.length, header)) return
    const codec = header.payloadType === 0 ? g711.PCMU : header.payloadType === 8 ? g711.PCMA : undefined
    if (codec === undefined) return
    const now = performance.now()
    const loud = now >= this.#loudFrom && now < this.#loudFrom + burst.ms ? SPEECH : 0
    for (let i = header.payloadAt; i < header.payloadAt + header.payloadLength; i++) {
      const hiss = this.#noise[this.#at++ % this.#noise.length] ?? 0
      const sample = codec.decode[packet[i]!]! * this.#line.gain + hiss * (this.#level + loud)
      packet[i] = codec.encode[Math.max(-32768, Math.min(32767, Math.round(sample))) & 0xffff]!
    }
  }

  #placed(): void {
    this.#loudFrom = this.#line.spoils(this.#keys) ? performance.now() + burst.afterMs : Number.POSITIVE_INFINITY
  }
}

const noises = new Map<number, Float32Array>()

/** Of power 1: hiss, with a hum that is a tenth of it. */
function noiseOf(seed: number): Float32Array {
  const known = noises.get(seed % 4)
  if (known !== undefined) return known
  const hiss = lineNoise(noiseSeconds * RATE, (seed % 4) + 1)
  const noise = hiss.map((sample, i) => 0.95 * sample + 0.45 * Math.sin((2 * Math.PI * 120 * i) / RATE))
  noises.set(seed % 4, noise)
  return noise
}
