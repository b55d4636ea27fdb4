import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { MediaError } from '../plane.ts'
import { FileWork } from './one-file.ts'

export interface DecodeJob {
  readonly input: string
  readonly output: string
  /** Written first, then renamed. */
  readonly part: string
  readonly maxBytes: number
  readonly maxSeconds: number
}

/** What a file may have that is to be decoded. */
export const MAX_AUDIO_BYTES = 32 * 1024 * 1024
const MAX_SECONDS = 1800
/** Half an hour of MP3 takes about 20 s of one core. */
const TIMEOUT_MS = 120_000

const decoder = new FileWork<DecodeJob>({
  from: import.meta.url,
  worker: './decode-worker',
  who: 'the decoder',
  timeoutMs: TIMEOUT_MS,
})

/**
 * Makes an 8 kHz, 16 bit, mono WAV file of a WAV, MP3 or GSM 06.10 file (told by its content), in a thread of its own. `output` is whole or
 * not there at all; an existing one is replaced. Up to MAX_AUDIO_BYTES and half an hour.
 * @throws MediaError `no-file`; `bad-audio` or `bad-wav` when it cannot be decoded, is too large or too long; `write-failed`
 */
export async function decodeToWav(input: string, output: string): Promise<void> {
  const part = `${output}.${randomUUID()}.part`
  try {
    const report = await decoder.run({ input, output, part, maxBytes: MAX_AUDIO_BYTES, maxSeconds: MAX_SECONDS })
    if (report.kind === 'failed')
      throw new MediaError(report.code, `cannot decode ${JSON.stringify(input)}: ${report.message}`)
  } catch (error) {
    // Of a thread that was ended.
    await rm(part, { force: true })
    throw error
  }
}
