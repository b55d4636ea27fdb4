import type { SoundPiece } from '../../phone/listen.ts'

/** One frame of sound. */
const frameMs = 20
/** What lies further below the loudest is the line rather than the voice. */
const depthDb = 24
/** So far above the background somebody speaks. */
const loudDb = 10
/** dB of what is no silence. */
const audibleDb = 65
/** Most of so many frames in a row: a click is no beginning. */
const onsetFrames = 10
const onsetLoud = 7
/** Kept of a prompt behind its greeting, and needed of it. */
const longest = 160
const shortest = 110
/** Greetings that take longer are kept no longer: by its beginning alone such a prompt is known only where it is expected. */
const longestGreeting = 1000
/** Messages that end otherwise often begin with the same greeting: no company's takes so long. */
const longestMessage = 320
/** The loudness of a line is judged by so much. */
const judged = 250
/** A prompt may begin wherever the first of it is so like. */
const first = 40
const likeFirst = 0.6
/** And it is the same recording where so much more of it is: others of one voice share 0.5 of three seconds, and 0.75 of one at most. */
const likeAll = 0.74
/**
 * A noise lies over one quarter of a print at most: two menus of one voice that begin with the same words ("for sales, press", "for sales, dial") share
 * two, and 0.5 of each other one.
 */
const likeQuarter = 0.7
const badShare = 0.25
/** Another that is hardly less like leaves it open. */
const margin = 0.1
/** Beginnings nearer than this are one. */
const together = 6
/** A message is known where it is what is said first behind a key, and nowhere else. */
const soonMs = 1500

/** All that was heard in one listening, or in a later part of it. */
export class HeardSound {
  #levels = new Uint8Array(0)
  #filled = 0
  bands = 0
  /** Where words are late, a hearing is over some time after its sound, and that of the next begins as much later. */
  #fromMs = 0

