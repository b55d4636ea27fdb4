import { describe, expect, it } from 'vitest'
import { Gate } from '../../../src/apps/dialer/gate.ts'
import { Lobby } from '../../../src/apps/dialer/lobby.ts'
import { type DialerRules, defaultRules } from '../../../src/apps/dialer/rules.ts'
import type { Turn } from '../../../src/main/at-its-turn.ts'
import { DialerLimits } from '../../../src/main/dialer-limits.ts'
import { turnOf } from '../../../src/main/dialer-turn.ts'
import { type Address, addressKey } from '../../../src/phone/address.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const number = (e164: string): Address => ({ kind: 'number', e164, raw: e164 })
const inside: Address = { kind: 'extension', username: '1001', raw: '1001' }
const site = { owns: async () => false, trunkFor: async () => undefined, boundsOf: () => undefined }

function open(rules: Partial<DialerRules> = {}, ruled = true) {
  const clock = new FakeClock()
  const gate: Gate = new Gate(clock, () => lobby.look())
  const lobby: Lobby = new Lobby(gate, clock)
  const limits = new DialerLimits(site, () => 0)
  const parts = { limits, lobby, ruled, closing: false, rules: { ...defaultRules, ...rules } }
  const come = (to: Address): Promise<Turn> =>
    turnOf({ to, from: number('+15550100'), seconds: 30 }, parts, new AbortController().signal)
  return { gate, come }
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
