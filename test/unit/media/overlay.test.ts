import { describe, expect, it } from 'vitest'
import { g711 } from '../../../src/media/codec/g711.ts'
import { Overlay } from '../../../src/media/plane/overlay.ts'
import { Player } from '../../../src/media/plane/player.ts'
import { Prompting } from '../../../src/media/plane/prompting.ts'
import type { Codec } from '../../../src/media/plane.ts'

const encoded = (codec: Codec, sample: number): number => g711[codec].encode[sample & 0xffff]!
const decoded = (codec: Codec, octet: number): number => g711[codec].decode[octet]!

/** What is added is `samples` of one height. */
function overlay(height: number, samples: number) {
  const ends: string[] = []
  const prompting = new Prompting((_play, end) => ends.push(end))
  const data = new Uint8Array(samples).fill(encoded('PCMU', height))
  prompting.play(new Player(-1, [{ data, samples }], 1, true))
  return { over: new Overlay(prompting), ends }
}

function added(over: Overlay, codec: Codec, under: number, count: number): number[] {
  const out = new Uint8Array(count + 12).fill(encoded(codec, under))
  over.addTo(out, 12, count, codec)
  expect([...out.subarray(0, 12)]).toEqual(new Array(12).fill(encoded(codec, under)))
  return [...out.subarray(12)].map((octet) => decoded(codec, octet))
}

describe('what is mixed into packets', () => {
  it.each(['PCMU', 'PCMA'] as const)('is the sum, in %s', (codec) => {
    const { over } = overlay(4000, 320)
    for (const sample of added(over, codec, -1000, 160)) expect(Math.abs(sample - 3000)).toBeLessThan(150)
  })

  it('is cut off at the loudest that there is', () => {
    const { over } = overlay(30_000, 320)
    expect(Math.min(...added(over, 'PCMU', 30_000, 160))).toBeGreaterThan(31_000)
  })

  it.each([80, 160, 240, 37])('is heard once and whole in packets of %i octets', (count) => {
    const { over, ends } = overlay(4000, 480)
    let heard = 0
    for (let packets = 0; packets < 30; packets++) {
      if (!over.busy) break
      heard += added(over, 'PCMU', 0, count).filter((sample) => sample > 1000).length
    }
    expect(ends).toEqual(['finished'])
    // The last frame is fetched by the packet that its first octet is in.
    expect(heard).toBeGreaterThan(480 - 160)
    expect(heard).toBeLessThanOrEqual(480)
  })
})
