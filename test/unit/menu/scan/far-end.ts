import { type Deferred, deferred } from '../../../../src/base/deferred.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import { type Call, CallEnded, type HangupReason } from '../../../../src/phone/call.ts'
import { type CallId, newId } from '../../../../src/phone/id.ts'
import type {
  HeardWord,
  ListenEnd,
  ListenEvent,
  Listening,
  ListenOptions,
  SoundPiece,
} from '../../../../src/phone/listen.ts'
import type { CallEnd } from '../../../../src/phone/reason.ts'
import type { FakeClock } from '../../../kit/fake-clock.ts'
import type { Lines } from './kit.ts'

/** Before a line is said, and after one that ends the call. */
const breathMs = 400
const wordMs = 300
const pauseMs = 350
/** Before a line is said again. */
const againAfterMs = 4000
const refusal = 'Sorry, that is not a valid option.'

function told(words: readonly HeardWord[], byMs: number): ListenEvent {
  const moved = words.map((word) => ({ ...word, fromMs: word.fromMs + byMs, toMs: word.toMs + byMs }))
  const text = words.map(({ word }) => word).join(' ')
  const [fromMs, toMs] = [moved[0]!.fromMs, moved.at(-1)!.toMs]
  return { kind: 'transcript', utterance: 1, final: true, fromMs, toMs, words: moved, text }
}

const pieceMs = 200
const frameMs = 20
const bands = 8

/** What words sound like: each its own, and the same wherever it is said; and a noise over them. */
function soundOf(words: readonly HeardWord[], fromMs: number, noise: readonly [number, number] = [0, 0]): SoundPiece {
  const levels = new Uint8Array((pieceMs / frameMs) * bands)
  for (let i = 0; i < levels.length; i++) {
    const ms = fromMs + Math.floor(i / bands) * frameMs
    const said = words.find((word) => word.fromMs <= ms && ms < word.toMs)
    if (ms >= noise[0] && ms < noise[1]) {
      levels[i] = 95
      continue
    }
    if (said === undefined) continue
    const frame = Math.floor((ms - said.fromMs) / frameMs)
    let hash = 7
    for (const letter of `${said.word} ${frame} ${i % bands}`) hash = (hash * 31 + letter.charCodeAt(0)) % 65_521
    levels[i] = 70 + (hash % 30)
  }
  return { fromMs, bands, levels }
}

type Talk = Pick<Call, 'id' | 'signal' | 'ended' | 'listen' | 'send' | 'hangup'>

/** By the clock. */
interface Recording {
  readonly from: number
  readonly pieces: SoundPiece[]
}

/** A company whose menu is said word for word on a clock of the test, to any number of calls at once. */
export class FarEnd {
  /** Keys that each call has sent, in the order in which the calls came. */
  readonly keys: string[][] = []
  most = 0
  #now = 0
  /** Lines that were said and not recognised, or under a noise. */
  readonly #failed = new Set<string>()
  readonly #lines: Lines
  readonly #clock: FakeClock
  readonly #recordings = new Map<CallId, Recording>()

  constructor(lines: Lines, clock: FakeClock) {
    this.#lines = lines
    this.#clock = clock
  }

