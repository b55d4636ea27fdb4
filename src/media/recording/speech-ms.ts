import { open } from 'node:fs/promises'
import { VoiceDetector } from '../dsp/vad.ts'
import { WAV_HEADER } from '../wav/header.ts'

/** Samples of a 20 ms frame. */
const FRAME = 160
const FRAMES_AT_ONCE = 500

/** Milliseconds in which someone speaks in a file that `record` wrote and `repairWav` put right, as `record` itself would count them. */
export async function speechMsOf(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    const detector = new VoiceDetector()
    const bytes = Buffer.alloc(FRAMES_AT_ONCE * FRAME * 2)
    const frame = new Int16Array(FRAME)
    for (let at = WAV_HEADER; ; ) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, at)
      if (bytesRead < FRAME * 2) return detector.speechFrames * 20
      at += bytesRead
      for (let start = 0; start + FRAME * 2 <= bytesRead; start += FRAME * 2) {
        for (let i = 0; i < FRAME; i++) frame[i] = bytes.readInt16LE(start + i * 2)
        detector.frame(frame)
      }
    }
  } finally {
    await file.close()
  }
}
