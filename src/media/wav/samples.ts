import { g711 } from '../codec/g711.ts'
import type { WavFormat } from './header.ts'

type ReadSample = (view: DataView, at: number) => number

/** One sample, scaled to 16 bit. */
function sampleReader({ encoding, bits }: WavFormat): ReadSample {
  switch (encoding) {
    case 'ulaw':
      return (v, at) => g711.PCMU.decode[v.getUint8(at)]!
    case 'alaw':
      return (v, at) => g711.PCMA.decode[v.getUint8(at)]!
    case 'float':
      return bits === 32 ? (v, at) => finite(v.getFloat32(at, true)) : (v, at) => finite(v.getFloat64(at, true))
    case 'pcm':
      switch (bits) {
        case 8:
          return (v, at) => (v.getUint8(at) - 128) * 256
        case 16:
          return (v, at) => v.getInt16(at, true)
        case 24:
          return (v, at) => ((v.getUint8(at) << 8) | (v.getUint8(at + 1) << 16) | (v.getUint8(at + 2) << 24)) / 65536
        default:
          return (v, at) => v.getInt32(at, true) / 65536
      }
  }
}

const finite = (x: number): number => (Number.isFinite(x) ? Math.max(-4, Math.min(4, x)) * 32768 : 0)

/** All channels of whole sample blocks to one, each weighing the same. */
export function toMono(format: WavFormat, octets: Uint8Array): Float64Array {
  const read = sampleReader(format)
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const width = format.bits / 8
  const mono = new Float64Array(Math.floor(octets.length / format.blockAlign))
  for (let i = 0; i < mono.length; i++) {
    let sum = 0
    for (let c = 0; c < format.channels; c++) sum += read(view, i * format.blockAlign + c * width)
    mono[i] = sum / format.channels
  }
  return mono
}

export const clip16 = (x: number): number => Math.max(-32768, Math.min(32767, Math.round(x)))
