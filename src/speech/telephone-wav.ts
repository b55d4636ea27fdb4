import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate as breathe } from 'node:timers/promises'
import { OUT_RATE, Resampler } from '../media/dsp/resample.ts'
import { readWavLayout, wavHeader } from '../media/wav/header.ts'
import { clip16, toMono } from '../media/wav/samples.ts'
import { HighPass } from './high-pass.ts'
import { SpeechError } from './synthesizer.ts'

/** Speech is brought to this level, so that engines and voices change without a jump. RMS of what is not silence. */
const levelDb = -20
const peakDb = -1
const frame = OUT_RATE / 50
const silenceRms = 32768 * 10 ** (-50 / 20)
/** Between the pieces of a long text; engines leave little after the last sentence. */
const gap = OUT_RATE / 5
/** Half a second of audio: what is worked on before other work has its turn. */
const block = 16_384

/** Joins what an engine wrote into one WAV: 8 kHz, 16 bit, mono, levelled, without what lies under the voice band. */
export async function writeTelephoneWav(parts: readonly string[], to: string): Promise<void> {
  const pieces: Float64Array[] = []
  const lows = new HighPass(200)
  for (const part of parts) {
    if (pieces.length > 0) pieces.push(new Float64Array(gap))
    for await (const piece of samplesAt8k(part)) {
      lows.apply(piece)
      pieces.push(piece)
    }
  }
  const gain = levelling(pieces)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const file = await open(to, 'wx')
  try {
    await file.write(wavHeader(length * 2))
    for (const piece of pieces) await file.write(toBytes(piece, gain))
  } finally {
    await file.close()
  }
}

/** What an engine wrote, from any rate. @throws SpeechError `engine_failed` when it is no WAV or has no sound in it */
async function* samplesAt8k(path: string): AsyncGenerator<Float64Array> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const layout = await readWavLayout((at, length) => readAt(file, at, length), size).catch((error: Error) => {
      throw new SpeechError('engine_failed', `The speech engine wrote something unusable: ${error.message}.`, error)
    })
    if (layout.dataLength === 0) throw new SpeechError('engine_failed', 'The speech engine wrote a file without sound.')
    const resampler = layout.rate === OUT_RATE ? undefined : new Resampler(layout.rate)
    const step = block - (block % layout.blockAlign)
    for (let at = 0; at < layout.dataLength; at += step) {
      const octets = await readAt(file, layout.dataAt + at, Math.min(step, layout.dataLength - at))
      const mono = toMono(layout, octets)
      yield resampler === undefined ? mono : resampler.push(mono)
      await breathe()
    }
    if (resampler !== undefined) yield resampler.finish()
  } finally {
    await file.close()
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, at)
  return buffer.subarray(0, bytesRead)
}

function levelling(pieces: readonly Float64Array[]): number {
  let energy = 0
  let count = 0
  let peak = 1
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += frame) {
      const end = Math.min(piece.length, at + frame)
      let sum = 0
      for (let i = at; i < end; i++) {
        sum += piece[i]! ** 2
        peak = Math.max(peak, Math.abs(piece[i]!))
      }
      if (Math.sqrt(sum / (end - at)) < silenceRms) continue
      energy += sum
      count += end - at
    }
  }
  if (count === 0) return 1
  const level = (32768 * 10 ** (levelDb / 20)) / Math.sqrt(energy / count)
  return Math.min(level, (32768 * 10 ** (peakDb / 20)) / peak)
}

function toBytes(samples: Float64Array, gain: number): Buffer {
  const bytes = Buffer.alloc(samples.length * 2)
  for (let i = 0; i < samples.length; i++) bytes.writeInt16LE(clip16(samples[i]! * gain), 2 * i)
  return bytes
}
