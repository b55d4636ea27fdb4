/** 15 s of 20 ms frames: what is judged of a greeting, and what the floor is taken from. */
const WINDOW = 750
const FLOOR_SHARE = 0.1
const PEAK_SHARE = 0.98
const OVER_FLOOR_DB = 9
/** What is so far below the loudest is breath, echo, or the room. */
const UNDER_PEAK_DB = 30
const ABSOLUTE_DB = -50
/** Gaps within a word and between words. */
const BRIDGED = 10
/** Less than this is a click. */
const LEAST_VOICED = 4
const BINS = 97

export interface VoicedSpan {
  readonly from: number
  /** The first frame after it. */
  to: number
}

/**
 * Where there was speech in the last 15 s. Judged anew from the whole of it each time it is asked: the noise of the line is not known while
 * the first word is said, but it is once that has ended.
 */
export class VoicedSpans {
  readonly #levels = new Float32Array(WINDOW)
  readonly #tonal = new Uint8Array(WINDOW)
  #frame = 0

  /** @param tonal part of a tone, which is nobody's voice */
  push(level: number, tonal: boolean): void {
    this.#levels[this.#frame % WINDOW] = level
    this.#tonal[this.#frame % WINDOW] = tonal ? 1 : 0
    this.#frame++
  }

  /** What was taken for a voice was a tone. */
  wasTone(from: number, to: number): void {
    for (let at = Math.max(from, this.#frame - WINDOW, 0); at < to; at++) this.#tonal[at % WINDOW] = 1
  }

  /** Oldest first, in frames since the start. */
  spans(): readonly VoicedSpan[] {
    const threshold = this.#threshold()
    const found: { from: number; to: number; voiced: number }[] = []
    for (let at = Math.max(0, this.#frame - WINDOW); at < this.#frame; at++) {
      if (this.#levels[at % WINDOW]! < threshold || this.#tonal[at % WINDOW] === 1) continue
      const last = found.at(-1)
      if (last !== undefined && at - last.to <= BRIDGED) {
        last.to = at + 1
        last.voiced++
      } else found.push({ from: at, to: at + 1, voiced: 1 })
    }
    return found.filter(({ voiced }) => voiced >= LEAST_VOICED)
  }

  #threshold(): number {
    const counts = new Uint16Array(BINS)
    let all = 0
    for (let at = Math.max(0, this.#frame - WINDOW); at < this.#frame; at++) {
      if (this.#tonal[at % WINDOW] === 1) continue
      counts[Math.max(0, Math.min(BINS - 1, Math.round(this.#levels[at % WINDOW]!) + 96))]!++
      all++
    }
    const floor = share(counts, all, FLOOR_SHARE)
    const peak = share(counts, all, PEAK_SHARE)
    return Math.max(floor + OVER_FLOOR_DB, ABSOLUTE_DB, peak - UNDER_PEAK_DB)
  }
}

function share(counts: Uint16Array, all: number, wanted: number): number {
  let seen = 0
  for (let bin = 0; bin < BINS; bin++) {
    seen += counts[bin]!
    if (seen > all * wanted) return bin - 96
  }
  return 0
}
