import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import { readHearing } from '../../../../src/menu/scan/read.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { FarEnd } from './far-end.ts'
import { hearing, type Lines } from './kit.ts'
import { runScan } from './run-scan.ts'

const closed =
  'Our office is closed at this time. We are open again on Monday morning from eight to five. In the meantime please write to us by mail and we will answer soon. Please call again then. Goodbye.'

const lines = (recorded: boolean): Lines => {
  const sound = recorded ? ({ recorded: true } as const) : {}
  return {
    main: {
      says: 'Welcome to Acme Industries. For sales, press 1. For technical support, press 2. For our hours, press 3. For the garden centre, press 4.',
      keys: { 1: 'sales', 2: 'closed', 3: 'hours', 4: 'more' },
      ...sound,
    },
    sales: { says: closed, ...sound },
    closed: { says: closed, ...sound },
    hours: { says: 'Our office is closed on Sundays and open from nine to five on all other days.', ...sound },
    more: { says: 'For gardens, press 1. For flowers, press 2.', keys: { 1: 'closed', 2: 'closed' }, ...sound },
  }
}

async function scanned(recorded: boolean) {
  const clock = new FakeClock()
  const far = new FarEnd(lines(recorded), clock)
  return runScan({ clock, far, choice: { probe: 'none' } })
}

describe('a message that several keys lead to', () => {
  it('is known by its sound before it is over, and ends the branch as it did where it was heard first', async () => {
    const [heardOut, known] = [await scanned(false), await scanned(true)]

    const told = ({ tree }: typeof known) =>
      [...tree.nodes.values()].map(({ id, end, text }) => `${id} ${end} ${text}`).sort()
    expect(told(known)).toEqual(told(heardOut))
    expect(known.tree.nodes.get('4,1')).toMatchObject({ end: 'closed', text: expect.stringMatching(/goodbye$/) })
    // Three times the rest of it is not waited for.
    expect(heardOut.standing.callMs - known.standing.callMs).toBeGreaterThan(3 * 3000)
  })

  it('is another one where it only begins as one that was heard', async () => {
    const greeting = 'Thank you for calling Acme Industries of Springfield, makers of fine garden tools.'
    const says = 'For sales, press 1. For our hours, press 2. For support, press 3.'
    const clock = new FakeClock()
    const far = new FarEnd(
      {
        main: { says, keys: { 1: 'closed', 2: 'busy', 3: 'mail' }, recorded: true },
        closed: { says: `${greeting} Our office is closed. Please call again tomorrow. Goodbye.`, recorded: true },
        busy: { says: `${greeting} Please hold while we connect you to the next agent.`, recorded: true },
        mail: { says: `${greeting} Please leave a message after the tone.`, recorded: true },
      },
      clock,
    )

    const { tree } = await runScan({ clock, far, choice: { probe: 'none' } })

    expect(['1', '2', '3'].map((id) => tree.nodes.get(id)?.end)).toEqual(['closed', 'transfer', 'voicemail'])
  })

  it('is over where somebody is rung, whoever speaks then', async () => {
    const says = 'For sales, press 1. For support, press 2.'
    const hold = 'Please wait a moment while we transfer your call. | |'
    const clock = new FakeClock()
    const far = new FarEnd(
      {
        main: { says, keys: { 1: 'sales', 2: 'support' }, recorded: true },
        sales: { says: `${hold} Hello, this is Brian speaking, how can I help you?`, recorded: true },
        support: { says: `${hold} Good morning, you are through to the workshop, what is it about?`, recorded: true },
      },
      clock,
    )

    const { tree } = await runScan({ clock, far, choice: { probe: 'none' } })

    const text = 'please wait a moment while we transfer your call'
    expect(['1', '2'].map((id) => tree.nodes.get(id))).toMatchObject([
      { end: 'transfer', text },
      { end: 'transfer', text, readings: [{ text }] },
    ])
    expect(clock.now()).toBeLessThan(24_000)
  })

  it('is read as what it was, whatever words of it were understood', () => {
    const tree = growAll([
      hearing([], 'for sales press one for support press two'),
      hearing(['1'], closed, { hungUp: true, silentMs: 0 }),
    ])

    const again = hearing(['2'], '', { words: [], silentMs: 0, bySound: { node: '1', fromMs: 300 } })

    expect(readHearing(tree, again)).toMatchObject({
      end: { kind: tree.nodes.get('1')!.end },
      said: { text: tree.nodes.get('1')!.text },
    })
  })
})

describe('a menu behind the greeting of the first one', () => {
  const greeting = 'Thank you for calling Acme Industries of Springfield, makers of fine garden tools.'
  const lines: Lines = {
    main: {
      says: `${greeting} For sales, press 1. For our catalogue, press 2. For news, press 3. To hear this menu again, press 9.`,
      keys: { 1: 'sales', 2: 'parts', 3: 'main', 9: 'main' },
      recorded: true,
    },
    sales: { says: `${greeting} For gardens, press 1. For flowers, press 2.`, keys: {}, recorded: true },
    parts: {
      says: `${greeting} For hammers, press 1. To return to the main menu, press 2.`,
      keys: { 2: 'main' },
      recorded: true,
    },
  }

  it('is another one, and only what is said in full again is the same', async () => {
    const clock = new FakeClock()

    const { tree } = await runScan({ clock, far: new FarEnd(lines, clock), choice: { probe: 'none' } })

    const told = ['1', '2', '3', '9'].map((id) => {
      const { end, same, options } = tree.nodes.get(id) ?? {}
      return [id, end, same ?? options?.map(({ label }) => label).join()]
    })
    expect(told).toEqual([
      ['1', 'menu', 'gardens,flowers'],
      ['2', 'menu', 'hammers,return to the main menu'],
      ['3', 'same', ''],
      ['9', 'same', ''],
    ])
  })
})
