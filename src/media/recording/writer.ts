import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { keyTail } from '../dsp/dtmf.ts'
import { VoiceDetector } from '../dsp/vad.ts'
import { FRAME } from '../jitter/ring.ts'
import { WAV_HEADER, wavHeader } from '../wav/header.ts'
import type { Channels, SharedAudio } from './shared-audio.ts'

/** The sound of a key that came by another way (SIP INFO) may lie this far back. */
const KEY_SEARCH_SAMPLES = 3 * 8000

export interface Finished {
  readonly ms: number
  readonly speechMs: number
}

/**
 * Writes one recording. Blocking calls: this runs in the thread for files. After every `flush` the file is a valid WAV
 * that holds all that came so far, as far as the operating system is concerned.
 */
export class RecordingWriter {
  readonly #audio: SharedAudio
  readonly #fd: number
  readonly #channels: Channels
  /** Of all channels. */
  #samples = 0
  readonly #voice = new VoiceDetector()
  readonly #frame = new Int16Array(FRAME)
  #inFrame = 0
  /** Speech frames up to the end of each frame: a cut at any place knows what is left. */
  #speech = new Uint32Array(1024)
  #frames = 0

  /** @param resume the file was begun by a thread that crashed: goes on behind what is in it */
  constructor(path: string, channels: Channels, audio: SharedAudio, resume: boolean) {
    this.#audio = audio
    this.#channels = channels
    this.#fd = openSync(path, resume ? 'r+' : 'w+', 0o600)
    if (resume) this.#resume()
    else this.#writeHeader(0)
  }

  #resume(): void {
    const blocks = Math.floor((fstatSync(this.#fd).size - WAV_HEADER) / (2 * this.#channels))
    this.#samples = Math.max(0, blocks) * this.#channels
    const block = new Int16Array(8000)
    for (let at = 0; at < this.#samples; at += block.length) {
      const count = Math.min(block.length, this.#samples - at)
      readSync(this.#fd, new Uint8Array(block.buffer), 0, count * 2, WAV_HEADER + at * 2)
      this.#measure(block.subarray(0, count))
    }
    this.#writeHeader(this.#samples)
  }

  flush(): void {
    const samples = this.#audio.take()
    if (samples.length === 0) return
    writeAll(this.#fd, new Uint8Array(samples.buffer), WAV_HEADER + this.#samples * 2)
    this.#samples += samples.length
    this.#writeHeader(this.#samples)
    this.#measure(samples)
  }

  /**
   * Writes the rest and closes the file.
   * @param key that ended it: its sound is cut off; for recordings of one channel
   * @param keyAt sample at which the press began, where that is known
   */
  finish(key?: string, keyAt?: number): Finished {
    try {
      this.flush()
      const length = key === undefined ? this.#samples : this.#lengthWithout(key, keyAt)
      if (length < this.#samples) {
        ftruncateSync(this.#fd, WAV_HEADER + length * 2)
        this.#writeHeader(length)
        this.#samples = length
      }
      fdatasyncSync(this.#fd)
      const each = this.#samples / this.#channels
      const frames = Math.floor(each / FRAME)
      return { ms: Math.round(each / 8), speechMs: frames === 0 ? 0 : this.#speech[frames - 1]! * 20 }
    } finally {
      closeSync(this.#fd)
    }
  }

  /** After an error: lets go of the file as it is. */
  abandon(): void {
    closeSync(this.#fd)
  }

  #writeHeader(samples: number): void {
    writeAll(this.#fd, wavHeader(samples * 2, this.#channels), 0)
  }

  #lengthWithout(key: string, keyAt: number | undefined): number {
    const count = Math.min(this.#samples, KEY_SEARCH_SAMPLES)
    const tail = new Int16Array(count)
    readSync(this.#fd, new Uint8Array(tail.buffer), 0, count * 2, WAV_HEADER + (this.#samples - count) * 2)
    return Math.min(this.#samples - keyTail(tail, key), keyAt ?? this.#samples)
  }

  #measure(samples: Int16Array): void {
    const channels = this.#channels
    for (let i = 0; i + channels <= samples.length; i += channels) {
      // Speech on either side counts: halves cannot overflow.
      this.#frame[this.#inFrame++] = channels === 1 ? samples[i]! : (samples[i]! + samples[i + 1]!) / 2
      if (this.#inFrame < FRAME) continue
      this.#inFrame = 0
      this.#voice.frame(this.#frame)
      if (this.#frames === this.#speech.length) {
        const longer = new Uint32Array(this.#speech.length * 2)
        longer.set(this.#speech)
        this.#speech = longer
      }
      this.#speech[this.#frames++] = this.#voice.speechFrames
    }
  }
}

function writeAll(fd: number, octets: Uint8Array, at: number): void {
  let done = 0
  while (done < octets.length) done += writeSync(fd, octets, done, octets.length - done, at + done)
}
