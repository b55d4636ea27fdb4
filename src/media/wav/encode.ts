import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { MediaError } from '../plane.ts'
import { FileWork } from './one-file.ts'

export interface EncodeJob {
  readonly input: string
  readonly output: string
  /** Written first, then renamed. */
  readonly part: string
}

/** Two hours of stereo, the longest recording, take about twenty minutes of one core. */
const TIMEOUT_MS = 30 * 60_000

const encoder = new FileWork<EncodeJob>({
  from: import.meta.url,
  worker: './encode-worker',
  who: 'the encoder',
  timeoutMs: TIMEOUT_MS,
})

/**
 * Makes an MP3 of a recording of ours (WAV, 16 bit, mono or stereo), in a thread of its own. `output` is whole or not there at all.
 * @throws MediaError `no-file`, `bad-wav` when the recording cannot be read, `write-failed`
 */
export async function encodeToMp3(input: string, output: string): Promise<void> {
  const part = `${output}.${randomUUID()}.part`
  try {
    const report = await encoder.run({ input, output, part })
    if (report.kind === 'failed')
      throw new MediaError(report.code, `cannot make an MP3 of ${JSON.stringify(input)}: ${report.message}`)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}
