import type { Codec } from '../plane.ts'

// ITU-T G.711 by tables, built once per thread from the arithmetic of ITU-T G.191 (ulaw_compress, alaw_compress):
// 14 significant bits for µ-law, 13 for A-law, negative values by one's complement. 16 bit samples throughout.

const ULAW_BIAS = 33
const ULAW_CLIP = 8191 - ULAW_BIAS

function ulawOf(sample: number): number {
  const magnitude = Math.min((sample < 0 ? ~sample : sample) >> 2, ULAW_CLIP) + ULAW_BIAS
  const segment = 26 - Math.clz32(magnitude)
  const code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0f)
  return ~(code | (sample < 0 ? 0x80 : 0)) & 0xff
}

function linearOfUlaw(octet: number): number {
  const code = ~octet & 0xff
  const magnitude = ((((code & 0x0f) << 1) + ULAW_BIAS) << ((code >> 4) & 7)) - ULAW_BIAS
  return (code & 0x80 ? -magnitude : magnitude) << 2
}

function alawOf(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4
  const segment = Math.max(0, 28 - Math.clz32(magnitude))
  const code = segment === 0 ? magnitude : (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f)
  return (code | (sample < 0 ? 0 : 0x80)) ^ 0x55
}

function linearOfAlaw(octet: number): number {
  const code = octet ^ 0x55
  const segment = (code >> 4) & 7
  const mantissa = ((code & 0x0f) << 4) + 8
  const magnitude = segment === 0 ? mantissa : (mantissa + 0x100) << (segment - 1)
  return code & 0x80 ? magnitude : -magnitude
}

interface Tables {
  /** Index: `sample & 0xffff`. */
  readonly encode: Uint8Array
  readonly decode: Int16Array
  /** The octet that decodes to the smallest positive value. */
  readonly silence: number
}

function tables(encodeOne: (sample: number) => number, decodeOne: (octet: number) => number): Tables {
  const encode = new Uint8Array(65536)
  for (let sample = -32768; sample < 32768; sample++) encode[sample & 0xffff] = encodeOne(sample)
  return { encode, decode: Int16Array.from({ length: 256 }, (_, octet) => decodeOne(octet)), silence: encodeOne(0) }
}

export const g711: Readonly<Record<Codec, Tables>> = {
  PCMU: tables(ulawOf, linearOfUlaw),
  PCMA: tables(alawOf, linearOfAlaw),
}

const translate = (from: Tables, to: Tables): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, octet) => to.encode[from.decode[octet]! & 0xffff]!)

const ulawToAlaw = translate(g711.PCMU, g711.PCMA)
const alawToUlaw = translate(g711.PCMA, g711.PCMU)

/** Octet by octet translation; undefined when the octets can go through untouched. */
export function translation(from: Codec, to: Codec): Uint8Array | undefined {
  if (from === to) return undefined
  return from === 'PCMU' ? ulawToAlaw : alawToUlaw
}
