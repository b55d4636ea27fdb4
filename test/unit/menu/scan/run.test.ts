import { describe, expect, it } from 'vitest'
import type { CallingHours, ScanChoice } from '../../../../src/apps/scan/bounds.ts'
import type { ScanStanding } from '../../../../src/apps/scan/scan.ts'
import type { ScanTree } from '../../../../src/menu/scan/tree.ts'
import { Problem } from '../../../../src/phone/problem.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { FarEnd } from './far-end.ts'
import type { Lines } from './kit.ts'
import { fresh, runScan } from './run-scan.ts'

const acme: Lines = {
  main: {
    says: 'Welcome to Acme Industries. For sales, press 1. For technical support, press 2. For opening hours, press 3. For billing, press 4.',
    keys: { 1: 'sales', 2: 'support', 3: 'hours', 4: 'billing', 7: 'secret' },
  },
  sales: {
    says: 'You have reached the sales team. For new orders, press 1. For existing orders, press 2.',
    keys: { 1: 'orders', 2: 'agent' },
  },
  support: { says: 'Our support desk opens tomorrow at nine. Goodbye.' },
  hours: { says: 'We are open from nine to five on weekdays.' },
  billing: { says: 'Invoices are sent by mail each month.' },
  orders: { says: 'Please leave a message after the tone.' },
  agent: { says: 'Hello, this is Brian speaking, how can I help you?' },
  secret: { says: 'You have reached the museum. Please leave a message after the tone.' },
}

const ends = (tree: ScanTree) => [...tree.nodes.values()].map(({ id, end }) => `${id} ${end}`).sort()

describe('a scan with several calls at once', () => {
  it('hears the same tree in less time, each branch by one call, and never has more calls than it may', async () => {
    const one = { clock: new FakeClock(), far: undefined }
    const alone = new FarEnd(acme, one.clock)
    const slow = await runScan({ clock: one.clock, far: alone })
    const clock = new FakeClock()
    const many = new FarEnd(acme, clock)
    const fast = await runScan({ clock, far: many, choice: { callsAtOnce: 3 } })

    expect(slow.result).toEqual({ kind: 'done', sentence: null })
    expect(fast.result).toEqual({ kind: 'done', sentence: null })
    expect(ends(fast.tree)).toEqual(ends(slow.tree))
    expect([...fast.ways].sort()).toEqual(['', '1', '1,1', '1,2', '2', '3', '4'])
    expect([alone.most, many.most]).toEqual([1, 3])
    expect(clock.now()).toBeLessThan(one.clock.now() * 0.7)
  })

  it('places no further call once it may not', async () => {
    const clock = new FakeClock()
    const { result, placed, standing } = await runScan({
      ...{ clock, far: new FarEnd(acme, clock) },
      choice: { callsAtOnce: 3, calls: 2 },
    })

    expect(result).toMatchObject({ kind: 'done', sentence: expect.stringContaining('2 calls') })
    expect([placed.length, standing.calls]).toEqual([2, 2])
  })

  it('hangs all of them up when the minutes of all together are spent', async () => {
    const clock = new FakeClock()
    const { result, standing } = await runScan({
      ...{ clock, far: new FarEnd(acme, clock) },
      choice: { callsAtOnce: 3, minutes: 0.5 },
    })

    expect(result).toMatchObject({ kind: 'done', sentence: expect.stringContaining('minutes of calls') })
    expect(standing.callMs).toBeGreaterThan(29_000)
    expect(standing.callMs).toBeLessThan(34_000)
  })
})

it('a menu that talks for two minutes before it offers anything is heard out', async () => {
  const syllables = ['ka', 'mo', 'ri', 'tel', 'su', 'ban', 'do', 've', 'lin']
  const name = (i: number): string =>
    `${syllables[i % 7]}${syllables[Math.floor(i / 7) % 7]}${syllables[(i * i) % 7]}${syllables[Math.floor(i / 49)]}`
  const news = Array.from({ length: 410 }, (_, i) => `${name(i)}${i % 9 === 8 ? '.' : ''}`).join(' ')
  const clock = new FakeClock()
  const far = new FarEnd(
    { ...acme, main: { ...acme.main!, says: `${news}. For sales, press 1. For technical support, press 2.` } },
    clock,
  )
  const { tree } = await runScan({ clock, far })

  expect(tree.nodes.get('')?.options.map(({ key, label }) => [key, label])).toEqual([
    ['1', 'sales'],
    ['2', 'technical support'],
  ])
})

