import { readFileSync, writeFileSync } from 'node:fs'

/** Samples per second of everything here: 16 bit, one channel. */
export const rate = 8000

/** Notes of 180 ms with pauses of 60 ms; each seed is another tune, so that one recording cannot pass for another. */
export function tune(seed: number, seconds: number): Int16Array {
  const samples = new Int16Array(Math.round(seconds * rate))
  const note = 0.18 * rate
  const step = 0.24 * rate
  let state = seed * 2654435761 + 1
  for (let start = 0; start < samples.length; start += step) {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0
    // 300–2700 Hz: within the telephone band, away from the DTMF grid's exact pairs as only one tone sounds.
    const hz = 300 + (state % 2400)
    for (let i = 0; i < note && start + i < samples.length; i++) {
      const fade = Math.min(1, i / 80, (note - i) / 80)
      samples[start + i] = Math.round(9000 * fade * Math.sin((2 * Math.PI * hz * i) / rate))
    }
  }
  return samples
}

/** The North American busy tone: 480 and 620 Hz, half a second on, half a second off. */
export function busyTone(seconds: number): Int16Array {
  return Int16Array.from({ length: seconds * rate }, (_, i) => {
    if (i % rate >= rate / 2) return 0
    const at = (2 * Math.PI * i) / rate
    return Math.round(5000 * (Math.sin(480 * at) + Math.sin(620 * at)))
  })
}

export function writeWav(path: string, samples: Int16Array): string {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.byteLength, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.byteLength, 40)
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]))
  return path
}

/** Reads 16 bit PCM of one channel at 8 kHz; walks the chunks. @throws Error when it is anything else */
export function readWav(path: string): Int16Array {
  const file = readFileSync(path)
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error(`${path} is no WAV file`)
  let format = ''
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4)
    const size = file.readUInt32LE(at + 4)
    if (id === 'fmt ')
      format = `${file.readUInt16LE(at + 8)} ${file.readUInt16LE(at + 10)} ${file.readUInt32LE(at + 12)} ${file.readUInt16LE(at + 22)}`
    if (id === 'data') {
      if (format !== `1 1 ${rate} 16`) throw new Error(`${path} is not 16 bit PCM, mono, ${rate} Hz but ${format}`)
      const bytes = file.subarray(at + 8, Math.min(file.length, at + 8 + size))
      const samples = new Int16Array(bytes.length >> 1)
      for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * 2)
      return samples
    }
    at += 8 + size + (size & 1)
  }
  throw new Error(`${path} has no data chunk`)
}

/** From here on a piece is surely the one that is looked for. */
const found = 0.6

/**
 * How well `part` is found anywhere in `whole`: 1 is perfect, 0 is nothing alike. Compared in pieces of `pieceMs` that may each
 * shift by some milliseconds, because a jitter buffer may drop or repeat a frame; the median of the pieces is returned. Whoever began to
 * listen late, on a busy machine, has not heard the beginning.
 */
export function likeness(whole: Int16Array, part: Int16Array, pieceMs = 400): number {
  const piece = (pieceMs * rate) / 1000
  if (whole.length < piece || part.length < piece) return 0
  let start = startOf(whole, part, piece)
  const scores: number[] = []
  for (let at = 0; at + piece <= part.length; at += piece) {
    const from = Math.max(0, start + at - 800)
    const to = Math.min(whole.length, start + at + 800 + piece)
    const { lag, score } = bestLag(whole, part.subarray(at, at + piece), from, to)
    // Frames that were lost add up.
    if (score >= found) start = lag - at
    scores.push(score)
  }
  scores.sort((a, b) => a - b)
  return scores[Math.floor(scores.length / 2)] ?? 0
}

/** Where `part` begins in `whole`, by its beginning or else by what follows; before it where that was not heard. */
function startOf(whole: Int16Array, part: Int16Array, piece: number): number {
  let best = { start: 0, score: -1 }
  for (const at of [0, 4 * piece, 8 * piece]) {
    if (at > 0 && (best.score >= found || at + 2 * piece > part.length)) break
    const { lag, score } = bestLag(whole, part.subarray(at, at + 2 * piece), 0, whole.length)
    if (score > best.score) best = { start: lag - at, score }
  }
  return best.start
}

function bestLag(whole: Int16Array, part: Int16Array, from: number, to: number): { lag: number; score: number } {
  let best = { lag: from, score: 0 }
  let energyPart = 0
  for (const s of part) energyPart += s * s
  // Coarse search over every fourth lag on every third sample, then a fine one around the best.
  const scan = (first: number, last: number, lagStep: number, sampleStep: number): void => {
    for (let lag = first; lag + part.length <= last; lag += lagStep) {
      let dot = 0
      let energy = 0
      for (let i = 0; i < part.length; i += sampleStep) {
        const w = whole[lag + i] as number
        dot += w * (part[i] as number)
        energy += w * w
      }
      const norm = Math.sqrt(energy * (energyPart / sampleStep))
      const score = norm === 0 ? 0 : dot / norm
      if (score > best.score) best = { lag, score }
    }
  }
  if (energyPart === 0) return best
  scan(from, to, 1, 5)
  const { lag } = best
  best = { lag, score: 0 }
  scan(Math.max(from, lag - 4), Math.min(to, lag + part.length + 4), 1, 1)
  return best
}

/** Share of the energy that lies within ±2 % of `hz`, 0–1 (Goertzel over 50 ms windows, loudest windows count). */
export function toneShare(samples: Int16Array, hz: number): number {
  const size = 400
  let tone = 0
  let total = 0
  for (let at = 0; at + size <= samples.length; at += size) {
    const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate)
    let a = 0
    let b = 0
    let energy = 0
    for (let i = 0; i < size; i++) {
      const s = samples[at + i] as number
      const next = s + coefficient * a - b
      b = a
      a = next
      energy += s * s
    }
    const power = a * a + b * b - coefficient * a * b
    tone += (2 * power) / size
    total += energy
  }
  return total === 0 ? 0 : Math.min(1, tone / total)
}

/** Root mean square of the samples, 0–32767. */
export function loudness(samples: Int16Array): number {
  let sum = 0
  for (const s of samples) sum += s * s
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length)
}
