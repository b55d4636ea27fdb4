import type { Frame } from './tonal.ts'

/** A stretch in which one tone sounded, or two at once. Frames of 20 ms; `to` is the first one without it. */
export interface SteadyTone {
  readonly from: number
  readonly to: number
  readonly hz: number
  /** 0 where a single one sounded. */
  readonly second: number
  /** It was quiet right before. */
  readonly alone: boolean
}

interface Open {
  /** The frame in which it, or its edge, was heard first. */
  readonly from: number
  readonly alone: boolean
  last: number
  frames: number
  hz: number
  second: number
  /** Frames in which two sounded. */
  doubles: number
  softest: number
  loudest: number
  /** Of its last frame. */
  level: number
}

/** The window of 64 ms hides a frame at either edge, and the reversals of phase within the tone of a fax (V.8 ANSam). */
const BRIDGED = 3
const STEADY_HZ = 20
/** A vowel that is sung so long at one pitch and one level is rare. */
const STEADY_DB = 8
const LEAST_FRAMES = 4
const LEAST_BESIDE_SPEECH = 8
const EDGE_FRAMES = 3
const BEFORE = 6
const BELOW_DB = 15

/** Finds tones that hold their pitch and level, whichever they are. */
export class SteadyTones {
  readonly #levels = new Float64Array(BEFORE).fill(-96)
  #frame = 0
  #open: Open | undefined

  /** Frames for which the one that sounds now has lasted, 0 where none does; the first few may yet be a vowel. */
  get sounding(): number {
    return this.#open === undefined ? 0 : this.#open.frames
  }

  /** The frame in which the one that sounds now was heard first. */
  get from(): number | undefined {
    return this.#open?.from
  }

  /** Of the one that sounds now. */
  get hz(): number {
    const open = this.#open
    return open === undefined || open.doubles * 2 > open.frames ? 0 : open.hz
  }

  /** @returns the tone that ended */
  push({ tonal, low, high, level }: Frame): SteadyTone | undefined {
    const at = this.#frame++
    const open = this.#open
    let ended: SteadyTone | undefined
    if (tonal && open !== undefined && Math.abs(low - open.hz) <= STEADY_HZ) {
      open.last = at
      open.frames++
      open.hz += (low - open.hz) / open.frames
      if (high !== 0) {
        open.doubles++
        open.second += (high - open.second) / open.doubles
      }
      open.loudest = Math.max(open.loudest, level)
      // Its first frame and its last have its edges in them.
      if (open.frames > 2) open.softest = Math.min(open.softest, open.level)
      open.level = level
    } else if (open !== undefined && tonal && level > open.level + BELOW_DB) {
      // Hum is a tone, too.
      ended = close(open)
      this.#open = undefined
    } else if (tonal && open !== undefined && open.frames < EDGE_FRAMES) {
      // The edge of a tone looks like two.
      this.#open = {
        ...open,
        hz: low,
        second: high,
        doubles: high === 0 ? 0 : 1,
        last: at,
        frames: 1,
        level,
        loudest: level,
      }
    } else if (open !== undefined && at - open.last > BRIDGED) {
      ended = close(open)
      this.#open = undefined
    }
    if (tonal && this.#open === undefined) {
      // The frame before may have the edge of it.
      const before = [...this.#levels.keys()].filter((i) => i !== (at + BEFORE - 1) % BEFORE)
      const alone = before.every((i) => this.#levels[i]! < level - BELOW_DB)
      this.#open = {
        ...{ from: at, last: at, alone, frames: 1, hz: low, second: high, doubles: high === 0 ? 0 : 1 },
        ...{ softest: 0, loudest: level, level },
      }
    }
    this.#levels[at % BEFORE] = level
    return ended
  }
}

function close({ from, last, frames, hz, second, doubles, alone, softest, loudest }: Open): SteadyTone | undefined {
  const steady = loudest - softest <= STEADY_DB || frames < LEAST_BESIDE_SPEECH
  if (!steady || frames < (alone ? LEAST_FRAMES : LEAST_BESIDE_SPEECH)) return undefined
  return { from, to: last + 1, hz, second: doubles * 2 > frames ? second : 0, alone }
}
