import { PowerSpectrum } from '../dsp/fft.ts'

/** 32 ms at 8 kHz. */
const SIZE = 256
/** 250 to 3450 Hz, as the ear divides it; bins of 31.25 Hz. */
const EDGES = [8, 10, 12, 15, 18, 22, 26, 31, 37, 44, 52, 61, 72, 84, 97, 111] as const
export const BANDS = EDGES.length - 1
/** Told ten times a second. */
const FRAMES = 5

const spectrum = new PowerSpectrum(SIZE)

/** What it sounds like: how loud each band of each frame of 20 ms is, in dB. By that a recording is known when it is played again. */
export class SoundBands {
  readonly #window = new Int16Array(SIZE)
  readonly #tell: (levels: Uint8Array, fromFrame: number) => void
  #levels = new Uint8Array(FRAMES * BANDS)
  #filled = 0
  #frame = 0

  /** @param tell `levels`: dB, frame by frame, `BANDS` of each */
  constructor(tell: (levels: Uint8Array, fromFrame: number) => void) {
    this.#tell = tell
  }

  /** 20 ms. */
  push(samples: Int16Array): void {
    this.#window.copyWithin(0, samples.length)
    this.#window.set(samples, SIZE - samples.length)
    const bins = spectrum.of(this.#window)
    for (let band = 0; band < BANDS; band++) {
      let power = 1
      for (let bin = EDGES[band]!; bin < EDGES[band + 1]!; bin++) power += bins[bin]!
      this.#levels[this.#filled++] = Math.round(10 * Math.log10(power))
    }
    this.#frame++
    if (this.#filled === this.#levels.length) this.#flush()
  }

  #flush(): void {
    const levels = this.#levels
    this.#levels = new Uint8Array(FRAMES * BANDS)
    this.#filled = 0
    this.#tell(levels, this.#frame - FRAMES)
  }
}
