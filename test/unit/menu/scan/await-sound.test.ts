import { describe, expect, it } from 'vitest'
import { type HeardOutOptions, heardOut, heardSpeech } from '../../../../src/apps/scan/await-sound.ts'
import type { ListenOptions } from '../../../../src/phone/listen.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { FarEnd } from './far-end.ts'

/** After how long a prompt that ends after 3.1 s is taken for over; its pauses are told from 0.7 s on. */
async function overAfter(options: HeardOutOptions): Promise<number> {
  const clock = new FakeClock()
  const says = 'press one for sales press two for opening hours'
  const call = new FarEnd({ main: { says, keys: {} } }, clock).answer()
  let over = false
  const waits = heardOut(call, clock, options).then(() => {
    over = true
  })
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve))
    if (!over) clock.advance(20)
  }
  await waits
  return clock.now()
}

describe('a prompt that is waited out', () => {
  it('is over after a long pause', async () => {
    expect(await overAfter({ silentMs: 1500, mostMs: 60_000 })).toBe(4580)
  })

  it('is over with the first pause behind the time that it is known to last', async () => {
    expect(await overAfter({ silentMs: 1500, mostMs: 60_000, lastsMs: 2500 })).toBe(3780)
  })

  it('is not over in a pause that comes before that, unless it is long', async () => {
    expect(await overAfter({ silentMs: 1500, mostMs: 60_000, lastsMs: 3900 })).toBe(4100)
    expect(await overAfter({ silentMs: 1500, mostMs: 60_000, lastsMs: 9000 })).toBe(4580)
  })

  it('is waited for no longer than is said', async () => {
    expect(await overAfter({ silentMs: 1500, mostMs: 2000, lastsMs: 2500 })).toBe(2000)
  })
})

describe('a prompt that begins', () => {
  /** When it is taken to have begun that is told `toldMs` after one begins to listen, at 1000. */
  async function begunAt(fromMs: number, toldMs: number): Promise<number | undefined> {
    const clock = new FakeClock()
    clock.advance(1000)
    const listen = async ({ onEvent }: Pick<ListenOptions, 'onEvent'>) => {
      let stop = (): void => {}
      const done = new Promise<'stopped'>((resolve) => {
        stop = () => resolve('stopped')
      })
      clock.after(toldMs, () => onEvent({ kind: 'speech', fromMs }))
      return { done, heardMs: 0, stop }
    }
    const heard = heardSpeech({ listen }, clock, 5000)
    for (let ms = 0; ms < 5000; ms += 100) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.advance(100)
    }
    return heard
  }

  it('did so before it was told, by which it is known when it will be over', async () => {
    expect(await begunAt(200, 900)).toBe(1500)
    expect(await begunAt(20, 300)).toBe(1320)
  })

  it('does not where nothing is said', async () => {
    expect(await begunAt(0, 9000)).toBeUndefined()
  })
})