  answer(id: CallId = newId('call', this.#clock.wall())): Call {
    const keys: string[] = []
    this.keys.push(keys)
    this.most = Math.max(this.most, ++this.#now)
    const talk = new Conversation(id, this.#lines, this.#clock, keys, this.#failed)
    this.#recordings.set(id, talk.recording)
    void talk.ended.then(() => this.#now--)
    // A scan uses no more of a call than this.
    const part: Talk = talk
    return part as Call
  }

  /** What it said in a part of a call, as far as somebody listened to its sound; times since it was answered. */
  soundOf(call: CallId, fromMs: number, toMs: number): readonly SoundPiece[] {
    const { from, pieces } = this.#recordings.get(call)!
    return pieces
      .map((piece) => ({ ...piece, fromMs: piece.fromMs - from - fromMs }))
      .filter((piece) => piece.fromMs >= 0 && piece.fromMs < toMs - fromMs)
  }
}

class Conversation implements Talk {
  readonly id: CallId
  readonly recording: Recording
  readonly #lines: Lines
  readonly #clock: FakeClock
  readonly #keys: string[]
  readonly #failed: Set<string>
  readonly #abort = new AbortController()
  readonly #end: Deferred<CallEnd> = deferred()
  #listening: { stop(end: ListenEnd): void } | undefined
  #line = 'main'
  #says: string
  /** When a line that is deaf began to be said. */
  #began: number | undefined

  constructor(id: CallId, lines: Lines, clock: FakeClock, keys: string[], failed: Set<string>) {
    this.#failed = failed
    this.id = id
    this.#lines = lines
    this.#clock = clock
    this.recording = { from: clock.now(), pieces: [] }
    this.#keys = keys
    this.#says = lines.main!.says
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get ended(): Promise<CallEnd> {
    return this.#end.promise
  }

  async listen({ onEvent, onSound, transcribe = true, silenceMs = [1200, 3000] }: ListenOptions): Promise<Listening> {
    this.#refuseEnded()
    const done = deferred<ListenEnd>()
    const timers: { stop(): void }[] = []
    const at = (ms: number, act: () => void): void => void timers.push(this.#clock.after(ms, act))
    const listening = {
      stop: (end: ListenEnd): void => {
        for (const timer of timers) timer.stop()
        done.resolve(end)
      },
    }
    this.#listening = listening
    const [clock, begun] = [this.#clock, this.#clock.now()]
    const goesOn = this.#rest().length > 0
    const { afterMs = breathMs, deaf } = this.#lines[this.#line]!
    const words = this.#began === undefined ? this.#words(afterMs) : this.#rest()
    if (deaf) this.#began ??= this.#clock.now()
    const over = words.at(-1)?.toMs ?? 0
    const fromMs = goesOn ? 0 : afterMs
    if (words.length > 0) at(fromMs, () => onEvent({ kind: 'speech', fromMs }))
    const { recorded, noise } = this.#lines[this.#line]!
    const spoilt = this.#failed.has(this.#line) ? undefined : noise
    if (spoilt !== undefined) this.#failed.add(this.#line)
    if (onSound !== undefined && (recorded || spoilt !== undefined))
      for (let ms = 0; ms < over + 1000; ms += pieceMs)
        at(ms + pieceMs, () => {
          const piece = soundOf(words, ms, spoilt)
          this.recording.pieces.push({ ...piece, fromMs: begun + ms })
          onSound(piece)
        })
    const { fails: failing } = this.#lines[this.#line]!
    const fails = failing === 'always' || (failing && !this.#failed.has(this.#line))
    if (fails) this.#failed.add(this.#line)
    if (fails && transcribe)
      at(over + 600, () =>
        onEvent({ kind: 'untranscribed', utterance: 1, fromMs, toMs: over, sentence: 'It was busy.' }),
      )
    else if (transcribe && words.length > 0) at(over + 600, () => onEvent(told(words, 0)))
    const againMs = over + againAfterMs
    if (this.#lines[this.#line]!.again) {
      at(againMs, () => onEvent({ kind: 'speech', fromMs: againMs }))
      at(againMs + over + 600, () => onEvent(told(words, againMs)))
      for (const ms of silenceMs)
        at(againMs + over + Math.max(ms, 700), () => onEvent({ kind: 'silence', fromMs: againMs + over, ms }))
    }
    if (this.#lines[this.#line]!.keys === undefined) at(over + breathMs + 600, () => this.#over('callee', 'it hung up'))
    else for (const ms of silenceMs) at(over + Math.max(ms, 700), () => onEvent({ kind: 'silence', fromMs: over, ms }))
    return {
      done: done.promise,
      get heardMs() {
        return clock.now() - begun
      },
      stop: () => listening.stop('stopped'),
    }
  }

  /** What is still to be said of a line that is deaf; times since now. */
  #rest(): readonly HeardWord[] {
    if (this.#began === undefined) return []
    const gone = this.#clock.now() - this.#began
    const { afterMs = breathMs } = this.#lines[this.#line]!
    return this.#words(afterMs)
      .filter(({ toMs }) => toMs > gone)
      .map((word) => ({ ...word, fromMs: Math.max(0, word.fromMs - gone), toMs: word.toMs - gone }))
  }

  #words(afterMs: number): readonly HeardWord[] {
    let at = afterMs
    return wordsOfText(this.#says).flatMap(({ word }) => {
      const fromMs = at
      at += word === '|' ? pauseMs : wordMs
      return word === '|' ? [] : [{ word, fromMs, toMs: at - 20, confidence: 0.95 }]
    })
  }

  async send(keys: string): Promise<void> {
    this.#refuseEnded()
    this.#keys.push(keys)
    if (this.#rest().length > 0) return
    this.#began = undefined
    const next = this.#lines[this.#line]!.keys?.[keys]
    if (next !== undefined) this.#line = next
    this.#says = `${next === undefined ? `${refusal} ` : ''}${this.#lines[this.#line]!.says}`
  }

  async hangup(reason?: HangupReason): Promise<void> {
    this.#over(reason?.by ?? 'service', reason?.sentence ?? 'hung up')
  }

  #refuseEnded(): void {
    if (this.#abort.signal.aborted) throw new CallEnded(this.#abort.signal.reason as CallEnd)
  }

  #over(by: CallEnd['by'], sentence: string): void {
    if (this.#abort.signal.aborted) return
    const end: CallEnd = { at: this.#clock.wall(), by, code: 'completed', q850: 16, sentence, chain: [] }
    this.#abort.abort(end)
    this.#end.resolve(end)
    this.#listening?.stop('hangup')
  }
}
