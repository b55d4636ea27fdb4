import { setImmediate as otherWork } from 'node:timers/promises'
import { BANDS, SoundBands } from '../listen/bands.ts'
import { framesOf } from './frames.ts'

const FRAME_MS = 20
/** One second of audio: some milliseconds of work. */
const FRAMES_AT_A_TIME = 50

export interface SoundLevels {
  /** Since the beginning of the part. */
  readonly fromMs: number
  readonly bands: number
  /** dB: all bands of the first frame, then those of the next. */
  readonly levels: Uint8Array
}

/**
 * What came in, in a part of a file that `monitor` wrote and `repairWav` put right, as a call tells it that is listened to. Lets other work be done
 * in between.
 * @throws MediaError `bad-wav`, or that of the file system
 */
export async function* soundOf(path: string, part: { fromMs: number; toMs: number }): AsyncGenerator<SoundLevels> {
  const ready: SoundLevels[] = []
  const bands = new SoundBands((levels, from) => ready.push({ fromMs: from * FRAME_MS, bands: BANDS, levels }))
  for await (const frames of framesOf(path, { ...part, side: 'in' })) {
    for (const [i, frame] of frames.entries()) {
      bands.push(frame)
      if (i % FRAMES_AT_A_TIME !== 0) continue
      await otherWork()
      yield* ready.splice(0)
    }
    yield* ready.splice(0)
  }
}
