import { MediaError } from '../plane.ts'

export type WavEncoding = 'pcm' | 'float' | 'alaw' | 'ulaw'

export interface WavFormat {
  readonly encoding: WavEncoding
  readonly bits: number
  readonly channels: number
  readonly rate: number
  /** Octets of one sample of all channels. */
  readonly blockAlign: number
}

export interface WavLayout extends WavFormat {
  /** Where the samples begin in the file. */
  readonly dataAt: number
  /** Octets of samples: as the header says, or up to the end of the file where it says more, 0 or nothing. */
  readonly dataLength: number
}

/** Reads `length` octets at `at`; fewer at the end of the file. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>

const EXTENSIBLE = 0xfffe
const encodings: Readonly<Record<number, WavEncoding>> = { 1: 'pcm', 3: 'float', 6: 'alaw', 7: 'ulaw' }
const bitsOf: Readonly<Record<WavEncoding, readonly number[]>> = {
  pcm: [8, 16, 24, 32],
  float: [32, 64],
  alaw: [8],
  ulaw: [8],
}
/** A header with more chunks before the samples than this is no recording. */
const MAX_CHUNKS = 64

const text = (a: Uint8Array, at: number): string => String.fromCharCode(...a.subarray(at, at + 4))
const bad = (why: string): MediaError => new MediaError('bad-wav', why)

/** Walks the chunks of a RIFF file up to the samples. @throws MediaError `bad-wav` with the reason */
export async function readWavLayout(read: ReadAt, fileSize: number): Promise<WavLayout> {
  const riff = await read(0, 12)
  if (riff.length < 12 || text(riff, 0) !== 'RIFF' || text(riff, 8) !== 'WAVE')
    throw bad('not a WAV file (no RIFF/WAVE header)')
  let format: WavFormat | undefined
  let at = 12
  for (let n = 0; n < MAX_CHUNKS && at + 8 <= fileSize; n++) {
    const head = await read(at, 8)
    if (head.length < 8) break
    const id = text(head, 0)
    const size = new DataView(head.buffer, head.byteOffset).getUint32(4, true)
    if (id === 'fmt ') format = readFormat(await read(at + 8, Math.min(size, 40)))
    if (id === 'data') {
      if (!format) throw bad('the samples come before their format (no fmt chunk)')
      const rest = fileSize - at - 8
      const dataLength = size === 0 || size > rest ? rest : size
      return { ...format, dataAt: at + 8, dataLength: dataLength - (dataLength % format.blockAlign) }
    }
    at += 8 + size + (size % 2)
  }
  throw bad(format ? 'no samples in it (no data chunk)' : 'no format in it (no fmt chunk)')
}

function readFormat(a: Uint8Array): WavFormat {
  if (a.length < 16) throw bad('its fmt chunk is too short')
  const view = new DataView(a.buffer, a.byteOffset, a.length)
  let tag = view.getUint16(0, true)
  const channels = view.getUint16(2, true)
  const rate = view.getUint32(4, true)
  const bits = view.getUint16(14, true)
  if (tag === EXTENSIBLE) {
    if (a.length < 26) throw bad('its extended fmt chunk is too short')
    tag = view.getUint16(24, true)
  }
  const encoding = encodings[tag]
  if (!encoding) throw bad(`its encoding (format tag ${tag}) is not one of PCM, float, A-law, µ-law`)
  if (!bitsOf[encoding].includes(bits)) throw bad(`${bits} bits per sample are not supported for ${encoding}`)
  if (channels < 1 || channels > 32) throw bad(`${channels} channels are not supported`)
  if (rate < 1000 || rate > 384_000) throw bad(`a rate of ${rate} Hz is not supported`)
  return { encoding, bits, channels, rate, blockAlign: (channels * bits) / 8 }
}

export const WAV_HEADER = 44

/** Header of a 16 bit, 8 kHz file with `dataLength` octets of samples. */
export function wavHeader(dataLength: number, channels = 1): Uint8Array {
  const header = new Uint8Array(WAV_HEADER)
  const view = new DataView(header.buffer)
  const put = (at: number, s: string): void => {
    for (let i = 0; i < 4; i++) header[at + i] = s.charCodeAt(i)
  }
  put(0, 'RIFF')
  view.setUint32(4, WAV_HEADER - 8 + dataLength, true)
  put(8, 'WAVE')
  put(12, 'fmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, channels, true)
  view.setUint32(24, 8000, true)
  view.setUint32(28, 16_000 * channels, true)
  view.setUint16(32, 2 * channels, true)
  view.setUint16(34, 16, true)
  put(36, 'data')
  view.setUint32(40, dataLength, true)
  return header
}
