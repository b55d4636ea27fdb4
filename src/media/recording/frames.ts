import { open } from 'node:fs/promises'
import { MediaError } from '../plane.ts'
import { WAV_HEADER } from '../wav/header.ts'

/** Samples of a 20 ms frame. */
const FRAME = 160
const FRAME_MS = 20
const FRAMES_AT_ONCE = 500

export interface FramesOptions {
  readonly fromMs?: number
  readonly toMs?: number
  /** What came in alone; of one channel both in any case. */
  readonly side?: 'in'
}

/**
 * What a file holds that `record` or `monitor` wrote and `repairWav` put right: whole frames of 20 ms, both sides as one unless said otherwise, ten
 * seconds at once.
 * @throws MediaError `bad-wav` where it is no such file
 */
export async function* framesOf(
  path: string,
  { fromMs = 0, toMs = Number.POSITIVE_INFINITY, side }: FramesOptions = {},
): AsyncGenerator<readonly Int16Array[]> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(WAV_HEADER)
    const { bytesRead } = await file.read(head, 0, WAV_HEADER, 0)
    if (bytesRead < WAV_HEADER || head.toString('latin1', 0, 4) !== 'RIFF')
      throw new MediaError('bad-wav', `${JSON.stringify(path)} is not a recording`)
    const channels = head.readUInt16LE(22) === 2 ? 2 : 1
    const size = FRAME * 2 * channels
    const first = Math.round(fromMs / FRAME_MS)
    let left = Math.round(toMs / FRAME_MS) - first
    const bytes = Buffer.alloc(FRAMES_AT_ONCE * size)
    for (let at = WAV_HEADER + first * size; left > 0; ) {
      const { bytesRead } = await file.read(bytes, 0, Math.min(FRAMES_AT_ONCE, left) * size, at)
      const frames = Math.floor(bytesRead / size)
      if (frames === 0) return
      at += frames * size
      left -= frames
      yield Array.from({ length: frames }, (_, i) => frameAt(bytes, i * size, channels, side))
    }
  } finally {
    await file.close()
  }
}

function frameAt(bytes: Buffer, start: number, channels: 1 | 2, side: 'in' | undefined): Int16Array {
  const frame = new Int16Array(FRAME)
  for (let i = 0; i < FRAME; i++) {
    const at = start + i * 2 * channels
    const left = bytes.readInt16LE(at)
    frame[i] = channels === 1 || side === 'in' ? left : (left + bytes.readInt16LE(at + 2)) / 2
  }
  return frame
}
