import type { HeardTone } from '../plane.ts'
import type { Frame } from './tonal.ts'

/** A run that goes on. */
interface OpenRun {
  readonly from: number
  last: number
  low: number
  high: number
  frames: number
  level: number
  /** Of its last frame, and how far the level has moved from frame to frame. */
  now: number
  moved: number
  /** The loudest of what came before. */
  readonly before: number
}

/** A stretch in which the same one or two tones sounded; times in frames of 20 ms. */
interface Run {
  readonly from: number
  readonly to: number
  readonly low: number
  readonly high: number
  /** It was quiet before. */
  readonly alone: boolean
}

const FRAME_MS = 20
/** The window is 64 ms: a tone seems to last some 40 ms less or longer, and a gap of one frame is no gap. */
const BRIDGED = 2
const STEADY_HZ = 30
/** A second one that is nearer is the skirt of the first, which comes and goes where the line hisses. */
const SKIRT_HZ = 50
const QUIET_DB = -45
/** The shortest bursts of E.180 last 200 ms. */
const LEAST_ON_MS = 120
/** So far below a tone is silence beside it: noise of the line. */
const BELOW_DB = 15
/** 100 ms: the edge of a tone is shorter. */
const VOICED = 5
/** 440 and 480 Hz beat: from frame to frame their level moves by 0.8 dB, that of one tone at 20 dB by 0.1. After so long they are a ring. */
const BEATS_DB = 0.5
const BEATING_MS = 1000
/** Behind a ring that was answered. */
const MOST_AFTER_RING_MS = 1700
/** What is remembered from before a tone, and how much of its start is its own edge. */
const REMEMBERED = 8
const EDGE = 4

/**
 * Knows the tones of telephones by their frequencies and cadence (ITU-T E.180 and its supplement 2, T.30), whichever country's they are.
 * Each is told once when it is sure, and again only after something else or a long pause.
 */
export class ToneDetector {
  readonly #tell: (tone: HeardTone, fromFrame: number) => void
  #frame = 0
  #run: OpenRun | undefined
  #runs: Run[] = []
  #quiet = 0
  /** Frames in a row that are neither quiet nor a tone. */
  #voiced = 0
  /** Of the tone that sounded last; forgotten as soon as something else is heard. */
  #toneLevel = Number.NEGATIVE_INFINITY
  readonly #levels = new Float64Array(REMEMBERED).fill(-96)
  #told: { readonly tone: HeardTone; readonly at: number } | undefined
  /** A single tone that may be a beep or the first burst of a cadence. */
  #beep: Run | undefined

  constructor(tell: (tone: HeardTone, fromFrame: number) => void) {
    this.#tell = tell
  }

  /** A tone sounds now or did a moment ago: what is heard is nobody's voice. */
  get sounding(): boolean {
    return this.#run !== undefined && this.#run.frames >= 3
  }

