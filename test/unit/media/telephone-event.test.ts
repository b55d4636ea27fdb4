import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventReceiver, eventOfKey, keyOfEvent, writeEvent } from '../../../src/media/rtp/telephone-event.ts'

interface Step {
  readonly key: string
  readonly ts: number
  readonly ms: number
  readonly end?: true
  readonly marker?: true
  /** Milliseconds since the packet before; 20 unless given. */
  readonly after?: number
}

function hear(steps: readonly Step[], wait = 1000): string[] {
  const heard: string[] = []
  const receiver = new EventReceiver({ keyDown: () => {}, keyUp: (key, ms) => heard.push(`${key}${ms}`) })
  let now = 0
  const packet = new Uint8Array(4)
  for (const { key, ts, ms, end, marker, after } of steps) {
    for (const until = now + (after ?? 20); now < until; now += 20) receiver.tick(now)
    writeEvent(packet, 0, eventOfKey(key), end ?? false, 10, ms * 8)
    receiver.packet(packet, 0, 4, ts >>> 0, marker ?? false, now)
  }
  for (const until = now + wait; now <= until; now += 20) receiver.tick(now)
  return heard
}

const press = (key: string, ts: number, ms = 100, ends = 3): Step[] => [
  { key, ts, ms: 20, marker: true },
  { key, ts, ms: ms / 2 },
  ...Array.from({ length: ends }, (): Step => ({ key, ts, ms, end: true })),
]

describe('a press is heard once (RFC 4733)', () => {
  it.each<[string, Step[], string[]]>([
    ['whole', press('5', 1000), ['5100']],
    ['start lost', press('5', 1000).slice(1), ['5100']],
    ['everything but one end lost', press('5', 1000).slice(-1), ['5100']],
    ['all ends lost: by time', press('5', 1000, 100, 0), ['550']],
    ['all ends lost, the next key ends it', [...press('5', 1000, 100, 0), ...press('6', 3000)], ['550', '6100']],
    ['the same key twice', [...press('5', 1000), ...press('5', 3000)], ['5100', '5100']],
    [
      'the same key twice, ends and start lost between',
      [...press('5', 1000, 100, 0), ...press('5', 3000).slice(1)],
      ['550', '5100'],
    ],
    ['an update behind the end', [...press('5', 1000), { key: '5', ts: 1000, ms: 50 }], ['5100']],
    [
      'an end of the key before, late',
      [
        ...press('5', 1000),
        ...press('6', 3000).slice(0, 2),
        { key: '5', ts: 1000, ms: 100, end: true },
        { key: '6', ts: 3000, ms: 100, end: true },
      ],
      ['5100', '6100'],
    ],
    ['across the wrap of timestamps', [...press('5', 2 ** 32 - 160), ...press('6', 1500)], ['5100', '6100']],
    [
      'a second end long after',
      [...press('5', 1000, 100, 1), { key: '5', ts: 1000, ms: 100, end: true, after: 900 }],
      ['5100'],
    ],
    [
      'longer than 65535 units: segments without an end between',
      [
        { key: '1', ts: 0, ms: 20, marker: true },
        { key: '1', ts: 0, ms: 8191.875 },
        { key: '1', ts: 65535, ms: 20 },
        { key: '1', ts: 65535, ms: 1000, end: true },
      ],
      ['19192'],
    ],
    [
      'a sender that moves the timestamp with every update',
      [0, 1, 2, 3, 4, 5].map(
        (n): Step => ({
          key: '9',
          ts: 1000 + n * 160,
          ms: 20 + n * 20,
          ...(n === 0 ? { marker: true } : {}),
          ...(n > 3 ? { end: true } : {}),
        }),
      ),
      ['9100'],
    ],
    [
      'star, pound and letters',
      ['*', '#', 'A', 'D'].flatMap((key, i) => press(key, i * 2000)),
      ['*100', '#100', 'A100', 'D100'],
    ],
  ])('%s', (_, steps, expected) => {
    expect(hear(steps)).toEqual(expected)
  })

  it('whatever is lost or doubled, as long as one packet of each press comes', () => {
    const keys = fc.array(fc.constantFrom(...'0123456789*#ABCD'), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(
        keys,
        fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
        fc.nat(2 ** 32 - 1),
        (pressed, copies, begin) => {
          const steps = pressed.flatMap((key, i) => {
            const whole = press(key, (begin + i * 2400) % 2 ** 32)
            const left = whole.flatMap((step) => Array.from({ length: copies.next().value ?? 1 }, () => step))
            return left.length > 0 ? left : whole.slice(2, 3)
          })
          expect(
            hear(steps)
              .map((heard) => heard[0])
              .join(''),
          ).toBe(pressed.join(''))
        },
      ),
    )
  })

  it('is no press: an event that is no key, a payload cut short', () => {
    const receiver = new EventReceiver({
      keyDown: () => expect.fail('a key'),
      keyUp: () => expect.fail('a key'),
    })
    expect(receiver.packet(Uint8Array.of(16, 0, 0, 160), 0, 4, 0, true, 0)).toBe(false)
    expect(receiver.packet(Uint8Array.of(1, 0, 0), 0, 3, 0, true, 0)).toBe(false)
  })

  it('codes and keys are those of the registry', () => {
    expect([...'0123456789*#ABCD'].map(eventOfKey)).toEqual([...Array(16).keys()])
    expect(keyOfEvent(16)).toBeUndefined()
    expect(eventOfKey('x')).toBe(-1)
    expect(eventOfKey('')).toBe(-1)
  })
})
