import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { deferred } from '../../base/deferred.ts'
import { workerEntry } from '../../base/worker-entry.ts'
import { MediaError, type MediaErrorCode } from '../plane.ts'

export interface DecodeJob {
  readonly input: string
  readonly output: string
  /** Written first, then renamed. */
  readonly part: string
  readonly maxBytes: number
  readonly maxSeconds: number
}

export type DecodeReport =
  | { readonly kind: 'decoded' }
  | { readonly kind: 'failed'; readonly code: MediaErrorCode; readonly message: string }

/** What a file may have that is to be decoded. */
export const MAX_AUDIO_BYTES = 32 * 1024 * 1024
const MAX_SECONDS = 1800
/** Half an hour of MP3 takes about 20 s of one core. */
const TIMEOUT_MS = 120_000
/** More at a time would only take the cores from the media threads. */
const AT_ONCE = 1

let running = 0
const waiting: (() => void)[] = []

/**
 * Makes an 8 kHz, 16 bit, mono WAV file of a WAV, MP3 or GSM 06.10 file (told by its content), in a thread of its own. `output` is whole or
 * not there at all; an existing one is replaced. Up to MAX_AUDIO_BYTES and half an hour.
 * @throws MediaError `no-file`; `bad-audio` or `bad-wav` when it cannot be decoded, is too large or too long; `write-failed`
 */
export async function decodeToWav(input: string, output: string): Promise<void> {
  if (running >= AT_ONCE) {
    const turn = deferred<void>()
    waiting.push(() => turn.resolve())
    await turn.promise
  } else running++
  const part = `${output}.${randomUUID()}.part`
  try {
    const report = await inThread({ input, output, part, maxBytes: MAX_AUDIO_BYTES, maxSeconds: MAX_SECONDS })
    if (report.kind === 'failed')
      throw new MediaError(report.code, `cannot decode ${JSON.stringify(input)}: ${report.message}`)
  } catch (error) {
    // Of a thread that was ended.
    await rm(part, { force: true })
    throw error
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

async function inThread(job: DecodeJob): Promise<DecodeReport> {
  // The decoder complains to stderr; what is wrong is in the report.
  const worker = new Worker(workerEntry(import.meta.url, './decode-worker'), {
    workerData: job,
    execArgv: [],
    stderr: true,
  })
  const ended = deferred<DecodeReport>()
  const failed = (why: string): void => ended.resolve({ kind: 'failed', code: 'bad-audio', message: why })
  const timer = setTimeout(() => failed(`it takes longer than ${TIMEOUT_MS / 1000} seconds`), TIMEOUT_MS)
  worker.once('message', (report: DecodeReport) => ended.resolve(report))
  worker.once('error', (error) => failed(`the decoder crashed: ${error instanceof Error ? error.message : error}`))
  worker.once('exit', () => failed('the decoder ended'))
  try {
    return await ended.promise
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
