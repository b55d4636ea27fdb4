/** dB steps of the history: 0 is -96 dBFS and below, 96 is full scale. */
const BINS = 97
/** 5 s of 20 ms frames. */
const HISTORY = 250
const PERCENTILE = 0.08
const ON_DB = 9
const OFF_DB = 6
const ABSOLUTE_DBFS = -50
/** Before a second was heard the floor is not known, and a voice may start at once. */
const TRUSTED_AFTER = 50
const FLOOR_UNKNOWN = -60
/** Louder than this, a steady sound is taken as meant (a tone, a machine), not as background. */
const FLOOR_CEILING = -35
/** 60 ms: a click is no speech. */
const ONSET_FRAMES = 3
/** 100 ms: the dips between syllables belong to the speech around them. */
const HANGOVER_FRAMES = 5

/** Level in dBFS of a sine at full scale = -3; -96 for silence. */
export function levelDb(frame: Int16Array): number {
  let sum = 0
  for (let i = 0; i < frame.length; i++) sum += frame[i]! * frame[i]!
  if (sum === 0) return -96
  return Math.max(-96, 10 * Math.log10(sum / frame.length / (32768 * 32768)))
}

/** Says of each 20 ms frame whether someone speaks, by energy over a floor that follows the background. */
export class VoiceDetector {
  readonly #history = new Uint8Array(HISTORY)
  readonly #counts = new Uint16Array(BINS)
  #filled = 0
  #next = 0
  #loud = 0
  #quiet = 0
  #speaking = false
  speechFrames = 0

  /** @returns true while someone speaks */
  frame(frame: Int16Array): boolean {
    const level = levelDb(frame)
    this.#remember(Math.round(level) + 96)
    const floor = this.#floor()
    if (this.#speaking) {
      if (level < Math.max(floor + OFF_DB, ABSOLUTE_DBFS)) {
        if (++this.#quiet > HANGOVER_FRAMES) {
          this.#speaking = false
          this.#loud = 0
        }
      } else {
        this.speechFrames += 1 + this.#quiet
        this.#quiet = 0
      }
    } else if (level >= Math.max(floor + ON_DB, ABSOLUTE_DBFS)) {
      if (++this.#loud >= ONSET_FRAMES) {
        this.#speaking = true
        this.#quiet = 0
        this.speechFrames += this.#loud
      }
    } else this.#loud = 0
    return this.#speaking
  }

  #remember(bin: number): void {
    if (this.#filled === HISTORY) this.#counts[this.#history[this.#next]!]!--
    else this.#filled++
    this.#history[this.#next] = bin
    this.#counts[bin]!++
    this.#next = (this.#next + 1) % HISTORY
  }

  #floor(): number {
    let seen = 0
    let bin = 0
    const wanted = this.#filled * PERCENTILE
    for (; bin < BINS - 1; bin++) {
      seen += this.#counts[bin]!
      if (seen > wanted) break
    }
    const floor = bin - 96
    return this.#filled < TRUSTED_AFTER ? Math.min(floor, FLOOR_UNKNOWN) : Math.min(floor, FLOOR_CEILING)
  }
}
