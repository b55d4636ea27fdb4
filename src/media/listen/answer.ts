import type { AnsweredBy, AnswerNews } from '../plane.ts'
import { type SteadyTone, SteadyTones } from './steady-tones.ts'
import type { Frame } from './tonal.ts'
import { VoicedSpans } from './voiced.ts'

const FRAME_MS = 20
const frames = (ms: number): number => ms / FRAME_MS

/** Looked at so often; a verdict is known so much later at the most. */
const EVERY = 5
/** A greeting of this length is a machine's, whatever follows. */
const MACHINE = frames(3200)
/** So long is nobody heard: nobody is there. */
const SILENCE = frames(5000)
/** A call on which nothing can be made out is given up as it stands. */
const LONGEST = frames(14_000)
/** The frame before a tone may have its edge. */
const EDGE = 3
/** After a beep it must be quiet for so long: some machines beep several times. */
const AFTER_BEEP = frames(600)
/** A machine that is silent for so long after its greeting does not beep. */
const NO_BEEP = frames(4500)
/** CED lasts 2.6 to 4 s (T.30 §4.1); no beep that comes without a greeting lasts so long. */
const CED = frames(1000)
const CED_AFTER_SPEECH = frames(2400)
/** Pause between two bursts of CNG: 3 s (T.30 §4.2). */
const CNG_GAP = frames(2000)
const CNG_PAUSE = frames(3600)

/** The pause after which somebody is taken for a person who waits for an answer. The longer they spoke, the more it may be a machine's. */
function pauseAfter(span: number): number {
  const ms = span * FRAME_MS
  if (ms <= 1000) return frames(800)
  if (ms <= 2000) return frames(1500)
  return frames(2000)
}

/**
 * Who answered a call that was placed, and when a message may be left: by how long they speak before they wait, and by tones.
 *
 * listening → person | fax | silence
 * listening → machine → (beep, then quiet) recording → (another beep) recording …
 */
export class AnswerDetector {
  readonly #tell: (news: AnswerNews) => void
  readonly #tones = new SteadyTones()
  readonly #voiced = new VoicedSpans()
  #frame = 0
  #state: 'listening' | 'waiting' | 'recording' | 'over' = 'listening'
  /** The last tone, and whether it was told as a beep. */
  #tone: SteadyTone | undefined
  #bursts = 0
  #beepTold = true

  constructor(tell: (news: AnswerNews) => void) {
    this.#tell = tell
  }

  push(frame: Frame): void {
    if (this.#state === 'over') return
    const ended = this.#tones.push(frame)
    this.#voiced.push(frame.level, false)
    this.#frame++
    if (ended !== undefined) this.#toneEnded(ended)
    if (this.#frame % EVERY !== 0) return
    if (this.#state === 'listening') this.#listen()
    else this.#await()
  }

  #toneEnded(tone: SteadyTone): void {
    this.#voiced.wasTone(tone.from - 1, tone.to + 2)
    if (!mayBeBeep(tone)) return
    const before = this.#tone
    const again = before !== undefined && isCng(before) && isCng(tone) && tone.from - before.to >= CNG_GAP
    this.#bursts = again ? this.#bursts + 1 : 1
    this.#tone = tone
    this.#beepTold = false
  }

  #listen(): void {
    const by = this.#verdict()
    if (by === undefined) return
    this.#state = by === 'machine' ? 'waiting' : 'over'
    this.#tell({ kind: 'answered', by, atMs: this.#frame * FRAME_MS })
    if (by === 'machine') this.#await()
  }

  #verdict(): AnsweredBy | undefined {
    const spans = this.#voiced.spans()
    const first = spans[0]
    const last = spans.at(-1)
    // A tone that goes on still counts as voiced.
    const spoken = first !== undefined && first.from < (this.#tones.from ?? this.#frame) - EDGE
    if (this.#isFax(spoken)) return 'fax'
    const beep = this.#tone
    const sounds = this.#tones.sounding >= 3
    const quietFrom = Math.max(last?.to ?? 0, beep?.to ?? 0)
    const quiet = sounds ? 0 : this.#frame - quietFrom
    if (beep !== undefined && beep.to >= quietFrom) {
      // A fax may be calling; its second burst tells.
      const enough = first === undefined && isCng(beep) ? CNG_PAUSE : AFTER_BEEP
      return quiet >= enough ? 'machine' : undefined
    }
    const long = this.#frame >= LONGEST
    if (first === undefined || last === undefined) {
      const nobody = beep === undefined && !sounds && this.#frame >= SILENCE
      return long || nobody ? 'silence' : undefined
    }
    const span = last.to - first.from
    if (long || span >= MACHINE) return 'machine'
    return quiet >= pauseAfter(span) ? 'person' : undefined
  }

  #await(): void {
    const last = this.#voiced.spans().at(-1)
    const beep = this.#tone
    if (this.#tones.sounding >= 3) return
    const quiet = this.#frame - Math.max(last?.to ?? 0, beep?.to ?? 0)
    if (beep !== undefined && !this.#beepTold) {
      // What is said after it belongs to the greeting.
      if (last !== undefined && last.from > beep.to) this.#beepTold = true
      else if (quiet >= AFTER_BEEP) this.#recording('beep')
      return
    }
    if (this.#state === 'waiting' && quiet >= NO_BEEP) this.#recording('silence')
  }

  #isFax(spoken: boolean): boolean {
    const { sounding, hz } = this.#tones
    if (Math.abs(hz - 2100) <= 30 && sounding >= (spoken ? CED_AFTER_SPEECH : CED)) return true
    return !spoken && this.#bursts >= 2
  }

  #recording(after: 'beep' | 'silence'): void {
    this.#state = 'recording'
    this.#beepTold = true
    this.#tell({ kind: 'recording', after, atMs: this.#frame * FRAME_MS })
  }
}

const lengthOf = ({ from, to }: SteadyTone): number => (to - from) * FRAME_MS

/** 350 to 2600 Hz, up to 4 s. */
const mayBeBeep = (tone: SteadyTone): boolean => tone.hz >= 350 && tone.hz <= 2600 && lengthOf(tone) <= 4000

/** T.30 §4.2: 1100 Hz for half a second. */
const isCng = (tone: SteadyTone): boolean =>
  tone.second === 0 && Math.abs(tone.hz - 1100) <= 40 && lengthOf(tone) >= 380 && lengthOf(tone) <= 660
