import { describe, expect, it } from 'vitest'
import { scanOn } from '../../../../src/apps/scan/call.ts'
import type { ScanDesk } from '../../../../src/apps/scan/desk.ts'
import { grow } from '../../../../src/menu/scan/grow.ts'
import { SpokenBefore } from '../../../../src/menu/scan/mean.ts'
import { type Move, nextMove } from '../../../../src/menu/scan/plan.ts'
import { emptyTree, type ScanTree } from '../../../../src/menu/scan/tree.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { FarEnd } from './far-end.ts'
import { bounds, type Lines } from './kit.ts'

interface Called {
  readonly tree: ScanTree
  /** Branches that another call is to set out for. */
  readonly missed: readonly string[]
}

/** One call of a scan. */
async function called(lines: Lines, next: (tree: ScanTree, at: string | undefined) => Move): Promise<Called> {
  const clock = new FakeClock()
  let tree: ScanTree = emptyTree
  const missed: string[] = []
  const desk: ScanDesk = {
    ...{
      clock,
      hints: [],
      prints: new Map(),
      messages: new Map(),
      deaf: new Set<string>(),
      attentive: new Set<string>(),
      lasts: new Map<string, number>(),
      spoken: new SpokenBefore(),
    },
    tree: () => tree,
    next: (at) => next(tree, at),
    keep: async (hearing) => {
      tree = grow(tree, { ...hearing, id: String(tree.nodes.size) })
    },
    hurries: () => true,
    lost: () => {},
    wasMissed: () => false,
    missed: (branch) => void missed.push(branch),
    note: () => {},
    listened: () => {},
  }
  const scanning = scanOn(new FarEnd(lines, clock).answer(), desk)
  let over = false
  void scanning.then(() => {
    over = true
  })
  for (let i = 0; !over && i < 2000; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(100)
  }
  return { tree, missed }
}

/** A menu that hangs up on the second key that is none. */
const lines: Lines = {
  main: {
    says: 'Welcome to Acme. For sales, press 4. For parts, press 1. For billing, press 5.',
    keys: { 5: 'billing', 2: 'refuses', 3: 'gives up' },
  },
  billing: { says: 'Invoices are sent by mail each month.' },
  refuses: {
    says: 'Sorry, that is not a valid option. | | Welcome to Acme. For sales, press 4. For parts, press 1. For billing, press 5.',
    keys: { 3: 'gives up' },
  },
  'gives up': { says: 'Goodbye.' },
}

it('a hang-up behind the second key that was refused in one call tells that it is none, and needs no other call', async () => {
  const taken = new Set(['1', '4', '5'])

  const { tree, missed } = await called(lines, (tree, at) => nextMove(tree, at, { ...bounds, probe: 'all' }, taken))

  expect(missed).toEqual([])
  expect([...tree.nodes.keys()]).toEqual(['', '2', '3'])
  expect(tree.nodes.get('')!.options.map(({ key }) => key)).toEqual(['4', '1', '5'])
})

describe('a goodbye behind a key', () => {
  const bye: Lines = {
    main: {
      says: 'Welcome to Acme. For sales, press 1. For parts, press 2.',
      again: true,
      keys: { 1: 'gives up', 2: 'parts' },
    },
    'gives up': { says: 'Goodbye.', afterMs: 2000 },
    parts: { says: 'Thank you for calling Acme. Goodbye.', afterMs: 2000 },
  }
  /** Hears the start so often, and presses a key. */
  const pressing = (key: string, times: number): Promise<Called> => {
    const hear: Move = { kind: 'hear', node: '' }
    const moves: Move[] = [
      ...Array.from({ length: times }, () => hear),
      { kind: 'press', presses: [{ from: '', key }] },
    ]
    return called(bye, () => moves.shift() ?? { kind: 'done' })
  }

  it('and nothing else is of a menu that was heard out twice, and heard by another call', async () => {
    const { tree, missed } = await pressing('1', 2)

    expect([missed, [...tree.nodes.keys()]]).toEqual([['1'], ['']])
  })

  it('and nothing else is heard by another call behind a key that was refused, however surely its own was heard', async () => {
    const says = 'Welcome to Acme. For sales, press 4. For parts, press 1. For billing, press 5.'
    const refusing: Lines = {
      main: { says, keys: { 4: 'refuses', 1: 'gives up', 5: 'gives up' } },
      refuses: { says: `Sorry, that is not a valid option. | | ${says}`, keys: { 1: 'gives up' } },
      'gives up': { says: 'Goodbye.', afterMs: 2000 },
    }

    const { tree, missed } = await called(refusing, (tree, at) => nextMove(tree, at, bounds, new Set(['5'])))

    expect([missed, [...tree.nodes.keys()]]).toEqual([['1'], ['', '4']])
  })

  it.each([
    ['1', 1],
    ['2', 2],
  ])("is the key's own where the menu was heard once, or more is said: %s", async (key, times) => {
    const { tree, missed } = await pressing(key, times)

    expect([missed, tree.nodes.get(key)?.end]).toEqual([[], 'hung_up'])
  })
})
