import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../../base/clock.ts'
import { type Deferred, deferred } from '../../../base/deferred.ts'
import { workerEntry } from '../../../base/worker-entry.ts'
import type { Decoder } from '../pool.ts'
import { type Recognised, RecogniseError } from '../recogniser.ts'
import type { MoonshineFiles } from './listener.ts'
import type { Answer, Beside, Utterance } from './protocol.ts'

/** Reading the models takes a second on an idle machine; a busy one is given time. */
const longestMs = 60_000

/** One child process with the models in its memory. When this process dies, the child notices and ends, too. */
export class MoonshineChild implements Decoder {
  readonly #clock: Clock
  readonly #child: ChildProcess
  readonly #gone: () => void
  #count = 0
  #open: { readonly id: number; readonly answer: Deferred<Recognised> } | undefined
  #end: RecogniseError | undefined
  #over = false
  #complaint = ''

  /** @param gone called once when the process has ended, whoever ended it */
  constructor({ encoder, decoder, arpa }: MoonshineFiles, clock: Clock, gone: () => void) {
    this.#clock = clock
    this.#gone = gone
    const models = [encoder, decoder, ...(arpa === undefined ? [] : [arpa])]
    this.#child = fork(fileURLToPath(workerEntry(import.meta.url, './moonshine-worker')), models, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { PATH: process.env.PATH ?? '' },
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = text.trim().split('\n').at(-1) || this.#complaint
    })
    this.#child.on('message', (message) => this.#heard(message as Answer))
    this.#child.on('error', (error) => this.#ended(`The recogniser cannot be started: ${error.message}`, error))
    this.#child.on('close', (code, signal) =>
      this.#ended(`The recogniser ended with ${signal ?? code}: ${this.#complaint || 'it said nothing'}`),
    )
  }

  async decode(samples: Int16Array, beside?: Promise<Recognised>): Promise<Recognised> {
    if (this.#end !== undefined) throw this.#end
    const ask: Utterance = { id: ++this.#count, samples, besides: beside !== undefined }
    const answer = deferred<Recognised>()
    this.#open = { id: ask.id, answer }
    const late = `The recogniser took longer than ${longestMs / 1000} s for an utterance.`
    const timer = this.#clock.after(longestMs, () => this.kill(new RecogniseError('failed', late)))
    // The process may end before anybody waits for the answer.
    answer.promise.catch(() => {})
    try {
      // That nobody reads it any more is told by its end.
      this.#child.send(ask, () => {})
      beside?.then(
        ({ words }) => this.#tell({ id: ask.id, words: words.map(({ word }) => word.toLowerCase()) }),
        () => this.#tell({ id: ask.id, words: undefined }),
      )
      return await answer.promise
    } finally {
      timer.stop()
      this.#open = undefined
    }
  }

  #tell(beside: Beside): void {
    if (beside.id === this.#open?.id) this.#child.send(beside, () => {})
  }

  kill(why = new RecogniseError('cancelled', 'The recogniser was closed.')): void {
    this.#fail(why)
    this.#child.kill('SIGKILL')
  }

  #heard(answer: Answer): void {
    if (answer.id !== this.#open?.id) return
    if ('recognised' in answer) this.#open.answer.resolve(answer.recognised)
    else this.#open.answer.reject(new RecogniseError('failed', `An utterance could not be recognised: ${answer.fault}`))
  }

  #ended(sentence: string, cause?: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#fail(new RecogniseError('failed', sentence, cause))
    this.#gone()
  }

  #fail(error: RecogniseError): void {
    this.#end ??= error
    this.#open?.answer.reject(this.#end)
  }
}
