/** 3 s of 20 ms frames, judged every 1.5 s. */
const WINDOW = 150
const HOP = 75
/** A voice pauses between syllables: a quarter of its frames and more lie 20 dB under its loudest; hardly any of music do. */
const LOW_DB = 20
const MUSIC_LOW = 0.2
const QUIET_DB = -45
const WINDOWS_ON = 3
const WINDOWS_OFF = 2

/** Tells music, as of a hold queue, from speech and silence by how steady it is. Slow on purpose: it takes six seconds to be sure. */
export class MusicDetector {
  readonly #levels = new Float64Array(WINDOW).fill(-96)
  readonly #sorted = new Float64Array(WINDOW)
  #frame = 0
  #steady = 0
  #other = 0
  #playing = false
  readonly #tell: (playing: boolean, fromFrame: number) => void

  constructor(tell: (playing: boolean, fromFrame: number) => void) {
    this.#tell = tell
  }

  get playing(): boolean {
    return this.#playing
  }

  /** @param tonal a tone of the telephone sounds, which is as steady as music */
  push(level: number, tonal: boolean): void {
    this.#levels[this.#frame % WINDOW] = tonal ? -96 : level
    this.#frame++
    if (this.#frame < WINDOW || this.#frame % HOP !== 0) return
    if (this.#isSteady()) {
      this.#steady++
      this.#other = 0
    } else {
      this.#other++
      this.#steady = 0
    }
    if (!this.#playing && this.#steady >= WINDOWS_ON) this.#set(true, WINDOW + (WINDOWS_ON - 1) * HOP)
    else if (this.#playing && this.#other >= WINDOWS_OFF) this.#set(false, WINDOWS_OFF * HOP)
  }

  #isSteady(): boolean {
    this.#sorted.set(this.#levels)
    this.#sorted.sort()
    // The loudest but for a click.
    const peak = this.#sorted[WINDOW - 4]!
    if (peak < QUIET_DB) return false
    let low = 0
    while (low < WINDOW && this.#sorted[low]! < peak - LOW_DB) low++
    return low / WINDOW < MUSIC_LOW
  }

  #set(playing: boolean, ago: number): void {
    this.#playing = playing
    this.#tell(playing, Math.max(0, this.#frame - ago))
  }
}
