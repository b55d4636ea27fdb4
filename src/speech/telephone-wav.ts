import { open, readFile } from 'node:fs/promises'
import { setImmediate as breathe } from 'node:timers/promises'
import { HighPass } from './high-pass.ts'
import { resample, resampledLength, telephoneRate } from './resample.ts'
import { SpeechError } from './synthesizer.ts'

/** Speech is brought to this level, so that engines and voices change without a jump. RMS of what is not silence. */
const levelDb = -20
const peakDb = -1
const frame = telephoneRate / 50
const silenceRms = 32768 * 10 ** (-50 / 20)
/** Between the pieces of a long text; engines leave little after the last sentence. */
const gap = telephoneRate / 5

/** Joins what an engine wrote into one WAV: 8 kHz, 16 bit, mono, levelled. Works a second of audio at a time, so the thread stays free. */
export async function writeTelephoneWav(parts: readonly string[], to: string): Promise<void> {
  const pieces: Float32Array[] = []
  const lows = new HighPass(200)
  for (const part of parts) {
    if (pieces.length > 0) pieces.push(new Float32Array(gap))
    const { rate, samples } = readEngineWav(await readFile(part))
    const length = resampledLength(samples.length, rate)
    for (let at = 0; at < length; at += telephoneRate) {
      const slice = resample(samples, rate, at, Math.min(length, at + telephoneRate))
      lows.apply(slice)
      pieces.push(slice)
      await breathe()
    }
  }
  const gain = levelling(pieces)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const file = await open(to, 'wx')
  try {
    await file.write(header(length))
    for (const piece of pieces) await file.write(toBytes(piece, gain))
  } finally {
    await file.close()
  }
}

/** Engines write mono PCM of 16 bit; anything else means that the engine is not what we take it for. */
export function readEngineWav(bytes: Buffer): { rate: number; samples: Int16Array } {
  const wrong = (what: string) => new SpeechError('engine_failed', `The speech engine wrote a file that ${what}.`)
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw wrong('is no WAV')
  }
  let rate = 0
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    const start = at + 8
    if (id === 'fmt ' && start + 16 <= bytes.length) {
      const [kind, channels, bits] = [
        bytes.readUInt16LE(start),
        bytes.readUInt16LE(start + 2),
        bytes.readUInt16LE(start + 14),
      ]
      if (kind !== 1 || channels !== 1 || bits !== 16) throw wrong('is not mono PCM of 16 bit')
      rate = bytes.readUInt32LE(start + 4)
    }
    if (id === 'data') {
      if (rate < telephoneRate || rate > 192_000) throw wrong(`has a rate of ${rate} Hz`)
      const count = Math.floor(Math.min(size, bytes.length - start) / 2)
      const samples = new Int16Array(count)
      for (let i = 0; i < count; i++) samples[i] = bytes.readInt16LE(start + 2 * i)
      if (count === 0) throw wrong('has no sound in it')
      return { rate, samples }
    }
    at = start + size + (size & 1)
  }
  throw wrong('has no sound in it')
}

function levelling(pieces: readonly Float32Array[]): number {
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

function toBytes(samples: Float32Array, gain: number): Buffer {
  const bytes = Buffer.alloc(samples.length * 2)
  for (let i = 0; i < samples.length; i++) bytes.writeInt16LE(Math.round(samples[i]! * gain), 2 * i)
  return bytes
}

function header(samples: number): Buffer {
  const bytes = Buffer.alloc(44)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(36 + samples * 2, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(telephoneRate, 24)
  bytes.writeUInt32LE(telephoneRate * 2, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(samples * 2, 40)
  return bytes
}
