// GSM 06.10 full rate (ETSI EN 300 961), decoder only: prompts come as `.gsm` files. Fixed point as in §5, so that the samples are
// the same as those of every other decoder.

/** A frame in a file: four bits of signature, then 260 of parameters, most significant first. */
export const GSM_FRAME_BYTES = 33
export const GSM_FRAME_SAMPLES = 160
const signature = 0xd

/** Table 5.1 and 5.2: widths of the log area ratios, and what undoes their quantisation. */
const larBits = [6, 6, 5, 5, 4, 4, 3, 3] as const
const larB = [0, 0, 2048, -2560, 94, -1792, -341, -1144] as const
const larLeast = [-32, -32, -16, -16, -8, -8, -4, -4] as const
const larInverse = [13107, 13107, 13107, 13107, 19223, 17476, 31454, 29708] as const
/** Table 5.3b: gain of the long-term predictor. */
const ltpGain = [3277, 11469, 21299, 32767] as const
/** Table 5.6: normalised mantissa of the block's maximum. */
const mantissas = [18431, 20479, 22527, 24575, 26623, 28671, 30719, 32767] as const
const subframeSamples = 40
const longestLag = 120
const pulses = 13
/** §5.3.5. */
const deemphasis = 28180

/** Whether a file begins like a row of frames. */
export const isGsm = (head: Uint8Array): boolean =>
  head.length >= GSM_FRAME_BYTES &&
  head[0]! >> 4 === signature &&
  (head.length === GSM_FRAME_BYTES || (head.length > GSM_FRAME_BYTES && head[GSM_FRAME_BYTES]! >> 4 === signature))

const saturate = (value: number): number => Math.min(32767, Math.max(-32768, value))
/** §5.1: product of two fractions, rounded. */
const multiply = (a: number, b: number): number => (a === -32768 && b === -32768 ? 32767 : (a * b + 16384) >> 15)

/** Decodes frame after frame; each depends on those before it. */
export class GsmDecoder {
  /** The residual: what the long-term predictor looks back at, then the subframe at hand. */
  readonly #residual = new Int16Array(longestLag + subframeSamples)
  readonly #ratios = new Int16Array(8)
  readonly #formerRatios = new Int16Array(8)
  readonly #reflection = new Int16Array(8)
  readonly #lattice = new Int16Array(9)
  readonly #frame = new Int16Array(GSM_FRAME_SAMPLES)
  #lag = subframeSamples
  #last = 0
  #bits: Uint8Array = new Uint8Array(0)
  #at = 0

  /**
   * @param frame 33 bytes
   * @param out takes 160 samples from `offset` on
   * @returns whether it was a frame; what is none leaves the decoder as it was
   */
  decode(frame: Uint8Array, out: Float64Array, offset: number): boolean {
    if (frame.length !== GSM_FRAME_BYTES || frame[0]! >> 4 !== signature) return false
    this.#bits = frame
    this.#at = 4
    for (const [i, width] of larBits.entries()) {
      const coded = (this.#take(width) + larLeast[i]!) << 10
      const ratio = multiply(larInverse[i]!, saturate(coded - larB[i]! * 2))
      this.#ratios[i] = saturate(ratio * 2)
    }
    for (let start = 0; start < GSM_FRAME_SAMPLES; start += subframeSamples) this.#excite(start)
    this.#filter()
    this.#formerRatios.set(this.#ratios)
    for (let k = 0; k < GSM_FRAME_SAMPLES; k++) {
      this.#last = saturate(this.#frame[k]! + multiply(this.#last, deemphasis))
      out[offset + k] = saturate(this.#last * 2) & ~7
    }
    return true
  }

  #take(width: number): number {
    let value = 0
    for (let i = 0; i < width; i++, this.#at++)
      value = (value << 1) | ((this.#bits[this.#at >> 3]! >> (7 - (this.#at & 7))) & 1)
    return value
  }

  /** §5.3.1 and §5.3.2: pulses on their grid, and what the voice was one pitch period ago. */
  #excite(start: number): void {
    const residual = this.#residual
    const lag = this.#take(7)
    const gain = ltpGain[this.#take(2)]!
    const grid = this.#take(2)
    const { exponent, mantissa } = blockMaximum(this.#take(6))
    if (lag >= subframeSamples && lag <= longestLag) this.#lag = lag
    const shift = 6 - exponent
    const half = shift > 0 ? 1 << (shift - 1) : 0
    const now = longestLag
    residual.fill(0, now)
    for (let i = 0; i < pulses; i++) {
      const pulse = multiply(mantissas[mantissa]!, (this.#take(3) * 2 - 7) << 12)
      residual[now + grid + 3 * i] = saturate(pulse + half) >> shift
    }
    for (let k = 0; k < subframeSamples; k++)
      residual[now + k] = saturate(residual[now + k]! + multiply(gain, residual[now + k - this.#lag]!))
    this.#frame.set(residual.subarray(now), start)
    residual.copyWithin(0, subframeSamples)
  }

  /** §5.3.3 and §5.3.4: the voice of the throat, whose shape glides from that of the former frame into the new one. */
  #filter(): void {
    const former = this.#formerRatios
    const ratios = this.#ratios
    this.#section(0, 13, (i) => (former[i]! >> 2) + (ratios[i]! >> 2) + (former[i]! >> 1))
    this.#section(13, 27, (i) => (former[i]! >> 1) + (ratios[i]! >> 1))
    this.#section(27, 40, (i) => (former[i]! >> 2) + (ratios[i]! >> 2) + (ratios[i]! >> 1))
    this.#section(40, GSM_FRAME_SAMPLES, (i) => ratios[i]!)
  }

  #section(from: number, to: number, ratio: (i: number) => number): void {
    const reflection = this.#reflection
    const lattice = this.#lattice
    for (let i = 0; i < 8; i++) reflection[i] = reflectionOf(saturate(ratio(i)))
    for (let k = from; k < to; k++) {
      let sample = this.#frame[k]!
      for (let i = 7; i >= 0; i--) {
        sample = saturate(sample - multiply(reflection[i]!, lattice[i]!))
        lattice[i + 1] = saturate(lattice[i]! + multiply(reflection[i]!, sample))
      }
      lattice[0] = sample
      this.#frame[k] = sample
    }
  }
}

/** §5.2.15. */
function blockMaximum(coded: number): { readonly exponent: number; readonly mantissa: number } {
  let exponent = coded > 15 ? (coded >> 3) - 1 : 0
  let mantissa = coded - (exponent << 3)
  if (mantissa === 0) return { exponent: -4, mantissa: 7 }
  while (mantissa <= 7) {
    mantissa = (mantissa << 1) | 1
    exponent--
  }
  return { exponent, mantissa: mantissa - 8 }
}

/** §5.2.9.2: of a log area ratio, in three straight lines. */
function reflectionOf(ratio: number): number {
  const size = Math.min(Math.abs(ratio), 32767)
  const bent = size < 11059 ? size << 1 : size < 20070 ? size + 11059 : saturate((size >> 2) + 26112)
  return ratio < 0 ? -bent : bent
}
