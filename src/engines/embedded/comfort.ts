import type { Playing } from '../../media/plane.ts'
import type { DialOptions } from '../../phone/call.ts'
import { tone } from '../../phone/prompt.ts'
import type { DialContext } from './dial.ts'
import type { Leg } from './leg.ts'

/** What the caller hears while targets ring: a tone once picked up, the network's own ringing before. */
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
    if (!context.answered() || this.#playing !== undefined) return
    const wanted = await context.alive(context.prepare(this.#options.ringback ?? tone('ringback')))
    // Music of which nothing could be had is no reason to leave the caller without a ring tone.
    const items = wanted.length > 0 ? wanted : await context.alive(context.prepare(tone('ringback')))
    this.#playing = context.leg.stream.play(items, { times: 0 })
    // Its end is not waited for; a file that cannot be read leaves the caller in silence and is worth a line.
    this.#playing.done.catch((error: unknown) =>
      context.note('warning', `the ringing could not be played: ${String(error)}`),
    )
  }

  ringing(): void {
    if (!this.#context.answered()) this.#context.ring()
  }

  early(leg: Leg): void {
    // Of several the first is heard.
    if (this.#early !== undefined) return
    this.stop()
    this.#early = leg
    if (!this.#context.answered()) this.#context.progress()
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
