import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GSM_FRAME_BYTES, GSM_FRAME_SAMPLES, GsmDecoder, isGsm } from '../../../src/media/codec/gsm.ts'
import { likeness, tune } from '../../kit/audio.ts'

/** 1.5 s of `tune(91)`, encoded by libgsm. */
const file = readFileSync(new URL('../../kit/gsm/tune-91.gsm', import.meta.url))
/** Of the samples, 16 bit little-endian, that libgsm decodes of it. */
const decoded = '45bb6f4a62a379763d9dc35edab0a501b149b2443a52fa90e050d955f4c592d8'

function decode(bytes: Uint8Array): Int16Array {
  const frames = bytes.length / GSM_FRAME_BYTES
  const samples = new Float64Array(frames * GSM_FRAME_SAMPLES)
  const decoder = new GsmDecoder()
  for (let i = 0; i < frames; i++) {
    const frame = bytes.subarray(i * GSM_FRAME_BYTES, (i + 1) * GSM_FRAME_BYTES)
    expect(decoder.decode(frame, samples, i * GSM_FRAME_SAMPLES)).toBe(true)
  }
  return Int16Array.from(samples)
}

describe('GSM 06.10', () => {
  it('is decoded to the very samples of another decoder', () => {
    const samples = decode(file)
    expect(createHash('sha256').update(new Uint8Array(samples.buffer)).digest('hex')).toBe(decoded)
    expect(likeness(samples, tune(91, 1.2))).toBeGreaterThan(0.9)
  })

  it('gives samples of 16 bit whatever the parameters are', () => {
    const frame = fc.uint8Array({ minLength: GSM_FRAME_BYTES, maxLength: GSM_FRAME_BYTES })
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 20 }), (frames) => {
        const decoder = new GsmDecoder()
        const samples = new Float64Array(GSM_FRAME_SAMPLES)
        for (const bytes of frames) {
          bytes[0] = 0xd0 | (bytes[0]! & 0x0f)
          decoder.decode(bytes, samples, 0)
          for (const sample of samples) if (!(sample >= -32768 && sample <= 32767)) return false
        }
        return true
      }),
    )
  })

  it('is known by its signature', () => {
    expect(isGsm(file.subarray(0, 66))).toBe(true)
    expect(isGsm(file.subarray(0, 32))).toBe(false)
    expect(isGsm(file.subarray(1, 67))).toBe(false)
    expect(new GsmDecoder().decode(file.subarray(1, 34), new Float64Array(160), 0)).toBe(false)
  })
})
