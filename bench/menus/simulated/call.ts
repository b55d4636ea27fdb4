import { type Deferred, deferred } from '../../../src/base/deferred.ts'
import { Transcripts } from '../../../src/engines/embedded/transcripts.ts'
import { Listener } from '../../../src/media/listen/listener.ts'
import { type Call, CallEnded, type HangupReason } from '../../../src/phone/call.ts'
import type { CallId } from '../../../src/phone/id.ts'
import type { ListenEnd, Listening, ListenOptions } from '../../../src/phone/listen.ts'
import type { CallEnd } from '../../../src/phone/reason.ts'
import type { SpeechRecogniser } from '../../../src/speech/index.ts'
import type { FakeClock } from '../../../test/kit/fake-clock.ts'
import type { Company } from './company.ts'

/** Until the far end knows a key, what it says then is heard, and the caller goes on. */
const keyMs = { known: 120, pressed: 200 }
/** Jitter buffer and the thread that listens. */
const heardLater = 4
const frameMs = 20

interface Open {
  readonly listener: Listener
  frames: number
  readonly finish: (end: ListenEnd) => void
}

/** A call to a company on a clock of its own: all that a scan uses of a call. */
export class SimulatedCall implements Pick<Call, 'id' | 'signal' | 'ended' | 'listen' | 'send' | 'hangup'> {
  readonly id: CallId
  readonly #clock: FakeClock
  readonly #company: Company
  readonly #line: (frame: Int16Array) => Int16Array
  readonly #pressed: (key: string) => void
  readonly #recogniser: SpeechRecogniser
  readonly #abort = new AbortController()
  readonly #end: Deferred<CallEnd> = deferred()
  readonly #open = new Set<Open>()
  readonly #under: Int16Array[] = []
  readonly #work = new Set<Promise<unknown>>()

  constructor(o: {
    readonly id: CallId
    readonly clock: FakeClock
    readonly company: Company
    /** What the line makes of a frame. */
    readonly line: (frame: Int16Array) => Int16Array
    readonly pressed: (key: string) => void
    readonly recogniser: SpeechRecogniser
  }) {
    this.id = o.id
    this.#clock = o.clock
    this.#company = o.company
    this.#line = o.line
    this.#pressed = o.pressed
    this.#recogniser = o.recogniser
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get ended(): Promise<CallEnd> {
    return this.#end.promise
  }

  /** 20 ms go by. */
  tick(): void {
    if (this.signal.aborted) return
    const frame = this.#line(this.#company.frame())
    this.#under.push(frame)
    const heard = this.#under.length > heardLater ? this.#under.shift() : undefined
    if (heard !== undefined) for (const open of this.#open) hear(open, heard)
    if (this.#company.over) this.#over('callee', 'it hung up')
  }

  async listen({ onEvent, onSound, transcribe = true, prepare, ...rules }: ListenOptions): Promise<Listening> {
    this.#refuseEnded()
    const done = deferred<ListenEnd>()
    const transcripts = new Transcripts(transcribe ? this.#recogniser : undefined, {
      interim: false,
      tell: onEvent,
      sound: (piece) => onSound?.(piece),
      ...(prepare === undefined ? {} : { prepare: (utterance) => this.#soon(prepare(utterance)) }),
    })
    const { pauseMs = 600, silenceMs = [1200, 3000], longestMs } = rules
    const listener = new Listener(
      { pauseMs, silenceMs, ...(longestMs === undefined ? {} : { longestMs }), sound: onSound !== undefined },
      (heard) => transcripts.heard(heard),
    )
    const open: Open = {
      listener,
      frames: 0,
      finish: (end) => {
        if (!this.#open.delete(open)) return
        listener.finish()
        void transcripts.finish().then(() => done.resolve(end))
      },
    }
    this.#open.add(open)
    const stop = (what?: 'forget'): void => {
      if (what === 'forget') transcripts.forget()
      open.finish('stopped')
    }
    return {
      done: done.promise,
      get heardMs() {
        return open.frames * frameMs
      },
      stop,
    }
  }

  async send(keys: string): Promise<void> {
    this.#refuseEnded()
    for (const key of keys) {
      await this.#pass(keyMs.known)
      this.#pressed(key)
      this.#company.key(key)
      await this.#pass(keyMs.pressed - keyMs.known)
    }
  }

  async hangup(reason?: HangupReason): Promise<void> {
    this.#over(reason?.by ?? 'service', reason?.sentence ?? 'hung up')
  }

  /** Work that takes no time on its clock is done. */
  async ready(): Promise<void> {
    await Promise.all(this.#work)
  }

  #soon<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work)
    return work.finally(() => this.#work.delete(work))
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve))
  }

  #refuseEnded(): void {
    if (this.signal.aborted) throw new CallEnded(this.signal.reason as CallEnd)
  }

  #over(by: CallEnd['by'], sentence: string): void {
    if (this.signal.aborted) return
    const end: CallEnd = { at: this.#clock.wall(), by, code: 'completed', q850: 16, sentence, chain: [] }
    this.#abort.abort(end)
    for (const { finish } of [...this.#open]) finish('hangup')
    this.#end.resolve(end)
  }
}

function hear(open: Open, frame: Int16Array): void {
  open.frames++
  open.listener.push(frame)
}
