import { open } from 'node:fs/promises'
import { WAV_HEADER } from '../wav/header.ts'

/** Samples of a 20 ms frame. */
const FRAME = 160
const FRAMES_AT_ONCE = 500

/** What a file holds that `record` or `monitor` wrote and `repairWav` put right: whole frames of 20 ms, both sides as one, ten seconds at once. */
export async function* framesOf(path: string): AsyncGenerator<readonly Int16Array[]> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(WAV_HEADER)
    await file.read(head, 0, WAV_HEADER, 0)
    const channels = head.readUInt16LE(22) === 2 ? 2 : 1
    const size = FRAME * 2 * channels
    const bytes = Buffer.alloc(FRAMES_AT_ONCE * size)
    for (let at = WAV_HEADER; ; ) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, at)
      const frames = Math.floor(bytesRead / size)
      if (frames === 0) return
      at += frames * size
      yield Array.from({ length: frames }, (_, i) => frameAt(bytes, i * size, channels))
    }
  } finally {
    await file.close()
  }
}

function frameAt(bytes: Buffer, start: number, channels: 1 | 2): Int16Array {
  const frame = new Int16Array(FRAME)
  for (let i = 0; i < FRAME; i++) {
    const at = start + i * 2 * channels
    frame[i] = channels === 1 ? bytes.readInt16LE(at) : (bytes.readInt16LE(at) + bytes.readInt16LE(at + 2)) / 2
  }
  return frame
}