  push({ tonal, low, high: second, level }: Frame): void {
    this.#frame++
    const at = this.#frame
    const high = second - low < SKIRT_HZ ? 0 : second
    const run = this.#run
    if (tonal && run !== undefined && steady(run, low, high)) {
      run.last = at
      run.frames++
      run.low += (low - run.low) / run.frames
      run.high += (high - run.high) / run.frames
      run.level += (level - run.level) / run.frames
      run.moved += Math.abs(level - run.now)
      run.now = level
      this.#while(run)
    } else if (run !== undefined && (tonal || at - run.last > BRIDGED)) {
      this.#run = undefined
      this.#ended(run)
      if (tonal) this.#begin(at, low, high, level)
    } else if (tonal && run === undefined) this.#begin(at, low, high, level)
    const quiet = level < QUIET_DB || (!tonal && level < this.#toneLevel - BELOW_DB)
    this.#quiet = quiet ? this.#quiet + 1 : 0
    this.#levels[at % REMEMBERED] = level
    if (this.#quiet > 0) this.#silence()
    this.#voiced = this.#quiet > 0 || tonal ? 0 : this.#voiced + 1
    if (this.#voiced === VOICED) this.#pickedUp()
    if (this.#quiet > 0) return
    if (!tonal && this.#run === undefined) {
      this.#beep = undefined
      this.#toneLevel = Number.NEGATIVE_INFINITY
    }
  }

  #begin(at: number, low: number, high: number, level: number): void {
    let before = -96
    for (let ago = EDGE; ago <= REMEMBERED; ago++)
      before = Math.max(before, this.#levels[(at + REMEMBERED - ago) % REMEMBERED]!)
    this.#run = { from: at, last: at, low, high, frames: 1, level, now: level, moved: 0, before }
  }

  /** A tone goes on. */
  #while({ from, frames, low, high, moved }: OpenRun): void {
    const ms = frames * FRAME_MS
    if (ms === BEATING_MS && high === 0 && isRingPitch(low) && moved >= BEATS_DB * frames) this.#say('ringback', from)
    if (ms >= 1500 && high === 0 && near(low, 2100, 25)) this.#say('fax', from)
    if (ms < 3000) return
    if ((high === 0 && low >= 380 && low <= 470) || (near(low, 350, 20) && near(high, 440, 20))) this.#say('dial', from)
  }

  #ended({ from, last, low, high, frames, level, before }: OpenRun): void {
    if (frames < 3) return
    this.#toneLevel = level
    const run: Run = { from, to: last, low, high, alone: before < level - BELOW_DB }
    this.#runs.push(run)
    if (this.#runs.length > 6) this.#runs.shift()
    this.#beep = undefined
    if (isSit(this.#runs)) this.#say('sit', this.#runs.at(-3)?.from ?? from)
    else if (isCng(this.#runs)) this.#say('fax', this.#runs.at(-2)?.from ?? from)
    else if (this.#cadence()) return
    else if (mayBeBeep(run)) this.#beep = run
  }

  #cadence(): boolean {
    const [first, second, third] = this.#runs.slice(-3)
    if (first === undefined || second === undefined || third === undefined) return false
    if (!same(first, second) || !same(second, third) || !isCall(third)) return false
    const ons = [length(first), length(second), length(third)]
    const offs = [gap(first, second), gap(second, third)]
    if (!alike(ons) || !alike(offs)) return false
    // Vowels of a voice that reads a list may come as regularly, but not out of silence.
    if (!second.alone || !third.alone || Math.min(...ons) < LEAST_ON_MS) return false
    const period = (third.from - first.from) * (FRAME_MS / 2)
    if (period >= 640 && period <= 1300 && (ons[0] ?? 0) <= 750) return this.#say('busy', first.from)
    if (period >= 280 && period < 640) return this.#say('congestion', first.from)
    return false
  }

  #silence(): void {
    const last = this.#runs.at(-1)
    if (last === undefined || this.#run !== undefined) return
    const ms = this.#quiet * FRAME_MS
    // 2 s on, 4 off; 1 on, 4 off; twice 0.4 on, 2 off: the long pause is common to all.
    if (ms === 1700 && isRing(last, this.#runs.at(-2))) {
      this.#beep = undefined
      this.#say('ringback', last.from)
      return
    }
    const beep = this.#beep
    if (beep === undefined) return
    // Low ones may be the first burst of a cadence; that is known when none follows.
    const patience = beep.low >= 600 ? 200 : 2400
    if (ms < patience) return
    this.#beep = undefined
    this.#say('beep', beep.from)
  }

  /** Somebody speaks: who picks up does not wait for the pause behind a ring. */
  #pickedUp(): void {
    const last = this.#runs.at(-1)
    if (last === undefined || (this.#frame - last.to) * FRAME_MS > MOST_AFTER_RING_MS) return
    if (isRing(last, this.#runs.at(-2))) this.#say('ringback', last.from)
  }

  #say(tone: HeardTone, from: number): boolean {
    const told = this.#told
    this.#told = { tone, at: this.#frame }
    // The same again within ten seconds is the same one going on; every beep is one of its own.
    const again = told?.tone === tone && this.#frame - told.at < 500 && tone !== 'beep'
    if (!again) this.#tell(tone, from)
    return true
  }
}

const near = (hz: number, wanted: number, by: number): boolean => Math.abs(hz - wanted) <= by
const length = ({ from, to }: Run): number => (to - from + 1) * FRAME_MS
const gap = (a: Run, b: Run): number => (b.from - a.to - 1) * FRAME_MS

/** Two tones may come and go as one where they beat. */
function steady(run: { low: number; high: number }, low: number, high: number): boolean {
  if (run.high === 0 || high === 0) return run.high === high && near(low, run.low, STEADY_HZ)
  return near(low, run.low, STEADY_HZ) && near(high, run.high, STEADY_HZ)
}

const same = (a: Run, b: Run): boolean => steady(a, b.low, b.high)

function alike(values: readonly number[]): boolean {
  return Math.max(...values) - Math.min(...values) <= Math.max(80, 0.2 * Math.max(...values))
}

/** What exchanges use to tell of a call: 300 to 660 Hz. */
const isCall = ({ low, high }: Run): boolean => low >= 300 && Math.max(low, high) <= 660

const isRingPitch = (hz: number): boolean => hz >= 370 && hz <= 520

function isRing(last: Run, before: Run | undefined): boolean {
  if (!isRingPitch(last.low) || !isRingPitch(Math.max(last.low, last.high))) return false
  const ms = length(last)
  if (ms >= 700 && ms <= 2600) return true
  return ms >= 300 && ms <= 520 && before !== undefined && length(before) >= 300 && gap(before, last) <= 350
}

/** Three rising notes, one after the other. */
function isSit(runs: readonly Run[]): boolean {
  const [a, b, c] = runs.slice(-3)
  if (a === undefined || b === undefined || c === undefined) return false
  const notes = near(a.low, 950, 60) && near(b.low, 1400, 60) && near(c.low, 1777, 50)
  const lengths = [a, b, c].every((run) => run.high === 0 && length(run) >= 180 && length(run) <= 480)
  return notes && lengths && gap(a, b) <= 120 && gap(b, c) <= 120
}

/** T.30 §4.2: 1100 Hz for half a second every three and a half. */
function isCng(runs: readonly Run[]): boolean {
  const [a, b] = runs.slice(-2)
  if (a === undefined || b === undefined) return false
  const tone = (run: Run): boolean =>
    run.high === 0 && near(run.low, 1100, 40) && length(run) >= 400 && length(run) <= 640
  const pause = gap(a, b)
  return tone(a) && tone(b) && pause >= 2500 && pause <= 3500
}

const mayBeBeep = (run: Run): boolean =>
  run.alone && run.high === 0 && run.low >= 350 && run.low <= 2600 && length(run) >= 120 && length(run) <= 2500
