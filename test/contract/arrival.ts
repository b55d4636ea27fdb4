import { describe, expect, it } from 'vitest'
import { CallEnded } from '../../src/phone/call.ts'
import type { EndCode } from '../../src/phone/reason.ts'
import type { Rig } from './rig.ts'

export function describeArrival(rig: Rig): void {
  describe('coming in', () => {
    it('rings, is answered, and is ended by the caller', async () => {
      const caller = rig.bench.callIn()
      const call = await rig.bench.nextCall()
      expect(call).toMatchObject({ direction: 'inbound', answeredAt: undefined })
      await call.ring()
      await caller.ringing
      await Promise.all([call.answer(), caller.answered])
      caller.hangup()

      const end = await call.ended
      expect(end).toMatchObject({ code: 'completed', by: 'caller', q850: 16, sentence: 'the caller hung up' })
      expect(call.signal.aborted).toBe(true)
      expect(call.timeline.map((e) => e.kind)).toEqual(expect.arrayContaining(['answered', 'ended']))
    })

    it('is ended by us', async () => {
      const { call, caller } = await rig.answered()
      await call.hangup()

      expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
      expect(await call.ended).toMatchObject({ code: 'completed', by: 'service' })
    })

    it('is given up by the caller before the answer', async () => {
      const caller = rig.bench.callIn()
      const call = await rig.bench.nextCall()
      await call.ring()
      await caller.ringing
      caller.hangup()

      expect(await call.ended).toMatchObject({ code: 'canceled', by: 'caller' })
      await expect(call.answer()).rejects.toBeInstanceOf(CallEnded)
      await caller.ended
    })

    it.each<[EndCode, number]>([
      ['busy', 486],
      ['declined', 603],
      ['not_found', 404],
      ['not_allowed', 403],
      ['no_answer', 480],
      ['unreachable', 503],
    ])('refused as %s, the caller gets %i', async (code, status) => {
      const caller = rig.bench.callIn()
      const call = await rig.bench.nextCall()
      await call.hangup({ code, sentence: 'so it was decided' })

      caller.answered.catch(() => 'expected: it was refused')
      expect(await caller.ended).toMatchObject({ how: 'rejected', status: rig.bench.refusals?.[code] ?? status })
      expect(await call.ended).toMatchObject({ code, sip: status, by: 'service', sentence: 'so it was decided' })
    })
  })
}
