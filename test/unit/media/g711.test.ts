import { describe, expect, it } from 'vitest'
import { g711, translation } from '../../../src/media/codec/g711.ts'

// The reference of ITU-T G.711: decision values and reconstruction values by segment, without tables or shifts.
const ulawLevels = Array.from({ length: 128 }, (_, n) => ((n % 16) * 2 + 33) * 2 ** Math.floor(n / 16) - 33)
// Half a step of its own segment below each level, also where the segment before has smaller steps.
const ulawDecisions = ulawLevels.map((y, n) => Math.max(0, y - 2 ** Math.floor(n / 16)))
const alawLevels = Array.from({ length: 128 }, (_, n) =>
  n < 16 ? n * 2 + 1 : ((n % 16) * 2 + 33) * 2 ** (Math.floor(n / 16) - 1),
)
const alawDecisions = Array.from({ length: 128 }, (_, n) =>
  n < 16 ? n * 2 : ((n % 16) * 2 + 32) * 2 ** (Math.floor(n / 16) - 1),
)

const last = (decisions: number[], magnitude: number): number => {
  let n = 0
  while (n < 127 && decisions[n + 1]! <= magnitude) n++
  return n
}

describe('G.711', () => {
  it('encodes every 16 bit sample to the interval of the recommendation, both laws', () => {
    const wrong: string[] = []
    for (let sample = -32768; sample < 32768; sample++) {
      const magnitude = sample < 0 ? ~sample : sample
      const u = last(ulawDecisions, magnitude >> 2)
      const a = last(alawDecisions, (magnitude >> 4) << 1)
      const ulaw = ~(u | (sample < 0 ? 0x80 : 0)) & 0xff
      const alaw = (a | (sample < 0 ? 0 : 0x80)) ^ 0x55
      if (g711.PCMU.encode[sample & 0xffff] !== ulaw) wrong.push(`µ ${sample}`)
      if (g711.PCMA.encode[sample & 0xffff] !== alaw) wrong.push(`A ${sample}`)
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it('decodes every octet to the reconstruction value of the recommendation', () => {
    for (let octet = 0; octet < 256; octet++) {
      const u = ulawLevels[~octet & 0x7f]! * 4
      const a = alawLevels[(octet ^ 0x55) & 0x7f]! * 8
      expect(g711.PCMU.decode[octet]! + 0).toBe(octet < 128 ? -u + 0 : u)
      expect(g711.PCMA.decode[octet]!).toBe(octet < 128 ? -a : a)
    }
  })

  it('keeps every octet through linear and back, but for the two zeros of µ-law', () => {
    for (let octet = 0; octet < 256; octet++) {
      const back = g711.PCMU.encode[g711.PCMU.decode[octet]! & 0xffff]
      expect(back).toBe(octet === 0x7f ? 0xff : octet)
      expect(g711.PCMA.encode[g711.PCMA.decode[octet]! & 0xffff]).toBe(octet)
    }
  })

  it('needs no translation between the same, and one step between the two', () => {
    expect(translation('PCMU', 'PCMU')).toBeUndefined()
    const table = translation('PCMU', 'PCMA')!
    for (let octet = 0; octet < 256; octet++) {
      expect(table[octet]).toBe(g711.PCMA.encode[g711.PCMU.decode[octet]! & 0xffff])
    }
  })
})
