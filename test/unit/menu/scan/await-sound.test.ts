import { describe, expect, it } from 'vitest'
import { type HeardOutOptions, heardOut } from '../../../../src/apps/scan/await-sound.ts'
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
