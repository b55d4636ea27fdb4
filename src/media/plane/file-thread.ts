import type { Logger } from '../../base/log.ts'
import { workerEntry } from '../../base/worker-entry.ts'
import { MediaError } from '../plane.ts'
import { type Channels, SharedAudio } from '../recording/shared-audio.ts'
import type { PromptAudio } from '../wav/load.ts'
import type { FileCommand, FileReport } from './protocol.ts'
import { Thread } from './thread.ts'

interface Recording {
  readonly path: string
  readonly channels: Channels
  readonly memory: SharedArrayBuffer
}

/** Of each kind; 65 kB for each channel. */
const mostKept = 64

/** The thread for files. When it crashes another one goes on with the recordings: what was not yet written stands in shared memory. */
export class FileThread {
  restarts = 0
  #thread: Thread<FileCommand, FileReport>
  #recordings = 0
  readonly #open = new Map<number, Recording>()
  /** For the next recordings. Shared memory is free only when each thread that saw it has collected its garbage, which none is in a hurry to do. */
  readonly #kept: Readonly<Record<Channels, SharedArrayBuffer[]>> = { 1: [], 2: [] }
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
    this.#thread = this.#start()
  }

  newRecording(): number {
    return ++this.#recordings
  }

  /** What a recording goes through. */
  newAudio(channels: Channels): SharedAudio {
    const kept = this.#kept[channels].pop()
    const audio = new SharedAudio(kept ?? channels)
    audio.clear()
    return audio
  }

  /** @throws MediaError `no-file`, `bad-wav` */
  async load(path: string): Promise<PromptAudio> {
    const answer = await this.#ask((ask) => ({ kind: 'load', ask, path }))
    if (answer.kind !== 'loaded') throw unexpected(answer)
    return answer.audio
  }

  /** @throws MediaError `write-failed` */
  async openRecording(record: number, path: string, channels: Channels, memory: SharedArrayBuffer): Promise<void> {
    await this.#ask((ask) => ({ kind: 'record', ask, record, path, channels, memory, resume: false }))
    this.#open.set(record, { path, channels, memory })
  }

  /** No media thread may write to it any more. @throws MediaError `write-failed` */
  async finishRecording(record: number, key?: string, keyAt?: number): Promise<{ ms: number; speechMs: number }> {
    const finish = (): ReturnType<FileThread['finishRecording']> => this.#finish(record, key, keyAt)
    try {
      const finished = await finish()
      this.#keep(record)
      return finished
    } catch (error) {
      // The thread crashed under it: the next one has it open again.
      if (error instanceof MediaError && error.code === 'plane-closed' && this.#open.has(record)) return await finish()
      throw error
    } finally {
      this.#open.delete(record)
    }
  }

  async promptBytes(): Promise<number> {
    const answer = await this.#ask((ask) => ({ kind: 'bytes', ask }))
    return answer.kind === 'bytes' ? answer.bytes : 0
  }

  terminate(): Promise<void> {
    return this.#thread.terminate()
  }

  /** For tests of what follows. */
  crash(): Promise<void> {
    return this.#thread.crash()
  }

  #keep(record: number): void {
    const recording = this.#open.get(record)
    if (!recording) return
    const kept = this.#kept[recording.channels]
    if (kept.length < mostKept) kept.push(recording.memory)
  }

  async #finish(record: number, key: string | undefined, keyAt: number | undefined) {
    const answer = await this.#ask((ask) => ({ kind: 'finish', ask, record, key, keyAt }))
    if (answer.kind !== 'finished') throw unexpected(answer)
    return { ms: answer.ms, speechMs: answer.speechMs }
  }

  async #ask(command: (ask: number) => FileCommand): Promise<FileReport> {
    const answer = await this.#thread.ask(command)
    if (answer.kind === 'failed') throw new MediaError(answer.code, answer.message)
    return answer
  }

  #start(): Thread<FileCommand, FileReport> {
    return new Thread<FileCommand, FileReport>(
      workerEntry(import.meta.url, './file-worker'),
      undefined,
      (report) => {
        if (report.kind === 'trouble')
          this.#log.error({ path: report.path, reason: report.message }, 'Trouble with an audio file')
      },
      (reason) => this.#restart(reason),
    )
  }

  #restart(reason: string): void {
    this.#log.error({ reason }, 'The thread for audio files crashed; another one goes on')
    this.restarts++
    this.#thread = this.#start()
    for (const [record, { path, channels, memory }] of this.#open) {
      this.#ask((ask) => ({ kind: 'record', ask, record, path, channels, memory, resume: true })).catch(
        (error: unknown) => {
          this.#log.error({ path, reason: (error as Error).message }, 'A recording cannot go on')
        },
      )
    }
  }
}

const unexpected = (answer: FileReport): Error => new Error(`the file thread answered ${answer.kind}`)
