import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Clock } from '../../../base/clock.ts'
import { type Deferred, deferred } from '../../../base/deferred.ts'
import { runCommand } from '../../command.ts'
import { standBehind } from '../niceness.ts'
import type { Decoder } from '../pool.ts'
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

let decoders = 0

/**
 * One child process that decodes utterance after utterance: it is told the names of files, and tells words, times and posteriors in its log.
 * The names go through a named pipe, because the program opens its list by name and Node's own pipes are sockets, which have none that can be
 * opened. When this process dies, so does the pipe's only writer, and the child ends by itself.
 */
export class PocketsphinxDecoder implements Decoder {
  readonly #o: DecoderOptions
  readonly #name = `d${++decoders}`
  readonly #log = new LogReader()
  readonly #gone: () => void
  readonly #running: Promise<void>
  #child: ChildProcessByStdio<null, null, Readable> | undefined
  #names: FileHandle | undefined
  #count = 0
  #open: { readonly id: string; readonly answer: Deferred<Recognised> } | undefined
  #end: RecogniseError | undefined
  #over = false

  /** @param gone called once when the process has ended, whoever ended it */
  constructor(o: DecoderOptions, gone: () => void) {
    this.#o = o
    this.#gone = gone
    this.#running = this.#start()
    this.#running.catch((error: unknown) => this.#ended(`The recogniser cannot be started: ${String(error)}`, error))
  }

  async decode(samples: Int16Array): Promise<Recognised> {
    const id = `${this.#name}u${++this.#count}`
    const file = join(this.#o.folder, `${id}.pcm`)
    const answer = deferred<Recognised>()
    this.#open = { id, answer }
    const late = `The recogniser took longer than ${longestMs / 1000} s for an utterance.`
    const timer = this.#o.clock.after(longestMs, () => this.kill(new RecogniseError('failed', late)))
    // The process may end while the file is written, before anybody waits for the answer.
    answer.promise.catch(() => {})
    try {
      await writeFile(file, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), { mode: 0o600 })
      await this.#running
      if (this.#end !== undefined) throw this.#end
      await this.#names?.write(`${id}\n`)
      return await answer.promise
    } catch (error) {
      throw this.#end ?? error
    } finally {
      timer.stop()
      this.#open = undefined
      await rm(file, { force: true })
    }
  }

  kill(why = new RecogniseError('cancelled', 'The recogniser was closed.')): void {
    this.#fail(why)
    this.#child?.kill('SIGKILL')
  }

  async #start(): Promise<void> {
    const { program, models, folder } = this.#o
    const pipe = join(folder, `${this.#name}.names`)
    const made = await runCommand('mkfifo', ['-m', '600', pipe], { timeoutMs: 5000 })
    if (made === undefined) throw new Error('there is no program mkfifo')
    // For both: opening for writing alone waits for the reader.
    this.#names = await open(pipe, constants.O_RDWR)
    if (this.#end !== undefined) throw this.#end
    const args = ['-ctl', pipe, '-adcin', 'yes', '-cepdir', folder, '-cepext', '.pcm', '-backtrace', 'yes', ...models]
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' },
    })
    this.#child = child
    // One that could not be started has no number.
    if (child.pid !== undefined) standBehind(child.pid)
    child.on('error', (error) => this.#ended(`${program} cannot be started: ${error.message}`, error))
    child.on('close', (code, signal) =>
      this.#ended(`${program} ended with ${signal ?? code}: ${this.#log.lastError ?? 'it said nothing'}`),
    )
    createInterface({ input: child.stderr }).on('line', (line) => this.#heard(line))
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
    // Nobody reads or writes it any more: that it is closed already is no fault.
    this.#names?.close().catch(() => {})
    this.#gone()
  }

  #fail(error: RecogniseError): void {
    this.#end ??= error
    this.#open?.answer.reject(this.#end)
  }
}
