import { setImmediate as otherWork } from 'node:timers/promises'

/** Samples a second. */
const rate = 8000
/** One step of what is compared first. */
const stepSamples = 160
/** What lies further below the loudest is the line rather than the voice. */
const depthDb = 24
/** Prompts that begin or end alike share no less than this. */
const leastSteps = 60
/** Of how loud it is from step to step; of two recordings of one voice 0.5. */
const likeSteps = 0.8
/** Beginnings nearer than this are one. */
const together = 3
const mostPlaces = 3
/** The loudest of both, by which it is told to the sample how they lie. */
const fineSamples = 4000
/** And of the samples themselves, which noise 7 dB below the voice leaves. */
const likeSamples = 0.8
/** Something else lay over one of them, for so long. */
const pieceSamples = 800
/** What is left of a piece when one is taken from the other is the noise of both, which stays as loud throughout. */
const mostNoise = 4
/** G.711 leaves so much, as a share of the sound. */
const codecNoise = 0.01
/** Above this, dB from the quietest to the loudest, there is no noise to speak of. */
const cleanDb = 40
const keptSeconds = 300

interface Spoken {
  readonly samples: Int16Array
  readonly steps: Float32Array
}

/**
 * What was said in one scan. A recording that is played again comes with other noise: the mean of two hearings has half of it, that of three a
 * third, and is understood where none of them is.
 */
export class SpokenBefore {
  readonly #kept: Spoken[] = []
  #samples = 0

  /** The mean of what is said now and all that was the same before, to be recognised in its place. Lets other work be done in between. */
  async meanOf(samples: Int16Array): Promise<Int16Array> {
    const now: Spoken = { samples, steps: stepsOf(samples) }
    if (now.steps.length < leastSteps || isClean(now.steps)) return samples
    const sums = Float32Array.from(samples)
    const counts = new Uint16Array(samples.length).fill(1)
    // What is said in another call meanwhile is kept as well.
    for (const before of [...this.#kept]) await add(now, before, sums, counts)
    this.#keep(now)
    return samples.map((_, i) => Math.round(sums[i]! / counts[i]!))
  }

  #keep(spoken: Spoken): void {
    this.#kept.push(spoken)
    this.#samples += spoken.samples.length
    while (this.#samples > keptSeconds * rate) this.#samples -= this.#kept.shift()!.samples.length
  }
}

/** dB of each step. */
function stepsOf(samples: Int16Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / stepSamples) }, (_, step) => {
    let power = 0
    for (let i = step * stepSamples; i < (step + 1) * stepSamples; i++) power += samples[i]! ** 2
    return 10 * Math.log10(1 + power / stepSamples)
  })
}

function isClean(steps: Float32Array): boolean {
  const sorted = steps.slice().sort()
  return sorted[Math.floor(sorted.length * 0.95)]! - sorted[Math.floor(sorted.length * 0.05)]! >= cleanDb
}

/** Adds what was said before wherever it is the same. Each of its steps takes some milliseconds. */
async function add(now: Spoken, before: Spoken, sums: Float32Array, counts: Uint16Array): Promise<void> {
  const likely = places(now.steps, before.steps)
  await otherWork()
  for (const steps of likely) {
    const by = finely(now, before, steps)
    await otherWork()
    if (by === undefined) continue
    for (const from of samePieces(now.samples, before.samples, by)) {
      for (let i = from; i < from + pieceSamples; i++) {
        sums[i]! += before.samples[i + by]!
        counts[i]!++
      }
    }
    return
  }
}

/** How far behind its own beginning the other may lie, in steps: the likeliest first. */
function places(now: Float32Array, before: Float32Array): readonly number[] {
  const [a, b] = [overFloor(now), overFloor(before)]
  const found: { readonly by: number; readonly likeness: number }[] = []
  for (let by = leastSteps - a.length; by <= b.length - leastSteps; by++) {
    const from = Math.max(0, -by)
    const likeness = correlation(a, b, from, Math.min(a.length, b.length - by), by)
    if (likeness < likeSteps) continue
    const last = found.at(-1)
    if (last === undefined || by - last.by > together) found.push({ by, likeness })
    else if (likeness > last.likeness) found[found.length - 1] = { by, likeness }
  }
  return found
    .sort((x, y) => y.likeness - x.likeness)
    .slice(0, mostPlaces)
    .map(({ by }) => by)
}

function overFloor(steps: Float32Array): Float32Array {
  const floor = Math.max(...steps) - depthDb
  return steps.map((db) => Math.max(0, db - floor))
}

type Samples = Int16Array | Float32Array

/** Of a[i] and b[i + by]. @param each of so many is looked at */
function correlation(a: Samples, b: Samples, from: number, to: number, by: number, each = 1): number {
  let [x, y, xy, xx, yy] = [0, 0, 0, 0, 0]
  for (let i = from; i < to; i += each) {
    const [p, q] = [a[i]!, b[i + by]!]
    x += p
    y += q
    xy += p * q
    xx += p * p
    yy += q * q
  }
  const n = Math.ceil((to - from) / each)
  const power = (xx - (x * x) / n) * (yy - (y * y) / n)
  return power <= 0 ? 0 : (xy - (x * y) / n) / Math.sqrt(power)
}

/** The same to the sample, by the loudest that both have; `undefined` where they are not alike. */
function finely(now: Spoken, before: Spoken, steps: number): number | undefined {
  const [a, b] = [now.samples, before.samples]
  const first = Math.max(0, -steps) + 2
  const last = Math.min(now.steps.length, before.steps.length - steps) - 2 - fineSamples / stepSamples
  let [loudest, from] = [-1, -1]
  for (let step = first; step <= last; step++) {
    let sum = 0
    for (let k = 0; k < fineSamples / stepSamples; k++) sum += now.steps[step + k]!
    if (sum > loudest) [loudest, from] = [sum, step * stepSamples]
  }
  if (from < 0) return undefined
  let [best, at] = [0, 0]
  for (let by = (steps - 1) * stepSamples; by <= (steps + 1) * stepSamples; by++) {
    if (from + by < 0 || from + fineSamples + by > b.length) continue
    const likeness = correlation(a, b, from, from + fineSamples, by, 2)
    if (likeness > best) [best, at] = [likeness, by]
  }
  return best >= likeSamples ? at : undefined
}

/** Where pieces begin that are the same but for the noise; none unless the whole is. */
function samePieces(a: Int16Array, b: Int16Array, by: number): readonly number[] {
  const pieces: { readonly from: number; readonly rest: number; readonly power: number }[] = []
  for (let from = Math.max(0, -by); from + pieceSamples <= Math.min(a.length, b.length - by); from += pieceSamples) {
    let [rest, power] = [0, 0]
    for (let i = from; i < from + pieceSamples; i++) {
      rest += (a[i]! - b[i + by]!) ** 2
      power += Math.min(a[i]! ** 2, b[i + by]! ** 2)
    }
    pieces.push({ from, rest, power })
  }
  const rests = pieces.map(({ rest }) => rest).sort((x, y) => x - y)
  const noise = rests[Math.floor(rests.length / 2)] ?? 0
  const same = pieces.filter(({ rest, power }) => rest <= Math.max(mostNoise * noise, codecNoise * power))
  const all = same.reduce((sum, { rest, power }) => ({ rest: sum.rest + rest, power: sum.power + power }), {
    rest: 0,
    power: 0,
  })
  return all.rest <= 2 * (1 - likeSamples) * all.power ? same.map(({ from }) => from) : []
}
