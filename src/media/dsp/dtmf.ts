import type { KeyListener } from '../rtp/telephone-event.ts'
import { goertzelCoefficient, goertzelPower } from './goertzel.ts'

// ITU-T Q.23 (the tones) and Q.24 (what a receiver must take and leave).
export const ROW_HZ = [697, 770, 852, 941] as const
export const COLUMN_HZ = [1209, 1336, 1477, 1633] as const
const KEYS = '123A456B789C*0#D'

/** 13 ms: wide enough for tones 1.5 % off, narrow enough to tell 697 from 770 Hz. */
const BLOCK = 106
const HOP = BLOCK / 2
/** Blocks in a row: a tone of 40 ms has at least five, one of 23 ms at most three. */
const HITS = 4
/** 26 ms without it end a press; a pause between keys lasts 40 ms, a shorter gap is a dropout. */
const MISSES = 4
/** The two tones together against everything heard: a voice rarely reaches it. */
const PURITY = 0.7
/** The tone of a group against the next strongest of the group: 8 dB. */
const PEAK = 6.3
/** The high group may be 6 dB louder or 10 dB quieter than the low one. */
const TWIST_HIGH = 4
const TWIST_LOW = 10
/** Mean square of a block: -40 dBFS. */
const QUIET = 32768 * 32768 * 1e-4

const rows = ROW_HZ.map(goertzelCoefficient)
const columns = COLUMN_HZ.map(goertzelCoefficient)

/** Hears keys in audio of 8 kHz. */
export class DtmfDetector {
  readonly #block = new Int16Array(BLOCK)
  readonly #listener: KeyListener
  #filled = 0
  #candidate = -1
  #hits = 0
  #pressed = -1
  #misses = 0
  #held = 0

  constructor(listener: KeyListener) {
    this.#listener = listener
  }

  push(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) {
      this.#block[this.#filled++] = samples[i]!
      if (this.#filled < BLOCK) continue
      this.#judge(keyIn(this.#block, 0))
      this.#block.copyWithin(0, HOP)
      this.#filled = BLOCK - HOP
    }
  }

  /** The audio ends here: a key still held is let go. */
  end(): void {
    if (this.#pressed >= 0) this.#release()
  }

  #judge(key: number): void {
    if (this.#pressed >= 0) {
      this.#held++
      if (key === this.#pressed) this.#misses = 0
      else if (++this.#misses >= MISSES) this.#release()
    }
    if (key >= 0 && key === this.#candidate) this.#hits++
    else {
      this.#candidate = key
      this.#hits = key >= 0 ? 1 : 0
    }
    if (this.#hits < HITS || this.#pressed === key) return
    if (this.#pressed >= 0) this.#release()
    this.#pressed = key
    this.#misses = 0
    this.#held = HITS
    this.#listener.keyDown(KEYS[key]!)
  }

  #release(): void {
    const key = KEYS[this.#pressed]!
    const blocks = this.#held - this.#misses
    this.#pressed = -1
    this.#candidate = -1
    this.#hits = 0
    this.#listener.keyUp(key, Math.round(((blocks - 1) * HOP + BLOCK) / 8))
  }
}

/** Index of the key that sounds in one block, -1 for none. */
function keyIn(samples: Int16Array, from: number): number {
  let energy = 0
  for (let i = from; i < from + BLOCK; i++) energy += samples[i]! * samples[i]!
  if (energy < QUIET * BLOCK) return -1
  let low = 0
  let lowNext = 0
  let row = 0
  let high = 0
  let highNext = 0
  let column = 0
  for (let i = 0; i < 4; i++) {
    const l = goertzelPower(samples, from, BLOCK, rows[i]!)
    if (l > low) {
      lowNext = low
      low = l
      row = i
    } else if (l > lowNext) lowNext = l
    const h = goertzelPower(samples, from, BLOCK, columns[i]!)
    if (h > high) {
      highNext = high
      high = h
      column = i
    } else if (h > highNext) highNext = h
  }
  if (low < lowNext * PEAK || high < highNext * PEAK) return -1
  if (high > low * TWIST_HIGH || low > high * TWIST_LOW) return -1
  return (2 * (low + high)) / (BLOCK * energy) >= PURITY ? row * 4 + column : -1
}

/**
 * How much of the end of `samples` to leave away so that the press of `key` is not heard: from the start of the last
 * run in which its tones sounded, with 10 ms before it. 0 when it does not sound there.
 */
export function keyTail(samples: Int16Array, key: string): number {
  const wanted = KEYS.indexOf(key.toUpperCase())
  if (wanted < 0) return 0
  let run = 0
  let gap = 0
  let start = -1
  for (let from = samples.length - BLOCK; from >= 0; from -= HOP) {
    if (keyIn(samples, from) === wanted) {
      run++
      gap = 0
      if (run >= 2) start = from
    } else if (start >= 0 && ++gap >= MISSES) break
    else if (start < 0) run = 0
  }
  return start < 0 ? 0 : samples.length - Math.max(0, start - 80)
}

/** The two frequencies of a key; undefined when it is none. */
export function frequenciesOfKey(key: string): readonly [number, number] | undefined {
  const index = key.length === 1 ? KEYS.indexOf(key.toUpperCase()) : -1
  return index < 0 ? undefined : [ROW_HZ[index >> 2]!, COLUMN_HZ[index & 3]!]
}
