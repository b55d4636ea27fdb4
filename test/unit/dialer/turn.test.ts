import { describe, expect, it } from 'vitest'
import { Gate } from '../../../src/apps/dialer/gate.ts'
import { Lobby } from '../../../src/apps/dialer/lobby.ts'
import { type DialerRules, defaultRules } from '../../../src/apps/dialer/rules.ts'
import type { Turn } from '../../../src/main/at-its-turn.ts'
import { DialerLimits } from '../../../src/main/dialer-limits.ts'
import { type TurnParts, turnOf } from '../../../src/main/dialer-turn.ts'
import { type Address, addressKey } from '../../../src/phone/address.ts'
import { Problem } from '../../../src/phone/problem.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const number = (e164: string): Address => ({ kind: 'number', e164, raw: e164 })
const inside: Address = { kind: 'extension', username: '1001', raw: '1001' }
const site = { owns: async () => false, trunkFor: async () => undefined, boundsOf: () => undefined }

function open(rules: Partial<DialerRules> = {}, ruled = true) {
  const clock = new FakeClock()
  const gate: Gate = new Gate(clock, () => lobby.look())
  const lobby: Lobby = new Lobby(gate, clock)
  const limits = new DialerLimits(site, () => 0)
  const kept = { rules: { ...defaultRules, ...rules }, closed: undefined as Problem | undefined }
  const parts: TurnParts = {
    ...{ limits, lobby, ruled: () => ruled, closing: () => false, rules: () => kept.rules },
    checkOpen: async () => {
      if (kept.closed !== undefined) throw kept.closed
    },
  }
  const change = (to: Partial<DialerRules>): void => {
    kept.rules = { ...kept.rules, ...to }
    lobby.look()
  }
  const close = (): void => {
    kept.closed = new Problem('destination_not_allowed', 'its calling hours are over')
  }
  const come = (to: Address): Promise<Turn> =>
    turnOf({ to, from: number('+15550100'), seconds: 30 }, parts, new AbortController().signal)
  return { gate, come, change, close }
}

/** What it has come to by now. */
const soFar = async (turn: Promise<Turn>): Promise<Turn | 'waits'> => {
  const late = new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')))
  return Promise.race([turn, late])
}

describe('a call that is placed at once', () => {
  it('waits for room among all calls, and takes up room of it', async () => {
    const { gate, come } = open({ callsAtOnce: 2 })
    const [first] = [await come(number('+15550142')), await come(number('+15550143'))]
    const third = come(number('+15550144'))
    const before = await soFar(third)
    first.ticket?.over()

    expect(before).toBe('waits')
    expect((await third).ticket).toBeDefined()
    expect(gate.active('all')).toBe(2)
  })

  it('waits for room among those to its destination only', async () => {
    const { come } = open({ destinations: [{ prefix: '+49', callsAtOnce: 1 }] })
    await come(number('+4930123456'))

    expect(await soFar(come(number('+4930123457')))).toBe('waits')
    expect(await soFar(come(number('+4420123457')))).toMatchObject({ ticket: {} })
  })

  it('that waits is let in as soon as changed rules have room for it, and shows the caller of these', async () => {
    const { gate, come, change } = open({ callsAtOnce: 1 })
    await come(number('+4930123456'))
    const second = come(number('+4930123457'))
    const before = await soFar(second)
    change({ callsAtOnce: 2, destinations: [{ prefix: '+49', callerId: '+4930999999' }] })

    expect(before).toBe('waits')
    expect(await soFar(second)).toMatchObject({ from: { e164: '+4930999999' }, ticket: {} })
    expect(gate.wait([{ key: 'all', atOnce: 3 }])).toBe(0)
  })

  it('that waits is let in when the rule that it waits for is taken away', async () => {
    const { come, change } = open({ destinations: [{ prefix: '+49', callsAtOnce: 1 }] }, false)
    await come(number('+4930123456'))
    const second = come(number('+4930123457'))
    const before = await soFar(second)
    change({ destinations: [] })

    expect([before, await soFar(second)]).toMatchObject(['waits', { ticket: {} }])
  })

  it('does not leave where its turn comes outside of its calling hours, and holds nobody up', async () => {
    const { gate, come, close } = open({ callsAtOnce: 1 })
    const first = await come(number('+15550142'))
    const second = come(number('+15550143'))
    close()
    first.ticket?.over()

    await expect(second).rejects.toThrow('its calling hours are over')
    expect(gate.active('all')).toBe(0)
  })

  it('shows the caller that the rules say', async () => {
    const { come } = open({ destinations: [{ prefix: '+49', callerId: '+4930999999' }] })

    expect(addressKey((await come(number('+4930123456'))).from)).toBe('+4930999999')
    expect(addressKey((await come(number('+4420123456'))).from)).toBe('+15550100')
  })

  it.each([
    ['stays in the house', inside, true],
    ['is placed before anybody set rules', number('+15550142'), false],
  ])('waits for nothing where it %s', async (_why, to, ruled) => {
    const { come } = open({ callsAtOnce: 1 }, ruled)
    await come(to)

    expect((await soFar(come(to))) as Turn).toEqual({ from: number('+15550100') })
  })
})
