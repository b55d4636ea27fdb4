import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../../../base/clock.ts'
import { type Deferred, deferred } from '../../../base/deferred.ts'
import { type Recognised, RecogniseError } from '../recogniser.ts'
import { LogReader } from './read-log.ts'

/** Reading the models takes a second on an idle machine; a busy one is given time. */
const longestMs = 60_000

export interface DecoderOptions {
  readonly program: string
  readonly models: readonly string[]
  /** Of this process alone; utterances stand here while they are decoded. */
  readonly folder: string
  readonly clock: Clock
}

/**
 * One child process that decodes utterance after utterance: it reads the names of files from its standard input, and tells words, times and
 * posteriors in its log.
 */
export class Decoder {
  readonly #o: DecoderOptions
  readonly #child: ChildProcessByStdio<Writable, null, Readable>
  readonly #log = new LogReader()
  readonly #gone: () => void
  #count = 0
  #open: { readonly id: string; readonly answer: Deferred<Recognised> } | undefined
  #end: RecogniseError | undefined
  #over = false

  /** @param gone called once when the process has ended, whoever ended it */
  constructor(o: DecoderOptions, gone: () => void) {
    this.#o = o
    this.#gone = gone
    const args = ['-ctl', '/dev/stdin', '-adcin', 'yes', '-cepdir', o.folder, '-cepext', '.pcm', '-backtrace', 'yes']
    this.#child = spawn(o.program, [...args, ...o.models], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' },
    })
    // A process that ended takes no more names; its end is told below.
    this.#child.stdin.on('error', () => {})
    this.#child.on('error', (error) => this.#ended(`${o.program} cannot be started: ${error.message}`, error))
    this.#child.on('close', (code, signal) =>
      this.#ended(`${o.program} ended with ${signal ?? code}: ${this.#log.lastError ?? 'it said nothing'}`),
    )
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.#heard(line))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** One at a time. Rejects with `RecogniseError`. */
  async decode(samples: Int16Array): Promise<Recognised> {
    if (this.#end !== undefined) throw this.#end
    const id = `${this.#child.pid}-${++this.#count}`
    const file = join(this.#o.folder, `${id}.pcm`)
    const answer = deferred<Recognised>()
    this.#open = { id, answer }
    const late = `The recogniser took longer than ${longestMs / 1000} s for an utterance.`
    const timer = this.#o.clock.after(longestMs, () => this.kill(new RecogniseError('failed', late)))
    // The process may end while the file is written, before anybody waits for the answer.
    answer.promise.catch(() => {})
    try {
      await writeFile(file, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), { mode: 0o600 })
      this.#child.stdin.write(`${id}\n`)
      return await answer.promise
    } finally {
      timer.stop()
      this.#open = undefined
      await rm(file, { force: true })
    }
  }

  kill(why = new RecogniseError('cancelled', 'The recogniser was closed.')): void {
    this.#fail(why)
    this.#child.kill('SIGKILL')
  }

  #heard(line: string): void {
    const event = this.#log.line(line)
    if (event === undefined) return
    switch (event.kind) {
      case 'began':
        return
      case 'fatal':
        this.#fail(new RecogniseError('failed', `The recogniser stopped: ${event.sentence}`))
        return
      case 'failed':
        if (event.id === this.#open?.id)
          this.#open.answer.reject(new RecogniseError('failed', `An utterance could not be read: ${event.sentence}`))
        return
      case 'done':
        if (event.id === this.#open?.id) this.#open.answer.resolve(event.recognised)
    }
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