  push({ fromMs, bands, levels }: SoundPiece): void {
    if (this.#filled === 0) this.#fromMs = fromMs
    this.bands = bands
    if (this.#filled + levels.length > this.#levels.length) {
      const more = new Uint8Array(Math.max(4096, 2 * (this.#filled + levels.length)))
      more.set(this.#levels)
      this.#levels = more
    }
    this.#levels.set(levels, this.#filled)
    this.#filled += levels.length
  }

  get frames(): number {
    return this.bands === 0 ? 0 : this.#filled / this.bands
  }

  frameAt(ms: number): number {
    return Math.max(0, Math.round((ms - this.#fromMs) / frameMs))
  }

  msAt(frame: number): number {
    return this.#fromMs + frame * frameMs
  }

  /** dB. */
  level(frame: number, band: number): number {
    return this.#levels[frame * this.bands + band] ?? 0
  }
}

/** How a prompt begins to sound. A recording that is played again is known by it, also over noise, long before its words are understood. */
export interface SoundPrint {
  readonly bands: number
  readonly frames: number
  /** dB; all below counts as this. */
  readonly floor: number
  /** dB over the floor. */
  readonly levels: Float32Array
  /** Frames of a greeting, with which other prompts may begin as well. */
  readonly greeting: number
}

export interface PrintBounds {
  /** Where a message is over: all of it is kept, or much of it. */
  readonly toMs?: number
  /** How long what it says first takes, until it says what others do not; 0 unless given. */
  readonly greetingMs?: number
}

/**
 * The print of what is said first in a sound; `undefined` where there is too little. Pure.
 * @param fromMs where it may begin
 */
export function printOf(
  sound: HeardSound,
  fromMs: number,
  { toMs, greetingMs = 0 }: PrintBounds = {},
): SoundPrint | undefined {
  const { bands } = sound
  const from = sound.frameAt(fromMs)
  const to = toMs === undefined ? sound.frames : Math.min(sound.frames, sound.frameAt(toMs))
  const loudest = Array.from({ length: Math.max(0, Math.min(judged, to - from)) }, (_, i) => peak(sound, from + i))
  if (loudest.length < shortest) return undefined
  const top = [...loudest].sort((a, b) => b - a)[Math.floor(loudest.length * 0.05)] ?? 0
  if (top < audibleDb) return undefined
  const floor = top - depthDb
  const loud = loudest.map((level) => level >= floor + loudDb)
  const onset = loud.findIndex((is, i) => is && count(loud, i, onsetFrames) >= onsetLoud)
  if (onset < 0) return undefined
  const begin = from + onset
  const greeting = Math.min(longestGreeting, Math.round(greetingMs / frameMs))
  const frames = Math.min(toMs === undefined ? greeting + longest : longestMessage, to - begin)
  if (frames < shortest) return undefined
  const levels = new Float32Array(frames * bands)
  for (let i = 0; i < frames; i++)
    for (let band = 0; band < bands; band++)
      levels[i * bands + band] = Math.max(0, sound.level(begin + i, band) - floor)
  return { bands, frames, floor, levels, greeting }
}

function peak(sound: HeardSound, frame: number): number {
  let most = 0
  for (let band = 0; band < sound.bands; band++) most = Math.max(most, sound.level(frame, band))
  return most
}

const count = (loud: readonly boolean[], from: number, length: number): number =>
  loud.slice(from, from + length).filter((is) => is).length

/**
 * How like the first frames of a print are to what was heard from a frame on: the correlation of how each band rises and falls, -1 to 1. Pure.
 */
export function printLikeness(print: SoundPrint, sound: HeardSound, at: number, frames: number): number {
  const { bands, floor, levels } = print
  let [both, one, other] = [0, 0, 0]
  for (let band = 0; band < bands; band++) {
    let [a, b, ab, aa, bb] = [0, 0, 0, 0, 0]
    for (let i = 0; i < frames; i++) {
      const x = levels[i * bands + band]!
      const y = Math.max(0, sound.level(at + i, band) - floor)
      a += x
      b += y
      ab += x * y
      aa += x * x
      bb += y * y
    }
    both += ab - (a * b) / frames
    one += aa - (a * a) / frames
    other += bb - (b * b) / frames
  }
  return one <= 0 || other <= 0 ? 0 : both / Math.sqrt(one * other)
}

/** Whether it goes far enough behind its greeting to tell it from another with the same. */
export const tellsApart = ({ frames, greeting }: SoundPrint): boolean => frames - greeting >= shortest

export const greetingMs = ({ greeting }: SoundPrint): number => greeting * frameMs

/** Of what is said behind the greeting. */
function ownOf({ bands, frames, levels, greeting, floor }: SoundPrint): SoundPrint {
  return { bands, floor, frames: frames - greeting, levels: levels.subarray(greeting * bands), greeting: 0 }
}

/** Whether all quarters of a print are like what was heard, but for one that something lay over. */
function isLikeThroughout(print: SoundPrint, sound: HeardSound, at: number, frames: number): boolean {
  const { bands, levels } = print
  const quarters = Array.from({ length: Math.floor(frames / first) }, (_, i) => i * first)
  const bad = quarters.filter((from) => {
    const quarter = { ...print, levels: levels.subarray(from * bands, (from + first) * bands) }
    return printLikeness(quarter, sound, at + from, first) < likeQuarter
  })
  return quarters.length < 2 || bad.length <= badShare * quarters.length
}

/** Whether a prompt is anywhere in what was heard. Pure. */
export function holdsPrint(sound: HeardSound, print: SoundPrint): boolean {
  for (let at = 0; at + print.frames <= sound.frames; at++) {
    if (printLikeness(print, sound, at, first) < likeFirst) continue
    if (printLikeness(print, sound, at, print.frames) >= likeAll - margin) return true
  }
  return false
}

export interface FoundPrint {
  readonly id: string
  /** Where it began. */
  readonly fromMs: number
}

interface Beginning {
  readonly at: number
  readonly likeness: number
}

/** Looks out for prompts that are known while something is heard. */
export class PrintWatch {
  readonly sound = new HeardSound()
  readonly #prints: ReadonlyMap<string, SoundPrint>
  readonly #messages: ReadonlyMap<string, SoundPrint>
  readonly #beginnings = new Map<string, Beginning[]>()
  #next = 0

  /**
   * @param prints by the id of the node
   * @param messages likewise, of what is over with its own words; looked for at the beginning alone
   */
  constructor(prints: ReadonlyMap<string, SoundPrint>, messages: ReadonlyMap<string, SoundPrint> = new Map()) {
    this.#prints = prints
    this.#messages = messages
  }

  push(piece: SoundPiece): void {
    this.sound.push(piece)
    for (; this.#next + first <= this.sound.frames; this.#next++) {
      for (const [id, print] of this.#prints) this.#look(id, print, this.#next)
      if (this.sound.msAt(this.#next) > soonMs) continue
      for (const [id, print] of this.#messages) this.#look(id, print, this.#next)
    }
  }

  /** Whether the whole of a print that is known was heard, or nearly so. */
  get holds(): boolean {
    return [...this.#beginnings].some(([id, beginnings]) => {
      const print = this.#printOf(id)
      return beginnings.some(
        ({ at }) =>
          at + print.frames <= this.sound.frames &&
          printLikeness(print, this.sound, at, print.frames) >= likeAll - margin,
      )
    })
  }

  /**
   * A prompt of which at least so much was heard by now, or a message that was heard whole. Where two begin alike, none is told.
   * @param isExpected whether so much is enough; of any other prompt as much must be heard behind its greeting
   */
  found(ms: number, isExpected: (found: FoundPrint) => boolean = () => true): FoundPrint | undefined {
    const least = Math.round(ms / frameMs)
    const fits = [...this.#beginnings].flatMap(([id, beginnings]) => {
      const print = this.#printOf(id)
      const isMenu = this.#prints.has(id)
      const [best] = beginnings
        .map(({ at }) => {
          if (!isMenu) return { id, at, likeness: this.#likeness(print, at, print.frames) }
          const likeness = this.#likeness(print, at, Math.min(least, print.frames))
          if (print.greeting === 0 || isExpected({ id, fromMs: this.sound.msAt(at) })) return { id, at, likeness }
          const own = tellsApart(print) ? ownOf(print) : undefined
          const behind = own === undefined ? 0 : this.#likeness(own, at + print.greeting, Math.min(least, own.frames))
          return { id, at, likeness: Math.min(likeness, behind) }
        })
        .sort((a, b) => b.likeness - a.likeness)
      return best === undefined || best.likeness < likeAll - margin ? [] : [best]
    })
    const [best, next] = fits.sort((a, b) => b.likeness - a.likeness)
    if (best === undefined || best.likeness < likeAll) return undefined
    if (next !== undefined && next.likeness > best.likeness - margin) return undefined
    return { id: best.id, fromMs: this.sound.msAt(best.at) }
  }

  /** Of so much of a print; 0 where less was heard, or a part of it is another. */
  #likeness(print: SoundPrint, at: number, frames: number): number {
    if (this.sound.frames - at < frames || !isLikeThroughout(print, this.sound, at, frames)) return 0
    return printLikeness(print, this.sound, at, frames)
  }

  #printOf(id: string): SoundPrint {
    return (this.#prints.get(id) ?? this.#messages.get(id))!
  }

  #look(id: string, print: SoundPrint, at: number): void {
    const likeness = printLikeness(print, this.sound, at, first)
    if (likeness < likeFirst) return
    const beginnings = this.#beginnings.get(id) ?? []
    const last = beginnings.at(-1)
    if (last === undefined || at - last.at > together) beginnings.push({ at, likeness })
    else if (likeness > last.likeness) beginnings[beginnings.length - 1] = { at, likeness }
    this.#beginnings.set(id, beginnings)
  }
}
