import type { Playing } from '../../media/plane.ts'
import type { DialOptions } from '../../phone/call.ts'
import { tone } from '../../phone/prompt.ts'
import type { DialContext } from './dial.ts'
import type { Leg } from './leg.ts'

/** What the caller hears while targets ring: music, else a tone; of a caller who is not picked up the network's own ringing, where there is no music. */
export class Comfort {
  readonly #context: DialContext
  readonly #options: DialOptions
  #playing: Playing | undefined
  #early: Leg | undefined

  constructor(context: DialContext, options: DialOptions) {
    this.#context = context
    this.#options = options
  }

  async start(): Promise<void> {
    const context = this.#context
    const { ringback } = this.#options
    if (this.#playing !== undefined || (ringback === undefined && !context.answered())) return
    const music = ringback === undefined ? [] : await context.alive(context.prepare(ringback))
    if (!context.answered() && (music.length === 0 || !(await context.alive(context.progress())))) return
    // Music of which nothing could be had is no reason to leave the caller without a ring tone.
    const items = music.length > 0 ? music : await context.alive(context.prepare(tone('ringback')))
    this.#playing = context.leg.stream.play(items, { times: 0 })
    // Its end is not waited for; a file that cannot be read leaves the caller in silence and is worth a line.
    this.#playing.done.catch((error: unknown) =>
      context.note('warning', `the ringing could not be played: ${String(error)}`),
    )
  }

  ringing(): void {
    // A phone that is told to ring may do so over the music.
    if (!this.#context.answered() && this.#playing === undefined) this.#context.ring()
  }

  early(leg: Leg): void {
    // Of several the first is heard.
    if (this.#early !== undefined) return
    this.stop()
    this.#early = leg
    if (!this.#context.answered()) {
      const failed = (error: unknown): void => this.#context.note('warning', `no early audio: ${String(error)}`)
      this.#context.progress().catch(failed)
    }
    this.#context.leg.stream.bridge(leg.stream)
  }

  /** The target whose early audio was heard is given up, or hears something itself first. @param of nothing where another's is heard */
  endEarly(of = this.#early): void {
    if (this.#early === undefined || this.#early !== of) return
    this.#early = undefined
    this.#context.leg.stream.unbridge()
  }

  stop(): void {
    this.#playing?.stop()
    this.#playing = undefined
  }
}