describe('calling hours', () => {
  const hours: CallingHours = { zone: 'America/New_York', from: '09:00', to: '17:00', days: [1, 2, 3, 4, 5] }
  const iso = (wall: number): string => new Date(wall).toISOString()

  it('keep the phone from ringing at night where it is, whatever time it is here', async () => {
    // Monday, three in the night in New York.
    const night = new FakeClock(Date.parse('2026-01-05T08:00:00Z'))
    const asleep = await runScan({ clock: night, far: new FarEnd(acme, night), choice: { hours } })
    const morning = new FakeClock(Date.parse('2026-01-05T14:00:00Z'))
    const awake = await runScan({ clock: morning, far: new FarEnd(acme, morning), choice: { hours } })

    expect([asleep.result, asleep.placed]).toEqual([
      { kind: 'waiting', until: Date.parse('2026-01-05T14:00:00Z'), sentence: expect.stringContaining('hours') },
      [],
    ])
    expect(awake.result).toEqual({ kind: 'done', sentence: null })
  })

  it('end between two calls: what is left is called on the next day, and nothing is heard again', async () => {
    const friday = new FakeClock(Date.parse('2026-01-09T21:59:50Z'))
    const before = await runScan({ clock: friday, far: new FarEnd(acme, friday), choice: { hours } })
    const monday = new FakeClock(Date.parse('2026-01-12T14:00:00Z'))
    const far = new FarEnd(acme, monday)
    const after = await runScan({ clock: monday, far, choice: { hours }, from: before.tree, standing: before.standing })

    expect(before.placed.map(iso)).toEqual(['2026-01-09T21:59:50.000Z'])
    expect(before.result).toMatchObject({ kind: 'waiting', until: Date.parse('2026-01-12T14:00:00Z') })
    expect(after.result).toEqual({ kind: 'done', sentence: null })
    expect([...before.ways, ...after.ways].sort()).toEqual(['', '1', '1,1', '1,2', '2', '3', '4'])
  })
})

describe('what holds for every planned call', () => {
  const wall = Date.parse('2026-01-05T08:00:00Z')

  it('lets a scan wait for the hours in which its number may be called', async () => {
    const clock = new FakeClock(wall)
    const { result, placed } = await runScan({ clock, far: new FarEnd(acme, clock), opens: wall + 3_60_000 })

    expect(result).toEqual({ kind: 'waiting', until: wall + 3_60_000, sentence: expect.stringContaining('hours') })
    expect(placed).toEqual([])
  })

  it('ends a scan of a number whose hours never come', async () => {
    const clock = new FakeClock(wall)
    const { result } = await runScan({ clock, far: new FarEnd(acme, clock), opens: 'never' })

    expect(result).toMatchObject({ kind: 'failed', sentence: expect.stringContaining('eight days') })
  })

  it('lets a call wait for room, which costs the scan no minutes, and lets no other one of it wait behind', async () => {
    const clock = new FakeClock(wall)
    const { result, standing, placed } = await runScan({
      ...{ clock, far: new FarEnd(acme, clock), queueMs: 60_000 },
      choice: { callsAtOnce: 3, minutes: 5 },
    })

    expect(result).toEqual({ kind: 'done', sentence: null })
    expect(standing.callMs).toBeLessThan(300_000)
    expect(standing.calls).toBe(placed.length)
    expect(placed.slice(1).every((at, i) => at - placed[i]! >= 60_000)).toBe(true)
  })
})

describe('a number that does not answer', () => {
  it.each(['busy', 'no_answer', 'failed', 'unreachable'] as const)(
    'with %s is called again later each time, and at last no more',
    async (code) => {
      const clock = new FakeClock()
      const waits: number[] = []
      let [standing, sentence] = [fresh, '']
      for (let more = true; more; ) {
        const ran = await runScan({ clock, far: code, standing, choice: { retries: 3 } })
        standing = ran.standing
        more = ran.result.kind === 'waiting'
        if (ran.result.kind === 'waiting') {
          waits.push(Math.round((ran.result.until - clock.wall()) / 1000))
          clock.advance(ran.result.until - clock.wall())
        } else if (ran.result.kind === 'failed') sentence = ran.result.sentence
      }

      expect(waits).toEqual([30, 60, 120])
      expect(standing).toMatchObject({ calls: 4, attempt: 4 })
      expect(sentence).toBe(`4 calls one after the other told nothing new; the last one: It was ${code}.`)
    },
  )

  it('begins to count anew once a call has told something', async () => {
    const clock = new FakeClock()
    const { standing, result } = await runScan({
      ...{ clock, far: new FarEnd(acme, clock) },
      standing: { calls: 3, callMs: 0, attempt: 3 },
    })

    expect(result.kind).toBe('done')
    expect(standing.attempt).toBe(0)
  })
})

