/** 3 s of 20 ms frames, judged every 1.5 s. */
const WINDOW = 150
const HOP = 75
/** Frames so far below the loudest are pauses. */
const LOW_DB = 20
const QUIET_DB = -45
/**
 * The spectrum of a voice moves on within 100 ms, the notes of music stay: half of its frames liken those before by 0.65 and more, hardly any
 * window of speech reaches 0.62, and noise none at all. What is as even as speech never is (4.4 dB from one tenth of a second to the next
 * over noise, 9 without) is music at half of it, as drums and basses are.
 */
const STEADY = 0.65
const EVEN_DB = 3.5
const STEADY_AND_EVEN = 0.3
/** 100 ms. */
const STEP = 5
const WINDOWS_ON = 3
const WINDOWS_OFF = 2

/** Tells music, as of a hold queue, from speech, noise and silence by how steady it is. Slow on purpose: it takes six seconds to be sure. */
export class MusicDetector {
  readonly #levels = new Float64Array(WINDOW).fill(-96)
  readonly #likenesses = new Float64Array(WINDOW)
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

  /**
   * @param likeness of the spectrum to that of 100 ms before, -1 to 1
   * @param tonal a tone of the telephone sounds, which is as steady as music
   */
  push(level: number, likeness: number, tonal: boolean): void {
    this.#levels[this.#frame % WINDOW] = tonal ? -96 : level
    this.#likenesses[this.#frame % WINDOW] = likeness
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
    const likeness = this.#likeness(peak - LOW_DB)
    return likeness >= STEADY || (likeness >= STEADY_AND_EVEN && this.#change() <= EVEN_DB)
  }

  /** The median of the frames that are no pause. */
  #likeness(least: number): number {
    let count = 0
    for (let i = 0; i < WINDOW; i++) if (this.#levels[i]! >= least) this.#sorted[count++] = this.#likenesses[i]!
    return this.#sorted.subarray(0, count).sort()[count >> 1] ?? 0
  }

  /** Mean change of the level in 100 ms. */
  #change(): number {
    let sum = 0
    for (let i = STEP; i < WINDOW; i++) {
      const [now, before] = [(this.#frame + i) % WINDOW, (this.#frame + i - STEP) % WINDOW]
      sum += Math.abs(this.#levels[now]! - this.#levels[before]!)
    }
    return sum / (WINDOW - STEP)
  }

  #set(playing: boolean, ago: number): void {
    this.#playing = playing
    this.#tell(playing, Math.max(0, this.#frame - ago))
  }
}
