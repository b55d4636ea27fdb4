import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { News, Occasion, Step } from './step.ts'

/** A company waits 15 s for a document at most; a call with nothing to do is asked about again after a while. */
const patienceMs = 8000
const idleSeconds = 3

export interface LineOptions {
  readonly clock: Clock
  /** The document for a step. */
  write(step: Step, n: number): string
  /** A file without sound, so many seconds long. */
  silence(seconds: number): string
  /** A document that takes the call goes out. */
  left(): void
}

/** Where a request of the company is from: the number of a step, and what of it. */
export interface Asked {
  readonly n: number
  readonly about: Occasion
}

/**
 * What stands between an app, which does one thing after the other, and a company, which asks what to do. A step that is told waits for
 * the request that follows it, a request for the next step; a request that comes twice gets the same answer twice.
 */
export class Line {
  readonly #options: LineOptions
  #n = 0
  /** Not told to the company yet. */
  #next: { readonly n: number; readonly step: Step } | undefined
  /** Told, and nothing came of it yet. */
  #told: { readonly n: number; readonly step: Step } | undefined
  #news: Deferred<News> | undefined
  #asker: { readonly answer: Deferred<string>; readonly timer: Timer } | undefined
  #last: { readonly key: string; readonly answer: Promise<string> } | undefined
  #over: Step | undefined

  constructor(options: LineOptions) {
    this.#options = options
  }

  /** The company asks; resolves with a document. */
  ask(asked: Asked | undefined, news: News): Promise<string> {
    const key = asked === undefined ? 'first' : `${asked.n} ${asked.about}`
    if (this.#last?.key === key) return this.#last.answer
    const told = this.#told
    const fits = told !== undefined && asked?.n === told.n
    if (fits) {
      this.#told = undefined
      this.#news?.resolve(news)
    }
    // A request that says nothing about the step that runs is told it once more.
    else if (told !== undefined) this.#next = told
    const answer = this.#wait()
    this.#last = { key, answer }
    return answer
  }

  /** Has the company do this; resolves with what came of it. Never, where the call ends first. */
  run(step: Step): Promise<News> {
    const news = deferred<News>()
    this.#news = news
    this.#next = { n: ++this.#n, step }
    this.#told = undefined
    this.#hand()
    return news.promise
  }

  /** The step that runs means nothing any more; whatever the company says of it is only a request for the next. */
  forget(): void {
    this.#news = undefined
    this.#next = undefined
    this.#told = undefined
  }

  /** From now on every request has this answer. */
  end(step: Step): void {
    this.#over = step
    this.forget()
    this.#hand()
  }

  /** For a request that the company is made to send. */
  turn(): number {
    return ++this.#n
  }

  #wait(): Promise<string> {
    const asker = this.#asker ?? {
      answer: deferred<string>(),
      timer: this.#options.clock.after(patienceMs, () => this.#idle()),
    }
    this.#asker = asker
    this.#hand()
    return asker.answer.promise
  }

  #hand(): void {
    if (this.#asker === undefined) return
    if (this.#over !== undefined) {
      this.#answer(this.#options.write(this.#over, ++this.#n))
      return
    }
    if (this.#next === undefined) return
    const next = this.#next
    this.#next = undefined
    this.#told = next
    this.#options.left()
    this.#answer(this.#options.write(next.step, next.n))
  }

  #idle(): void {
    const { write, silence, left } = this.#options
    left()
    const step: Step = { kind: 'wait', seconds: idleSeconds, silence: silence(idleSeconds) }
    this.#answer(write(step, ++this.#n))
  }

  #answer(document: string): void {
    this.#asker?.timer.stop()
    this.#asker?.answer.resolve(document)
    this.#asker = undefined
  }
}
