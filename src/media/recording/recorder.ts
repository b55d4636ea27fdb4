import { VoiceDetector } from '../dsp/vad.ts'
import type { SharedAudio } from './shared-audio.ts'

export interface RecordLimits {
  readonly maxSeconds: number
  /** 0: never. */
  readonly silenceSeconds: number
  readonly stopOn: string
}

export type RecordEnd = 'key' | 'silence' | 'limit' | 'stopped' | 'closed'

const FRAMES_PER_SECOND = 50

/** The media thread's side of a recording: hands frames over and decides when it is at its end. */
export class Recorder {
  readonly id: number
  /** Frames that could not be handed over because the disk was too slow. */
  dropped = 0
  readonly #audio: SharedAudio
  readonly #maxFrames: number
  readonly #silenceFrames: number
  readonly #stopOn: string
  readonly #voice = new VoiceDetector()
  #frames = 0
  #quiet = 0

  constructor(id: number, audio: SharedAudio, limits: RecordLimits) {
    this.id = id
    this.#audio = audio
    this.#maxFrames = limits.maxSeconds * FRAMES_PER_SECOND
    this.#silenceFrames =
      limits.silenceSeconds > 0 ? limits.silenceSeconds * FRAMES_PER_SECOND : Number.POSITIVE_INFINITY
    this.#stopOn = limits.stopOn.toUpperCase()
  }

  /** @returns why it ends here, undefined when it goes on */
  frame(samples: Int16Array): RecordEnd | undefined {
    if (!this.#audio.push(samples)) this.dropped++
    this.#frames++
    this.#quiet = this.#voice.frame(samples) ? 0 : this.#quiet + 1
    if (this.#frames >= this.#maxFrames) return 'limit'
    return this.#quiet >= this.#silenceFrames ? 'silence' : undefined
  }

  endsOn(key: string): boolean {
    return this.#stopOn.includes(key.toUpperCase())
  }

  /**
   * Where a key press began, in samples of the file.
   * @param ago samples between its start and the sample that will be recorded next
   */
  positionOf(ago: number): number {
    return Math.max(0, this.#audio.written - Math.max(0, ago))
  }
}
