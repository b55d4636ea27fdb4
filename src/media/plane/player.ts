import { g711 } from '../codec/g711.ts'
import { FRAME } from '../jitter/ring.ts'

/** One piece of what is played, as it crosses to the worker. µ-law, 8 kHz. */
export interface Clip {
  /** Absent: silence. */
  readonly data?: Uint8Array
  /** Of a prompt that is still being read, see PromptAudio. */
  readonly progress?: Int32Array
  /** How long it lasts; more than `data` has means again from its start. -1: until stopped. */
  readonly samples: number
}

const { encode, decode, silence } = g711.PCMU
/** 5 ms. */
const FADE = 40

/** Plays clips one after the other without a gap, frame by frame. */
export class Player {
  readonly id: number
  /** Is added to what is heard otherwise. */
  readonly mix: boolean
  readonly #clips: readonly Clip[]
  #timesLeft: number
  #clip = 0
  #at = 0
  #madeInPass = 0
  #stopping = false

  /** @param times 0: until stopped */
  constructor(id: number, clips: readonly Clip[], times: number, mix = false) {
    this.id = id
    this.mix = mix
    this.#clips = clips
    this.#timesLeft = times === 0 ? Number.POSITIVE_INFINITY : times
  }

  /** The next frame is the last one and fades out. */
  stop(): void {
    this.#stopping = true
  }

  get stopping(): boolean {
    return this.#stopping
  }

  /** Writes FRAME octets of µ-law. @returns false when this was the last frame */
  fill(out: Uint8Array, at: number): boolean {
    let made = 0
    let more = true
    while (made < FRAME) {
      const clip = this.#clips[this.#clip]
      if (!clip) {
        more = this.#nextPass()
        if (!more) break
        continue
      }
      const count = this.#copy(clip, out, at + made, FRAME - made)
      made += count
      this.#madeInPass += count
      if (count > 0) continue
      // The file is read slower than it is heard: silence until the reader has caught up.
      if (!exhausted(clip, this.#at)) break
      this.#clip++
      this.#at = 0
    }
    out.fill(silence, at + made, at + FRAME)
    if (this.#stopping) {
      fade(out, at, at + FADE)
      out.fill(silence, at + FADE, at + FRAME)
      return false
    }
    return more && this.#moreFollows()
  }

  /** Known at once, so that the frame with the last sample is the last frame. */
  #moreFollows(): boolean {
    for (;;) {
      const clip = this.#clips[this.#clip]
      if (!clip) return this.#nextPass()
      if (!exhausted(clip, this.#at)) return true
      this.#clip++
      this.#at = 0
    }
  }

  #nextPass(): boolean {
    this.#timesLeft--
    // Nothing in it at all: repeating would never end.
    if (this.#timesLeft <= 0 || this.#madeInPass === 0) return false
    this.#clip = 0
    this.#at = 0
    this.#madeInPass = 0
    return true
  }

  #copy(clip: Clip, out: Uint8Array, at: number, room: number): number {
    const { data, progress, samples } = clip
    const left = samples < 0 ? room : Math.min(room, samples - this.#at)
    if (left <= 0) return 0
    if (!data) {
      out.fill(silence, at, at + left)
      this.#at += left
      return left
    }
    if (data.length === 0) return 0
    const from = progress ? this.#at : this.#at % data.length
    const ready = progress ? Atomics.load(progress, 0) : data.length
    const count = Math.min(left, ready - from)
    if (count <= 0) return 0
    for (let i = 0; i < count; i++) out[at + i] = data[from + i]!
    this.#at += count
    // Cut in the middle of a tone: without this it would click.
    if (!progress && samples !== data.length && this.#at === samples)
      fade(out, at + Math.max(0, count - FADE), at + count)
    return count
  }
}

function exhausted({ data, progress, samples }: Clip, at: number): boolean {
  if (samples >= 0 && at >= samples) return true
  if (data?.length === 0) return true
  // The order matters: `progress[0]` moves before `progress[1]` is set.
  return progress !== undefined && Atomics.load(progress, 1) === 1 && at >= Atomics.load(progress, 0)
}

function fade(out: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = encode[((decode[out[i]!]! * (to - i)) / (to - from)) & 0xffff]!
}
