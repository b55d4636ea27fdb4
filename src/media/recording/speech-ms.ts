import { VoiceDetector } from '../dsp/vad.ts'
import { framesOf } from './frames.ts'

/** Milliseconds in which someone speaks in a file that `record` or `monitor` wrote and `repairWav` put right, as they themselves would count them. */
export async function speechMsOf(path: string): Promise<number> {
  const detector = new VoiceDetector()
  for await (const frames of framesOf(path)) for (const frame of frames) detector.frame(frame)
  return detector.speechFrames * 20
}
