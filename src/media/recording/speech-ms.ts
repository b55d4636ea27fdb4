import { open } from 'node:fs/promises'
import { VoiceDetector } from '../dsp/vad.ts'
import { WAV_HEADER } from '../wav/header.ts'

/** Samples of a 20 ms frame. */
const FRAME = 160
const FRAMES_AT_ONCE = 500

/** Milliseconds in which someone speaks in a file that `record` or `monitor` wrote and `repairWav` put right, as they themselves would count them. */
export async function speechMsOf(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    const detector = new VoiceDetector()
    const head = Buffer.alloc(WAV_HEADER)
    await file.read(head, 0, WAV_HEADER, 0)
    const channels = head.readUInt16LE(22) === 2 ? 2 : 1
    const size = FRAME * 2 * channels
    const bytes = Buffer.alloc(FRAMES_AT_ONCE * size)
    const frame = new Int16Array(FRAME)
    for (let at = WAV_HEADER; ; ) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, at)
      if (bytesRead < size) return detector.speechFrames * 20
      at += bytesRead
      for (let start = 0; start + size <= bytesRead; start += size) {
        for (let i = 0; i < FRAME; i++) {
          const at = start + i * 2 * channels
          frame[i] = channels === 1 ? bytes.readInt16LE(at) : (bytes.readInt16LE(at) + bytes.readInt16LE(at + 2)) / 2
        }
        detector.frame(frame)
      }
    }
  } finally {
    await file.close()
  }
}
