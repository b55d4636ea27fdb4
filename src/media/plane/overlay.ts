import { g711 } from '../codec/g711.ts'
import { FRAME } from '../jitter/ring.ts'
import type { Codec } from '../plane.ts'
import type { Prompting } from './prompting.ts'

const ulaw = g711.PCMU.decode

/** Adds what is played to packets of any length. */
export class Overlay {
  readonly #prompting: Prompting
  readonly #frame = new Uint8Array(FRAME)
  #at = FRAME

  constructor(prompting: Prompting) {
    this.#prompting = prompting
  }

  /** Whether there is something to be added now. */
  get busy(): boolean {
    return this.#prompting.mixes
  }

  /** @param out octets of `codec` */
  addTo(out: Uint8Array, from: number, count: number, codec: Codec): void {
    const { encode, decode } = g711[codec]
    for (let i = from; i < from + count; i++) {
      if (this.#at === FRAME) {
        // What takes its place meanwhile is not to be added.
        if (!this.busy) return
        this.#prompting.fill(this.#frame, 0)
        this.#at = 0
      }
      const sum = decode[out[i]!]! + ulaw[this.#frame[this.#at++]!]!
      out[i] = encode[Math.max(-32768, Math.min(32767, sum)) & 0xffff]!
    }
  }

  /** A frame that nobody hears. */
  skip(): void {
    this.#prompting.fill(this.#frame, 0)
    this.#at = FRAME
  }
}