describe('a scan that heard nothing at all', () => {
  it('has failed when its calls are used up, and says what became of the last one', async () => {
    const { result } = await runScan({ clock: new FakeClock(), far: 'busy', choice: { calls: 1 } })

    expect(result).toEqual({
      kind: 'failed',
      sentence: 'Nothing was heard in 1 call, as many as it may place; the last call: It was busy.',
    })
  })

  it.each(['not_found', 'not_allowed', 'too_many_hops'] as const)('is not tried again after %s', async (far) => {
    const { result, standing } = await runScan({ clock: new FakeClock(), far })

    expect(result).toEqual({ kind: 'failed', sentence: `It is not tried again: It was ${far}.` })
    expect(standing.calls).toBe(1)
  })

  it.each([
    ['destination_not_allowed', 'failed'],
    ['not_reachable', 'failed'],
    ['overloaded', 'waiting'],
  ] as const)('is %s by the service: it has no call, and is %s', async (code, kind) => {
    const refuse = new Problem(code, 'It may not.')

    const { result, standing } = await runScan({ clock: new FakeClock(), far: 'busy', refuse })

    expect(result).toMatchObject({ kind, sentence: expect.stringContaining('It may not.') })
    expect(standing.calls).toBe(0)
    expect(standing.callMs).toBe(0)
  })
})

describe('where a scan stands', () => {
  it('is written down before each call and while it is up, so that a crash loses five seconds at most', async () => {
    const clock = new FakeClock()
    const told: { readonly at: number; readonly standing: ScanStanding }[] = []
    const { standing } = await runScan({
      ...{ clock, far: new FarEnd(acme, clock) },
      onStanding: (now) => told.push({ at: clock.now(), standing: now }),
    })

    const gaps = told.slice(1).map(({ at }, i) => at - told[i]!.at)
    expect(told[0]).toEqual({ at: 0, standing: { calls: 1, callMs: 0, attempt: 0 } })
    // A call rings for two seconds first.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(8100)
    const spent = told.map(({ standing: { callMs } }) => callMs)
    expect(spent).toEqual([...spent].sort((a, b) => a - b))
    expect(told.at(-1)!.standing).toEqual(standing)
  })
})

describe('the minutes of a scan', () => {
  it('are those of its calls, not those until a call that is over was written down', async () => {
    const spent = async (settleMs: number): Promise<number> => {
      const clock = new FakeClock()
      const { standing } = await runScan({ clock, far: new FarEnd(acme, clock), settleMs })
      return standing.callMs
    }

    expect(await spent(5000)).toBe(await spent(0))
  })
})

describe('a key that nobody said', () => {
  const waysWith = async (probe: ScanChoice['probe']) => {
    const clock = new FakeClock()
    const far = new FarEnd(acme, clock)
    const { tree } = await runScan({ clock, far, choice: { probe, depth: 1 } })
    return { tree, pressed: new Set(far.keys.flat()) }
  }

  it('is pressed where the scan may probe, and found where something is behind it', async () => {
    const all = await waysWith('all')
    const none = await waysWith('none')

    expect(all.pressed).toEqual(new Set('1234567890*#'))
    expect(all.tree.nodes.get('')!.options.find(({ key }) => key === '7')).toMatchObject({ from: 'probed' })
    expect(all.tree.nodes.get('7')).toMatchObject({ text: expect.stringContaining('museum') })
    expect(none.pressed).toEqual(new Set('1234'))
    expect(none.tree.nodes.has('7')).toBe(false)
  })
})

describe('what is said as soon as a key was pressed', () => {
  const lines: Lines = {
    main: {
      says: 'Welcome to Acme. For sales, press 1. For support, press 2. For billing, press 3.',
      keys: { 1: 'sales', 2: 'support', 3: 'billing' },
    },
    sales: {
      says: 'for support press two | for gardens press one for flowers press four for seeds press five',
      keys: { 1: 'billing', 2: 'billing', 4: 'billing', 5: 'billing' },
      afterMs: 40,
    },
    support: { says: 'for billing press three | thank you goodbye', afterMs: 40 },
    billing: { says: 'Invoices are sent by mail each month.' },
  }

  it('is the end of a prompt where that was going on, and what the key leads to where it had been heard out', async () => {
    const clock = new FakeClock()

    const { tree } = await runScan({
      clock,
      far: new FarEnd(lines, clock),
      choice: { depth: 1, hearings: 1, callsAtOnce: 1 },
    })

    expect(tree.nodes.get('1')?.options.map(({ key }) => key)).toEqual(['2', '1', '4', '5'])
    expect(tree.nodes.get('2')?.text).toBe('thank you goodbye')
  })
})

