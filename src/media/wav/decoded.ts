import type { FileHandle } from 'node:fs/promises'
import { MPEGDecoder } from 'mpg123-decoder'
import { GSM_FRAME_BYTES, GSM_FRAME_SAMPLES, GsmDecoder, isGsm } from '../codec/gsm.ts'
import { MediaError } from '../plane.ts'
import { readWavLayout } from './header.ts'
import { readAt } from './load.ts'
import { toMono } from './samples.ts'

// The decoder's WebAssembly is libmpg123 (LGPL 2.1) in a package of its own (MIT), which can be exchanged; nothing of it is copied here.

export interface MonoBlock {
  /** Samples per second; the same in all blocks. */
  readonly rate: number
  /** Scaled to 16 bit. */
  readonly samples: Float64Array
}

const BLOCK = 65_536
/** A frame of MPEG audio has no more samples than this. */
const FRAME_SAMPLES = 1152

const bad = (why: string): MediaError => new MediaError('bad-audio', why)

/** Mixed down to one channel, whatever it is. @throws MediaError `bad-audio` */
export async function* monoBlocks(file: FileHandle, maxBytes: number): AsyncGenerator<MonoBlock> {
  const stat = await file.stat()
  if (!stat.isFile()) throw bad('it is no file')
  if (stat.size === 0) throw bad('it is empty')
  if (stat.size > maxBytes) throw bad(`it has ${stat.size} bytes, ${maxBytes} are the most`)
  const head = await readAt(file, 0, 2 * GSM_FRAME_BYTES)
  const type = typeOf(head.subarray(0, 12)) ?? (isGsm(head) ? 'gsm' : undefined)
  if (type === 'wav') yield* wavBlocks(file, stat.size)
  else if (type === 'mpeg') yield* mpegBlocks(file)
  else if (type === 'gsm') yield* gsmBlocks(file)
  else throw bad(`it is neither WAV, MP3 nor GSM${type === undefined ? '' : ` but ${type}`}`)
}

/** What the first octets say; the name and the declared type of a file are often wrong. */
function typeOf(head: Uint8Array): 'wav' | 'mpeg' | string | undefined {
  const text = String.fromCharCode(...head)
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WAVE') return 'wav'
  if (text.startsWith('ID3') || isMpegFrame(head)) return 'mpeg'
  if (text.startsWith('OggS')) return 'Ogg'
  if (text.startsWith('fLaC')) return 'FLAC'
  if (text.slice(4, 8) === 'ftyp') return 'MP4'
  if (text.startsWith('FORM')) return 'AIFF'
  if (/^\s*[<{[]/.test(text)) return 'text'
  return undefined
}

/** ISO 11172-3 §2.4.1.3: sync word, and no reserved version, layer, bit rate or sampling frequency. */
function isMpegFrame(head: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0] = head
  return (
    a === 0xff && (b & 0xe0) === 0xe0 && (b & 0x18) !== 0x08 && (b & 0x06) !== 0 && c >> 4 !== 15 && (c & 12) !== 12
  )
}

async function* wavBlocks(file: FileHandle, size: number): AsyncGenerator<MonoBlock> {
  const layout = await readWavLayout((at, length) => readAt(file, at, length), size)
  const step = BLOCK - (BLOCK % layout.blockAlign)
  for (let at = 0; at < layout.dataLength; at += step) {
    const octets = await readAt(file, layout.dataAt + at, Math.min(step, layout.dataLength - at))
    yield { rate: layout.rate, samples: toMono(layout, octets) }
  }
}

async function* mpegBlocks(file: FileHandle): AsyncGenerator<MonoBlock> {
  const decoder = new MPEGDecoder()
  try {
    await decoder.ready
    let rate = 0
    let decoded = 0
    let faults = 0
    for (let at = 0; ; at += BLOCK) {
      const octets = await readAt(file, at, BLOCK)
      if (octets.length === 0) break
      const { channelData, sampleRate, samplesDecoded, errors } = decoder.decode(octets)
      decoded += samplesDecoded
      faults += errors.length
      if (samplesDecoded === 0) continue
      if (rate !== 0 && sampleRate !== rate) throw bad(`its rate changes from ${rate} to ${sampleRate} Hz`)
      rate = sampleRate
      yield { rate, samples: mixed(channelData, samplesDecoded) }
    }
    // Some noise is decoded where there is a sync word by chance.
    if (faults * FRAME_SAMPLES > decoded) throw bad('it cannot be decoded as MP3')
  } finally {
    decoder.free()
  }
}

/** Many frames in one go: each is 20 ms. */
const GSM_FRAMES = 500

async function* gsmBlocks(file: FileHandle): AsyncGenerator<MonoBlock> {
  const decoder = new GsmDecoder()
  for (let at = 0; ; at += GSM_FRAMES * GSM_FRAME_BYTES) {
    const octets = await readAt(file, at, GSM_FRAMES * GSM_FRAME_BYTES)
    // What is left of a file that was cut off within a frame is no sound.
    const frames = Math.floor(octets.length / GSM_FRAME_BYTES)
    if (frames === 0) return
    const samples = new Float64Array(frames * GSM_FRAME_SAMPLES)
    for (let i = 0; i < frames; i++) {
      const frame = octets.subarray(i * GSM_FRAME_BYTES, (i + 1) * GSM_FRAME_BYTES)
      if (!decoder.decode(frame, samples, i * GSM_FRAME_SAMPLES)) throw bad('it cannot be decoded as GSM 06.10')
    }
    yield { rate: 8000, samples }
  }
}

function mixed(channels: readonly Float32Array[], count: number): Float64Array {
  const scale = 32768 / channels.length
  const out = new Float64Array(count)
  for (const channel of channels) for (let i = 0; i < count; i++) out[i]! += channel[i]! * scale
  return out
}
