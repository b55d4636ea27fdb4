import { describe, expect, it } from 'vitest'
import type { HeardBefore } from '../../../../src/apps/scan/learn-again.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { FarEnd } from './far-end.ts'
import type { Lines } from './kit.ts'
import { runScan } from './run-scan.ts'

const closed =
  'Our office is closed at this time. We are open again on Monday morning from eight to five. In the meantime please write to us by mail. Goodbye.'
const menu = (about: string, keys: Readonly<Record<string, string>>) => ({
  says: `Welcome to ${about}. For sales of ${about}, press 1. For the repair of ${about}, press 2. For the delivery of ${about}, press 3.`,
  ...{ keys, recorded: true as const },
})
const lines: Lines = {
  main: menu('Acme Industries', { 1: 'tools', 2: 'garden', 3: 'closed' }),
  tools: menu('hammers and nails', { 1: 'closed', 2: 'closed', 3: 'closed' }),
  garden: menu('flowers and trees', { 1: 'closed', 2: 'closed', 3: 'closed' }),
  closed: { says: closed, recorded: true },
}

async function scanned() {
  const clock = new FakeClock()
  const far = new FarEnd(lines, clock)
  const whole = await runScan({ clock, far: new FarEnd(lines, clock), choice: { probe: 'none' } })
  const first = await runScan({ clock, far, choice: { probe: 'none', calls: 3 } })
  const resumed = (kept: readonly HeardBefore[]) =>
    runScan({ clock, far, kept, from: first.tree, standing: first.standing, choice: { probe: 'none' } })
  return { whole, first, resumed }
}

const told = ({ tree }: Awaited<ReturnType<typeof runScan>>) =>
  [...tree.nodes.values()].map(({ id, end, text }) => `${id} ${end} ${text}`).sort()

describe('a scan that is resumed', () => {
  it('knows by their sound the prompts that it heard before', async () => {
    const { whole, first, resumed } = await scanned()
    expect(first.kept.length).toBeGreaterThan(2)

    const knows = await resumed(first.kept)

    expect(told(knows)).toEqual(told(whole))
    expect(Math.abs(knows.standing.callMs - whole.standing.callMs)).toBeLessThan(3000)
    expect((await resumed([])).standing.callMs - knows.standing.callMs).toBeGreaterThan(3000)
  })

  it('goes on by their words where their sound cannot be read', async () => {
    const { whole, first, resumed } = await scanned()
    // biome-ignore lint/correctness/useYield: there is nothing to be read
    const sound = async function* (): AsyncGenerator<never> {
      throw new Error('its recording was deleted')
    }

    const knows = await resumed(first.kept.map(({ hearing }) => ({ hearing, sound })))

    expect(told(knows)).toEqual(told(whole))
    expect(knows.warnings[0]).toMatchObject({ hearing: first.kept[0]!.hearing.id, err: expect.any(Error) })
  })
})
