import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bus } from '../../../src/base/bus.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Dialer } from '../../../src/main/dialer.ts'
import type { Site } from '../../../src/main/site.ts'
import type { Address } from '../../../src/phone/address.ts'
import { endCodes, endOf } from '../../../src/phone/reason.ts'
import { type TestDatabase, testDatabase } from '../../kit/database.ts'
import { eventually } from '../../kit/eventually.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.close())

const number = (e164: string): Address => ({ kind: 'number', e164, raw: e164 })

/** A phone that says so often that it is open, then for a while that it is not. */
function open(opens: number) {
  const clock = new FakeClock()
  const asked = { open: 0, lanes: 0 }
  const placed: string[] = []
  let overloaded = true
  const dialer = new Dialer({
    ...{ store: database.store, clock, log: silentLogger, run: async () => 'over' as const },
    bus: new Bus((error) => {
      throw error
    }),
    site: {
      owns: async () => false,
      trunkFor: async () => undefined,
      boundsOf: () => {
        asked.lanes++
        // A dialer that never stops to ask would hang the test.
        if (asked.lanes > 100) overloaded = false
        return undefined
      },
      forbids: async () => undefined,
      doNotCall: {} as Site['doNotCall'],
    },
    phone: {
      get open() {
        return asked.open++ < opens || !overloaded
      },
      hangUp: async () => false,
      placePlanned: async ({ id, beforeInvite }) => {
        ;(await beforeInvite())()
        placed.push(id)
        const at = clock.wall()
        const link = { at, by: 'callee' as const, code: 'busy' as const, q850: endCodes.busy.q850, sentence: 'busy' }
        return { answered: false, end: endOf(link, [link]) }
      },
    },
    carriedBy: () => 0,
  })
  const relief = (): void => {
    overloaded = false
  }
  return { clock, dialer, asked, placed, relief }
}

it('waits while audio is late, and asks the store for nothing meanwhile', async () => {
  // Open when the pass begins, and late from then on.
  const { clock, dialer, asked, placed, relief } = open(1)
  for (const to of ['+15550142', '+15550143'])
    await dialer.plan({
      ...{
        to: number(to),
        from: number('+15550100'),
        seconds: 30,
        priority: 0,
        retry: {},
        work: { kind: 'api', actions: [] },
      },
    })

  await dialer.start()
  await eventually(
    () => clock.waiting,
    (timers) => timers > 0,
  )
  const askedWhileLate = asked.lanes
  relief()
  clock.advance(2000)
  await eventually(
    () => placed.length,
    (calls) => calls === 2,
  )
  dialer.close()
  await dialer.settled()

  expect(askedWhileLate).toBeLessThan(10)
  expect(placed).toHaveLength(2)
})
