import { g711 } from '../codec/g711.ts'
import { DtmfDetector } from '../dsp/dtmf.ts'
import { FRAME, JitterRing } from '../jitter/ring.ts'
import type { Codec } from '../plane.ts'
import type { RecordEnd, Recorder } from '../recording/recorder.ts'
import type { SharedAudio } from '../recording/shared-audio.ts'
import { type RtpHeader, timestampDistance } from '../rtp/packet.ts'
import type { KeyListener } from '../rtp/telephone-event.ts'

/** Every stream of the thread decodes into this one; nothing in it lives longer than a frame. */
const frame = new Int16Array(FRAME)
/** A press that began longer ago than this was not measured by the same clock. */
const MAX_PRESS = 8000 * 60

/** What listens to the audio of a stream: a recording, the detector of keys, whoever borrows it. Costs nothing while neither is there. */
export class Ear {
  #late = 0
  #ring: JitterRing | undefined
  #recorder: Recorder | undefined
  #detector: DtmfDetector | undefined
  #borrowers = 0
  /** Those who listen in the thread for that, by their number. */
  readonly #listeners: { readonly id: number; readonly audio: SharedAudio }[] = []

  get listening(): boolean {
    return this.#ring !== undefined
  }

  get recorder(): Recorder | undefined {
    return this.#recorder
  }

  record(recorder: Recorder | undefined): void {
    this.#recorder = recorder
    this.#openOrClose()
  }

  detect(listener: KeyListener | undefined): void {
    if (listener === undefined) this.#detector?.end()
    this.#detector = listener && new DtmfDetector(listener)
    this.#openOrClose()
  }

  /** Somebody else needs what is heard; `giveBack` follows. */
  borrow(): void {
    this.#borrowers++
    this.#openOrClose()
  }

  giveBack(): void {
    this.#borrowers--
    this.#openOrClose()
  }

  listen(id: number, audio: SharedAudio): void {
    this.#listeners.push({ id, audio })
    this.#openOrClose()
  }

  stopListening(id: number): void {
    const at = this.#listeners.findIndex((listener) => listener.id === id)
    if (at >= 0) this.#listeners.splice(at, 1)
    this.#openOrClose()
  }

  /** What the last tick heard, for who borrowed it; good until another stream of the thread ticks. */
  get heard(): Int16Array {
    return frame
  }

  hear(header: RtpHeader, packet: Uint8Array, codec: Codec): void {
    this.#ring?.push(
      header.ssrc,
      header.sequence,
      header.timestamp,
      header.marker,
      packet,
      header.payloadAt,
      header.payloadLength,
      g711[codec].decode,
    )
  }

  /** Every 20 ms. @returns why a recording ends here */
  tick(): RecordEnd | undefined {
    if (!this.#ring) return undefined
    this.#ring.pull(frame)
    // First recorded, then looked through for keys: one that is found here ends a recording that has its sound in it,
    // and knows where to cut.
    const end = this.#recorder?.frame(frame)
    this.#detector?.push(frame)
    // One whose thread is 4 s behind misses what comes then.
    for (let i = 0; i < this.#listeners.length; i++) this.#listeners[i]!.audio.push(frame)
    return end
  }

  /** Where in the recording a press began that carried `timestamp`; undefined when that cannot be told. */
  positionOf(timestamp: number): number | undefined {
    if (!this.#recorder || !this.#ring?.synced) return undefined
    const ago = timestampDistance(this.#ring.position, timestamp)
    return Math.abs(ago) > MAX_PRESS ? undefined : this.#recorder.positionOf(ago)
  }

  #openOrClose(): void {
    if (this.#recorder || this.#detector || this.#borrowers > 0 || this.#listeners.length > 0) {
      this.#ring ??= new JitterRing()
      return
    }
    this.#late += this.#ring?.late ?? 0
    this.#ring = undefined
  }

  get late(): number {
    return this.#late + (this.#ring?.late ?? 0)
  }
}
