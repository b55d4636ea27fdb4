// G.711 µ-law after ITU-T G.191, written for the tests alone so that a fault in our own codec cannot hide in them.
const bias = 0x84
const clip = 32635

export function ulawByte(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(Math.abs(sample), clip) + bias
  const exponent = 31 - Math.clz32(magnitude) - 7
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}

export function ulawSample(byte: number): number {
  const inverted = ~byte & 0xff
  const exponent = (inverted >> 4) & 7
  const magnitude = ((((inverted & 0x0f) << 3) + bias) << exponent) - bias
  return (inverted & 0x80) === 0 ? magnitude : -magnitude
}

export const toUlaw = (samples: Int16Array): Buffer => Buffer.from(Uint8Array.from(samples, ulawByte))
export const fromUlaw = (bytes: Uint8Array): Int16Array => Int16Array.from(bytes, ulawSample)
