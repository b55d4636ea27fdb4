import type { HeardWord } from '../../phone/listen.ts'
import type { HeardSound } from './print.ts'

/** One frame of sound, and how many are looked at together. */
const frameMs = 20
const together = 5
/** Nobody speaks so long without a pause, or a sound that leaves most bands empty: in so many of these a voice falls by 16 dB at the least. */
const window = 6
/**
 * What stays so near to the loudest for that long lies over the voice: a noise as loud as it falls by 13 dB at the most (45 prompts of five voices,
 * clean and at 20 dB).
 */
const nearDb = 14.5
/** And it is louder than what lies over all of the line. */
const overLineDb = 8
/** Less of a prompt does not tell how loud it is. */
const leastMs = 3000
/** At its edges a noise takes the word with it. */
const edgeMs = 100

export interface Noise {
  readonly fromMs: number
  readonly toMs: number
}

/** When a noise lay over what was said for half a second or longer; not one that lies over all of it. Pure. */
export function noisesIn(sound: HeardSound): readonly Noise[] {
  const groups = Math.floor(sound.frames / together)
  if (groups * together * frameMs < leastMs) return []
  const falls = fallsIn(sound, groups)
  const usual = [...falls].sort((a, b) => b - a)[falls.length >> 1] ?? 0
  const noises: Noise[] = []
  falls.forEach((fall, i) => {
    if (fall > nearDb || fall > usual - overLineDb) return
    const [fromMs, toMs] = [sound.msAt(i * together), sound.msAt((i + window) * together)]
    const last = noises.at(-1)
    if (last === undefined || fromMs > last.toMs) noises.push({ fromMs, toMs })
    else noises[noises.length - 1] = { fromMs: last.fromMs, toMs }
  })
  return noises
}

/** How far below its loudest each band falls in each window, in the mean of all bands. */
function fallsIn(sound: HeardSound, groups: number): readonly number[] {
  const falls = new Array<number>(Math.max(0, groups - window + 1)).fill(0)
  const [quietest, loudest] = [new Uint8Array(groups), new Uint8Array(groups)]
  for (let band = 0; band < sound.bands; band++) {
    for (let group = 0; group < groups; group++) {
      let [least, most] = [255, 0]
      for (let i = 0; i < together; i++) {
        const level = sound.level(group * together + i, band)
        if (level < least) least = level
        if (level > most) most = level
      }
      quietest[group] = least
      loudest[group] = most
    }
    const top = loudest.sort()[groups - 1 - Math.floor(groups / 10)] ?? 0
    for (let i = 0; i < falls.length; i++) {
      let least = 255
      for (let k = i; k < i + window; k++) if (quietest[k]! < least) least = quietest[k]!
      falls[i]! += (top - least) / sound.bands
    }
  }
  return falls
}

/** A recogniser is as sure of what it makes of noise as of anything else. */
const underNoise = 0.2

/** The words, those under a noise in doubt. Pure. */
export function doubted(words: readonly HeardWord[], noises: readonly Noise[]): readonly HeardWord[] {
  return words.map((word) => {
    const { fromMs, toMs, confidence } = word
    const under = noises.some((noise) => fromMs < noise.toMs + edgeMs && toMs > noise.fromMs - edgeMs)
    return under && confidence !== undefined && confidence > underNoise ? { ...word, confidence: underNoise } : word
  })
}
