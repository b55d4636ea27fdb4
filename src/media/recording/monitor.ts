import { g711 } from '../codec/g711.ts'
import { FRAME, JitterRing } from '../jitter/ring.ts'
import type { RemoteMedia } from '../plane.ts'
import { newRtpHeader, readRtp } from '../rtp/packet.ts'
import type { RecordEnd } from './recorder.ts'
import type { Channels, SharedAudio } from './shared-audio.ts'

const FRAMES_PER_SECOND = 50
const header = newRtpHeader()
/** Every monitor of the thread puts what was sent here; nothing in it lives longer than a frame. */
const sent = new Int16Array(FRAME)

/** The media thread's side of a recording of both directions: left what comes in, right what goes out, or the sum of both. */
export class Monitor {
  readonly id: number
  /** Frames that could not be handed over because the disk was too slow. */
  dropped = 0
  readonly #audio: SharedAudio
  readonly #channels: Channels
  readonly #maxFrames: number
  readonly #out: Int16Array
  /** As deep as the one of what comes in, so that both directions are late by the same. */
  readonly #ring = new JitterRing()
  #frames = 0

  constructor(id: number, audio: SharedAudio, channels: Channels, maxSeconds: number) {
    this.id = id
    this.#audio = audio
    this.#channels = channels
    this.#maxFrames = maxSeconds * FRAMES_PER_SECOND
    this.#out = new Int16Array(FRAME * channels)
  }

  /** A packet as it goes to the far end, whoever made it. */
  sent(packet: Uint8Array, length: number, remote: RemoteMedia): void {
    if (!readRtp(packet, 0, length, header) || header.payloadType !== remote.payloadType) return
    const { ssrc, sequence, timestamp, marker, payloadAt, payloadLength } = header
    const { decode } = g711[remote.codec]
    this.#ring.push(ssrc, sequence, timestamp, marker, packet, payloadAt, payloadLength, decode)
  }

  /** Every 20 ms, after what is sent in them. @returns why it ends here, undefined when it goes on */
  frame(heard: Int16Array): RecordEnd | undefined {
    this.#ring.pull(sent)
    const out = this.#out
    if (this.#channels === 2) {
      for (let i = 0; i < FRAME; i++) {
        out[2 * i] = heard[i]!
        out[2 * i + 1] = sent[i]!
      }
    } else {
      for (let i = 0; i < FRAME; i++) out[i] = Math.max(-32768, Math.min(32767, heard[i]! + sent[i]!))
    }
    if (!this.#audio.push(out)) this.dropped++
    this.#frames++
    return this.#frames >= this.#maxFrames ? 'limit' : undefined
  }
}
