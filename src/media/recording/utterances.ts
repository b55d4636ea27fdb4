import { Endpointer } from '../listen/endpointer.ts'
import { framesOf } from './frames.ts'

/** As of what is heard in a call. */
const pauseMs = 600

/** What is said in a recording, cut at its pauses; pieces of one utterance come together. */
export async function* utterancesOf(path: string): AsyncGenerator<readonly Int16Array[]> {
  const ready: Int16Array[][] = []
  let pieces: Int16Array[] = []
  const endpointer = new Endpointer(
    { pauseMs, silenceMs: [] },
    {
      begin: () => {},
      audio: (samples) => void pieces.push(samples.slice()),
      end: () => {
        ready.push(pieces)
        pieces = []
      },
      silence: () => {},
    },
  )
  for await (const frames of framesOf(path)) {
    for (const frame of frames) endpointer.push(frame)
    yield* ready.splice(0)
  }
  endpointer.finish()
  yield* ready
}
