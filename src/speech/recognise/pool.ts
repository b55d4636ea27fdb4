import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import { type Recognised, RecogniseError } from './recogniser.ts'

const RATE = 8000
/** A process that nobody needed for so long is ended: it holds 40 MB (pocketsphinx) or several hundred (Moonshine). */
const idleMs = 5 * 60_000

/** A child process that decodes one utterance after the other. */
export interface Decoder {
  /**
   * One at a time. Rejects with `RecogniseError`.
   * @param beside what another recogniser hears of it
   */
  decode(samples: Int16Array, beside?: Promise<Recognised>): Promise<Recognised>
  kill(why?: RecogniseError): void
}

export interface PoolOptions {
  /** @param gone called once when the process has ended, whoever ended it */
  readonly begin: (gone: () => void) => Decoder
  readonly clock: Clock
  readonly log: Logger
  /** Processes at most; each keeps a core busy while it decodes. */
  readonly size: number
  /** Audio that may wait, in seconds; what comes beyond is refused with `busy`. */
  readonly maxWaitingSeconds: number
}

interface Job {
  readonly samples: Int16Array
  readonly beside: Promise<Recognised> | undefined
  readonly answer: Deferred<Recognised>
  readonly signal: AbortSignal
  /** Taken again once, where the process died under it. */
  again: boolean
}

/** Decoder processes, begun when they are needed. Utterances are decoded in the order they came. */
export class DecoderPool {
  readonly #o: PoolOptions
  readonly #idle: { readonly decoder: Decoder; readonly timer: Timer }[] = []
  readonly #decoders = new Set<Decoder>()
  readonly #waiting: Job[] = []
  #waitingSamples = 0
  #closed = false

  constructor(o: PoolOptions) {
    this.#o = o
  }

  get processes(): number {
    return this.#decoders.size
  }

  /** Seconds of audio that wait for a process. */
  get waitingSeconds(): number {
    return this.#waitingSamples / RATE
  }

  /** Somebody begins to speak: the first process reads its models meanwhile. */
  warm(): void {
    if (this.#closed || this.#decoders.size > 0) return
    const decoder = this.#take()
    // What cannot be begun is told by the utterance itself.
    if (decoder !== undefined && !(decoder instanceof RecogniseError)) this.#rest(decoder)
  }

  /** Rejects with `RecogniseError`: `busy`, `failed`, or `cancelled` when the signal aborts. */
  decode(samples: Int16Array, signal: AbortSignal, beside?: Promise<Recognised>): Promise<Recognised> {
    if (this.#closed) return Promise.reject(new RecogniseError('cancelled', 'The recogniser was closed.'))
    if (signal.aborted) return Promise.reject(cancelled())
    if (this.waitingSeconds + samples.length / RATE > this.#o.maxWaitingSeconds && this.#waiting.length > 0) {
      const sentence = `${Math.round(this.waitingSeconds)} s of speech wait to be recognised already; this machine cannot keep up.`
      return Promise.reject(new RecogniseError('busy', sentence))
    }
    const job: Job = { samples, beside, signal, answer: deferred(), again: false }
    signal.addEventListener('abort', () => this.#giveUp(job), { once: true })
    this.#waiting.push(job)
    this.#waitingSamples += samples.length
    this.#next()
    return job.answer.promise
  }

  close(): void {
    this.#closed = true
    for (const job of this.#waiting.splice(0))
      job.answer.reject(new RecogniseError('cancelled', 'The recogniser was closed.'))
    this.#waitingSamples = 0
    for (const { timer } of this.#idle.splice(0)) timer.stop()
    for (const decoder of this.#decoders) decoder.kill()
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const decoder = this.#take()
      if (decoder === undefined) return
      const job = this.#waiting.shift() as Job
      this.#waitingSamples -= job.samples.length
      if (decoder instanceof RecogniseError) job.answer.reject(decoder)
      else void this.#run(decoder, job)
    }
  }

  /** An error where no process can be begun: the machine has no memory or no file descriptor left. */
  #take(): Decoder | RecogniseError | undefined {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      idle.timer.stop()
      return idle.decoder
    }
    if (this.#decoders.size >= this.#o.size) return undefined
    try {
      const decoder: Decoder = this.#o.begin(() => this.#gone(decoder))
      this.#decoders.add(decoder)
      return decoder
    } catch (error) {
      return new RecogniseError('failed', `The recogniser cannot be started: ${String(error)}`, error)
    }
  }

  async #run(decoder: Decoder, job: Job): Promise<void> {
    try {
      job.answer.resolve(await decoder.decode(job.samples, job.beside))
      if (this.#decoders.has(decoder) && !this.#closed) this.#rest(decoder)
    } catch (error) {
      this.#failed(job, error)
      // It may be about to end already, of what failed or by its time limit: whoever waits next would be given a dead process.
      decoder.kill()
    }
    this.#next()
  }

  #rest(decoder: Decoder): void {
    const timer = this.#o.clock.after(idleMs, () => decoder.kill())
    this.#idle.push({ decoder, timer })
  }

  #failed(job: Job, error: unknown): void {
    if (job.again || this.#closed || job.signal.aborted) {
      job.answer.reject(error)
      return
    }
    this.#o.log.warn(
      { reason: (error as Error).message },
      'an utterance could not be recognised; it is tried once more',
    )
    job.again = true
    this.#waiting.unshift(job)
    this.#waitingSamples += job.samples.length
  }

  #gone(decoder: Decoder): void {
    this.#decoders.delete(decoder)
    const at = this.#idle.findIndex((idle) => idle.decoder === decoder)
    if (at >= 0) this.#idle.splice(at, 1)[0]?.timer.stop()
    if (!this.#closed) this.#next()
  }

  /** One that is decoded already goes on in its process; nobody hears of the end. */
  #giveUp(job: Job): void {
    const at = this.#waiting.indexOf(job)
    if (at >= 0) {
      this.#waiting.splice(at, 1)
      this.#waitingSamples -= job.samples.length
    }
    job.answer.reject(cancelled())
  }
}

const cancelled = (): RecogniseError => new RecogniseError('cancelled', 'The utterance was given up.')
