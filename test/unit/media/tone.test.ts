import { describe, expect, it } from 'vitest'
import { g711 } from '../../../src/media/codec/g711.ts'
import { Player } from '../../../src/media/plane/player.ts'
import type { ToneName } from '../../../src/media/plane.ts'
import { renderTone } from '../../../src/media/tone/tone.ts'
import { share } from '../../kit/sound.ts'

const linear = (octets: Uint8Array): Int16Array => Int16Array.from(octets, (o) => g711.PCMU.decode[o]!)

/** What a caller hears of it, `ms` long. */
function played(tone: ToneName, ms: number, limit?: number): Int16Array {
  const { data, repeats } = renderTone(tone, limit)
  const samples = !repeats ? data.length : limit === undefined ? -1 : limit * 8
  const player = new Player(1, [{ data, samples }], 1)
  const out = new Uint8Array(ms * 8)
  for (let at = 0; at < out.length; at += 160) if (!player.fill(out, at)) return linear(out.subarray(0, at + 160))
  return linear(out)
}

describe('tones', () => {
  it.each<[ToneName, number[], number, number]>([
    ['ringback', [440, 480], 2000, 4000],
    ['busy', [480, 620], 500, 500],
    ['congestion', [480, 620], 250, 250],
    ['dial', [350, 440], 6000, 0],
  ])('%s is %j Hz, on %i ms, off %i ms', (tone, hz, on, off) => {
    const heard = played(tone, 12_000)
    for (let begin = 0; begin + on + off <= 12_000; begin += on + off) {
      for (const f of hz) expect(share(heard, f, begin + 20, on - 40)).toBeGreaterThan(0.47)
      const pause = heard.slice((begin + on) * 8, (begin + on + off) * 8)
      expect(pause.every((s) => s === 0)).toBe(true)
    }
  })

  it('the beep is 1000 Hz for 400 ms, and as long as asked', () => {
    expect(played('beep', 1000)).toHaveLength(3200)
    expect(share(played('beep', 1000), 1000, 10, 380)).toBeGreaterThan(0.99)
    expect(renderTone('beep', 90).data).toHaveLength(720)
  })

  it('none clicks: no step is larger than its own waves make, at the start, in loops, at a cut', () => {
    for (const tone of ['ringback', 'busy', 'congestion', 'dial', 'beep'] as const) {
      for (const limit of [undefined, 130, 777, 1310]) {
        const heard = [0, ...played(tone, 12_000, limit), 0]
        const step = Math.max(...heard.slice(1).map((s, i) => Math.abs(s - heard[i]!)))
        expect(step, `${tone} ${limit}`).toBeLessThan(7500)
        expect(Math.abs(heard[1]!), `${tone} ${limit} begins`).toBeLessThan(600)
        // What sounds without end has none.
        if (limit !== undefined || tone === 'beep')
          expect(Math.abs(heard.at(-2)!), `${tone} ${limit} ends`).toBeLessThan(600)
      }
    }
  })
})

describe('the player', () => {
  const clip = (n: number, octet: number): Uint8Array => new Uint8Array(n).fill(octet)
  const all = (player: Player, frames = 100): { out: Uint8Array; frames: number } => {
    const out = new Uint8Array(frames * 160)
    let n = 0
    while (n < frames && player.fill(out, n++ * 160));
    return { out, frames: n }
  }

  it('joins clips to the sample and says which frame is the last', () => {
    const { out, frames } = all(
      new Player(
        1,
        [
          { data: clip(100, 1), samples: 100 },
          { data: clip(220, 2), samples: 220 },
        ],
        1,
      ),
    )
    expect(frames).toBe(2)
    expect(out.subarray(0, 320)).toEqual(Uint8Array.from([...clip(100, 1), ...clip(220, 2)]))
  })

  it('repeats as often as asked, without end for 0, and not what is empty', () => {
    const data = clip(160, 3)
    expect(all(new Player(1, [{ data, samples: 160 }], 3)).frames).toBe(3)
    expect(all(new Player(1, [{ data, samples: 160 }], 0)).frames).toBe(100)
    expect(all(new Player(1, [{ data: clip(0, 0), samples: 0 }], 0)).frames).toBe(1)
    expect(all(new Player(1, [], 0)).frames).toBe(1)
  })

  it('waits in silence for a file that is read slower than it is heard', () => {
    const progress = new Int32Array(new SharedArrayBuffer(8))
    const player = new Player(1, [{ data: clip(320, 5), progress, samples: 320 }], 1)
    const out = new Uint8Array(160)
    progress[0] = 80
    expect(player.fill(out, 0)).toBe(true)
    expect([...out.subarray(78, 82)]).toEqual([5, 5, 0xff, 0xff])
    expect(player.fill(out, 0)).toBe(true)
    progress[0] = 240
    progress[1] = 1
    // The file broke off after 240 of 320.
    expect(player.fill(out, 0)).toBe(false)
    expect([...out]).toEqual(Array(160).fill(5))
  })
})
