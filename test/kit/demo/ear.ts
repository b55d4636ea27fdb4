import type { Scope } from '../../../src/base/scope.ts'
import { CommandFailed } from '../../../src/cli/output.ts'
import { toneShare } from '../../../src/media/dsp/goertzel.ts'
import { loudness, rate } from '../audio.ts'
import { type GrowingFile, growingFile } from '../growing-file.ts'

export type Sound = 'silence' | 'speech' | 'ringback' | 'beep'

/** Wide enough to tell 440 and 480 Hz from a voice, short enough to fit a beep of 400 ms several times. */
const frame = rate / 20
const quiet = 150
/** Frames in a row that make a sound: vowels come near a pure tone, though never for a quarter of a second. */
const enough: Readonly<Record<Sound, number>> = { silence: 10, speech: 4, ringback: 5, beep: 5 }
const wavHeader = 44

/** What a frame of 50 ms sounds like. */
export function soundOf(samples: Int16Array): Sound {
  if (loudness(samples) < quiet) return 'silence'
  if (toneShare(samples, 1000) > 0.85) return 'beep'
  // North American ringback, ITU-T E.180 supplement 2.
  if (toneShare(samples, 440) + toneShare(samples, 480) > 0.85) return 'ringback'
  return 'speech'
}

/** Listens to a recording while it is being written: what a person on the phone would notice, and when. */
export class Ear {
  readonly #file: GrowingFile
  #at = 0

  /** @param scope holds the watch on the file, which is made empty */
  constructor(path: string, scope: Scope) {
    this.#file = growingFile(path, scope)
  }

  /** Resolves when this sound has come, after all that was waited for before. @throws CommandFailed when it does not come in time */
  hears(sound: Sound, seconds: number): Promise<void> {
    let run = 0
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const bytes = this.#file.bytes()
        for (;;) {
          const from = wavHeader + this.#at * frame * 2
          if (from + frame * 2 > bytes.length) return
          this.#at++
          const samples = Int16Array.from({ length: frame }, (_, i) => bytes.readInt16LE(from + i * 2))
          run = soundOf(samples) === sound ? run + 1 : 0
          if (run < enough[sound]) continue
          stop()
          resolve()
          return
        }
      }
      const late = setTimeout(() => {
        stop()
        reject(new CommandFailed(`The caller heard no ${sound} within ${seconds} seconds.`))
      }, seconds * 1000)
      const forget = this.#file.changed(look)
      const stop = (): void => {
        clearTimeout(late)
        forget()
      }
      look()
    })
  }
}
