import { open } from 'node:fs/promises'
import { MediaError } from '../plane.ts'
import { readWavLayout, WAV_HEADER, wavHeader } from './header.ts'

/** Milliseconds of audio in a file that `record` or `monitor` wrote. */
const msOf = (dataLength: number, channels: number): number => Math.floor(dataLength / (16 * channels))

/**
 * Puts right the sizes in the header of a recording whose writer was killed. A whole file is left untouched.
 * @returns whether anything was changed, and the milliseconds of audio in it
 * @throws MediaError `bad-wav` when it is no recording of ours (16 bit, 8 kHz, mono or stereo), `no-file` when it is not there
 */
export async function repairWav(path: string): Promise<{ repaired: boolean; ms: number }> {
  const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    throw new MediaError('no-file', `cannot open the recording: ${error.code ?? error.message}`)
  })
  try {
    const { size } = await file.stat()
    if (size < WAV_HEADER) {
      // Killed before the header was whole.
      await file.truncate(0)
      await file.write(wavHeader(0), 0, WAV_HEADER, 0)
      return { repaired: true, ms: 0 }
    }
    const read = async (at: number, length: number): Promise<Uint8Array> => {
      const buffer = new Uint8Array(length)
      const { bytesRead } = await file.read(buffer, 0, length, at)
      return buffer.subarray(0, bytesRead)
    }
    const layout = await readWavLayout(read, size)
    if (layout.encoding !== 'pcm' || layout.bits !== 16 || layout.channels > 2 || layout.rate !== 8000) {
      throw new MediaError('bad-wav', 'not a recording of this service (16 bit, 8 kHz, mono or stereo)')
    }
    if (layout.dataAt !== WAV_HEADER) throw new MediaError('bad-wav', 'not a recording of this service (extra chunks)')
    const dataLength = size - WAV_HEADER - ((size - WAV_HEADER) % layout.blockAlign)
    const header = wavHeader(dataLength, layout.channels)
    const there = await read(0, WAV_HEADER)
    const whole = size === WAV_HEADER + dataLength && Buffer.compare(header, there) === 0
    if (!whole) {
      await file.truncate(WAV_HEADER + dataLength)
      await file.write(header, 0, WAV_HEADER, 0)
      await file.datasync()
    }
    return { repaired: !whole, ms: msOf(dataLength, layout.channels) }
  } finally {
    await file.close()
  }
}
