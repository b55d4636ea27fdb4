import type { Heard } from '../plane.ts'
import { AnswerDetector } from './answer.ts'
import { BANDS, SoundBands } from './bands.ts'
import { Endpointer, type EndpointerRules } from './endpointer.ts'
import { MusicDetector } from './music.ts'
import { TonalFrames } from './tonal.ts'
import { ToneDetector } from './tones.ts'

const FRAME_MS = 20
/** So much in a row that is no tone makes an utterance; until then it is held back. The edges of a tone are shorter. */
const VOICED_FRAMES = 6
/** So much in a row of a tone is no part of speech. */
const TONED_FRAMES = 16
/** Handed on in pieces of this length. */
const PIECE = 1600
const QUIET_DB = -45
/** A voice rises and falls; what does not is noise. */
const LEAST_RANGE_DB = 8

export interface ListenerRules extends EndpointerRules {
  /** `sound` is told as well. */
  readonly sound?: boolean
  /** Who answered is told as well. */
  readonly answer?: boolean
}

interface Begun {
  readonly from: number
  readonly music: boolean
  told: boolean
  voiced: number
  row: number
  loud: number
  loudest: number
  softest: number
}

/** Hears one call: cuts utterances, knows tones and music, keeps both out of what is to be transcribed. */
export class Listener {
  readonly #tell: (heard: Heard) => void
  readonly #frames = new TonalFrames()
  readonly #tones: ToneDetector
  readonly #music: MusicDetector
  readonly #answer: AnswerDetector | undefined
  readonly #endpointer: Endpointer
  readonly #sound: SoundBands | undefined
  #piece = new Int16Array(PIECE)
  #filled = 0
  /** Frames in a row that are a tone. */
  #toned = 0
  #began: Begun | undefined
  readonly #early: Int16Array[] = []

  constructor(rules: ListenerRules, tell: (heard: Heard) => void) {
    this.#tell = tell
    this.#tones = new ToneDetector((tone, from) => tell({ kind: 'tone', tone, fromMs: from * FRAME_MS }))
    this.#music = new MusicDetector((playing, from) => tell({ kind: 'music', playing, fromMs: from * FRAME_MS }))
    this.#answer = rules.answer === true ? new AnswerDetector(tell) : undefined
    this.#endpointer = new Endpointer(rules, {
      begin: (from) => {
        this.#began = {
          from,
          told: false,
          music: this.#music.playing,
          voiced: 0,
          row: 0,
          loud: 0,
          loudest: -96,
          softest: 0,
        }
      },
      audio: (samples) => this.#audio(samples),
      end: (to) => this.#end(to),
      silence: (from, ms) => tell({ kind: 'silence', fromMs: from * FRAME_MS, ms }),
    })
    if (rules.sound === true)
      this.#sound = new SoundBands((levels, from) =>
        tell({ kind: 'sound', fromMs: from * FRAME_MS, bands: BANDS, levels }),
      )
  }

  /** 20 ms at 8 kHz. */
  push(samples: Int16Array): void {
    const frame = this.#frames.push(samples)
    this.#tones.push(frame)
    this.#answer?.push(frame)
    const tonal = frame.tonal && this.#tones.sounding
    this.#music.push(frame.level, frame.likeness, tonal)
    this.#endpointer.push(samples)
    this.#toned = tonal ? this.#toned + 1 : 0
    // What was said is over where it begins to ring.
    if (this.#toned === TONED_FRAMES && this.#began?.told === true) this.#endpointer.finish()
    this.#sound?.push(samples)
    const began = this.#began
    if (began === undefined) return
    began.loudest = Math.max(began.loudest, frame.level)
    began.softest = Math.min(began.softest, frame.level)
    if (frame.level < QUIET_DB) return
    began.loud++
    if (!frame.tonal) began.voiced++
    began.row = frame.tonal ? 0 : began.row + 1
    if (!began.told && began.row >= VOICED_FRAMES) this.#speech(began)
  }

  finish(): void {
    this.#endpointer.finish()
  }

  #speech(began: Begun): void {
    began.told = true
    this.#tell({ kind: 'speech', fromMs: began.from * FRAME_MS })
    for (const samples of this.#early.splice(0)) this.#collect(samples)
  }

  #audio(samples: Int16Array): void {
    if (this.#began?.told === true) this.#collect(samples)
    else this.#early.push(samples.slice())
  }

  #end(to: number): void {
    const began = this.#began
    this.#began = undefined
    this.#early.length = 0
    if (began === undefined || !began.told) return
    this.#flush()
    const tones = began.voiced < 0.3 * began.loud
    const noise = began.loudest - began.softest < LEAST_RANGE_DB
    if (tones || noise || (began.music && this.#music.playing)) this.#tell({ kind: 'dropped' })
    else this.#tell({ kind: 'utterance', toMs: to * FRAME_MS })
  }

  #collect(samples: Int16Array): void {
    this.#piece.set(samples, this.#filled)
    this.#filled += samples.length
    if (this.#filled >= PIECE) this.#flush()
  }

  #flush(): void {
    if (this.#filled === 0) return
    this.#tell({ kind: 'audio', samples: this.#piece.subarray(0, this.#filled) })
    this.#piece = new Int16Array(PIECE)
    this.#filled = 0
  }
}
