import { expect, it } from 'vitest'
import { type ScanDesk, scanOn } from '../../../../src/apps/scan/call.ts'
import { grow } from '../../../../src/menu/scan/grow.ts'
import { nextMove } from '../../../../src/menu/scan/plan.ts'
import { emptyTree, type ScanTree } from '../../../../src/menu/scan/tree.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { FarEnd } from './far-end.ts'
import { bounds, type Lines } from './kit.ts'

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
  const clock = new FakeClock()
  let tree: ScanTree = emptyTree
  const missed: string[] = []
  const taken = new Set(['1', '4', '5'])
  const desk: ScanDesk = {
    ...{ clock, hints: [], prints: new Map(), deaf: new Set<string>(), lasts: new Map<string, number>() },
    tree: () => tree,
    next: (at) => nextMove(tree, at, { ...bounds, probe: 'all' }, taken),
    keep: async (hearing) => {
      tree = grow(tree, { ...hearing, id: String(tree.nodes.size) })
    },
    hurries: () => true,
    lost: () => {},
    wasMissed: () => false,
    missed: (branch) => void missed.push(branch),
    note: () => {},
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

  expect(missed).toEqual([])
  expect([...tree.nodes.keys()]).toEqual(['', '2', '3'])
  expect(tree.nodes.get('')!.options.map(({ key }) => key)).toEqual(['4', '1', '5'])
})