describe('a menu that hears no key while it speaks', () => {
  const lines: Lines = {
    main: { ...acme.main!, deaf: true },
    sales: { ...acme.sales!, deaf: true },
    support: acme.support!,
    hours: acme.hours!,
    billing: acme.billing!,
    orders: acme.orders!,
    agent: acme.agent!,
    secret: acme.secret!,
  }
  const scanned = async (lines: Lines) => {
    const clock = new FakeClock()
    const far = new FarEnd(lines, clock)
    return { far, ...(await runScan({ clock, far, choice: { probe: 'none' } })) }
  }

  it('is heard out before a key is pressed in it once one was not heard: the rest of it is what no key leads to', async () => {
    const plain = await scanned(acme)
    const deaf = await scanned(lines)

    const told = ({ tree }: { tree: ScanTree }) => [...tree.nodes.values()].map(({ id, end, text }) => [id, end, text])
    expect(told(deaf)).toEqual(told(plain))
    // Each menu is learned to be deaf once: one key more for it.
    expect(deaf.far.keys.flat().length - plain.far.keys.flat().length).toBeLessThanOrEqual(2)
  })

  it('is none that heard keys before, where one to hear it again takes its time', async () => {
    const says =
      'Thank you for calling Blue Lake Dental. For sales, press 1. For our hours, press 2. To hear this menu again, press 9. For parts, press 3. For bills, press 4. For jobs, press 5.'
    const keys = { '1': 'bye', '2': 'bye', '9': 'again', '3': 'bye', '4': 'bye', '5': 'bye' }
    const menu = (afterMs: number): Lines => ({
      main: { says, recorded: true, keys },
      again: { says, recorded: true, keys, afterMs },
      bye: { says: 'Please leave a message after the tone.' },
    })

    const late = 9000
    const [plain, slow] = [await scanned(menu(400)), await scanned(menu(late))]

    expect(slow.tree.nodes.get('')!.options.map(({ key }) => key)).toEqual(['1', '2', '9', '3', '4', '5'])
    // It is pressed twice. No other call waits for the end of the menu.
    expect(slow.standing.callMs - plain.standing.callMs).toBeLessThan(3 * late)
  })
})

describe('what the recogniser could not take', () => {
  it('is heard by another call, and not taken for silence', async () => {
    const clock = new FakeClock()
    const lines: Lines = { ...acme, main: { ...acme.main!, fails: true }, hours: { ...acme.hours!, fails: true } }
    const { tree } = await runScan({ clock, far: new FarEnd(lines, clock), choice: { probe: 'none' } })

    expect(tree.nodes.get('')?.end).toBe('menu')
    expect(tree.nodes.get('3')?.text).toBe('we are open from nine to five on weekdays')
  })

  it('ends a scan where it could take nothing in three calls, and says why', async () => {
    const clock = new FakeClock()
    const lines: Lines = { ...acme, main: { ...acme.main!, fails: 'always' } }
    const { result, tree, standing, notes, warnings } = await runScan({ clock, far: new FarEnd(lines, clock) })

    expect(result).toEqual({ kind: 'failed', sentence: 'What was said could not be recognised: It was busy.' })
    expect([standing.calls, tree.nodes.size]).toEqual([3, 0])
    expect(notes).toContain('the start: what was said there could not be recognised: It was busy.')
    expect(warnings).toMatchObject([{ sentence: 'It was busy.' }])
  })

  it('is why a scan whose calls are used up has heard nothing', async () => {
    const clock = new FakeClock()
    const lines: Lines = { ...acme, main: { ...acme.main!, fails: 'always' } }
    const { result } = await runScan({ clock, far: new FarEnd(lines, clock), choice: { calls: 1 } })

    expect(result).toEqual({ kind: 'failed', sentence: 'What was said could not be recognised: It was busy.' })
  })

  it('behind one key is told with what is left of the tree', async () => {
    const clock = new FakeClock()
    const lines: Lines = { ...acme, hours: { ...acme.hours!, fails: 'always' } }
    const { result, tree } = await runScan({ clock, far: new FarEnd(lines, clock), choice: { probe: 'none' } })

    expect(result).toEqual({
      kind: 'done',
      sentence:
        '1 key could not be pressed: the way there was not found again. What was said could not be recognised: It was busy.',
    })
    expect(tree.nodes.has('3')).toBe(false)
  })
})
