import type { Logger } from '../../base/log.ts'
import type { CallId } from '../../phone/id.ts'

/** So many calls one after the other in which no word could be recognised end a scan. */
const mostCalls = 3

/** What a call brought. */
export interface CallHeard {
  /** Some words were understood. */
  readonly understood: boolean
  /** Something was said that has no words. */
  readonly untranscribed: boolean
  /** Hearings of it were kept. */
  readonly grew: boolean
}

/** What a scan could not understand since its recogniser failed. */
export class Deafness {
  readonly #log: Logger
  /** What was told in the log: a recogniser that fails does so at each utterance. */
  readonly #told = new Set<string>()
  #why: string | undefined
  #calls = 0

  constructor(log: Logger) {
    this.#log = log
  }

  /** Why something that was said has no words, the last time; `undefined` where all has. */
  get sentence(): string | undefined {
    return this.#why === undefined ? undefined : `What was said could not be recognised: ${this.#why}`
  }

  /** So it is for some calls one after the other. */
  get lasts(): boolean {
    return this.#calls >= mostCalls
  }

  untranscribed(why: string, call: CallId): void {
    this.#why = why
    if (this.#told.has(why)) return
    this.#told.add(why)
    this.#log.warn({ call, sentence: why }, 'what was said in a scan could not be recognised')
  }

  /** @returns whether nothing of it was understood */
  callOver({ understood, untranscribed, grew }: CallHeard): boolean {
    const nothing = untranscribed && !understood && !grew
    if (nothing) this.#calls++
    else if (grew || understood) this.#calls = 0
    return nothing
  }
}
