import { describe, expect, it } from 'vitest'
import { CallEnded } from '../../src/phone/call.ts'
import type { EndCode } from '../../src/phone/reason.ts'
import { likeness, toneShare, tune } from '../kit/audio.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { type Rig, told } from './rig.ts'

export function describeDial(rig: Rig): void {
  describe('dial', () => {
    it('bridges the first that answers, both ways, and ends when the callee hangs up', async () => {
      const { call, caller } = await rig.answered()
      const dialed = call.dial([{ to: rig.bench.ann.address, seconds: 10 }])
      const ann = await rig.bench.ann.next()
      await ann.answer()
      const [atAnn, atCaller] = [ann.listen(rig.file('ann')), caller.listen(rig.file('caller'))]
      await Promise.all([caller.play(rig.tuneFile(6, 2)), ann.play(rig.tuneFile(7, 2))])
      const [annHeard, callerHeard] = await Promise.all([atAnn.stop(), atCaller.stop()])
      ann.hangup()

      expect(await dialed).toMatchObject({ kind: 'answered', hungUpBy: 'callee', attempts: [] })
      expect(likeness(annHeard, tune(6, 2))).toBeGreaterThan(0.9)
      expect(likeness(callerHeard, tune(7, 2))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('carries keys across', async () => {
      const { call, caller } = await rig.answered()
      const dialed = call.dial([{ to: rig.bench.ann.address, seconds: 10 }])
      const ann = await rig.bench.ann.next()
      await ann.answer()
      await caller.press('12#')

      expect(await ann.heardKeys(3)).toBe('12#')
      ann.hangup()
      await dialed
      await rig.over(call, caller)
    })

    it.each<[string, EndCode, (call: PhoneCall) => void]>([
      ['busy', 'busy', (c) => c.refuse(486)],
      ['declined', 'declined', (c) => c.refuse(603)],
      ['not answered in time', 'no_answer', (c) => c.ring()],
    ])('goes on to the next when the first is %s', async (_, code, behave) => {
      const { call, caller } = await rig.answered()
      const dialed = call.dial([
        { to: rig.bench.ann.address, seconds: 1 },
        { to: rig.bench.bob.address, seconds: 10 },
      ])
      const ann = await rig.bench.ann.next()
      behave(ann)
      const bob = await rig.bench.bob.next()
      await bob.answer()
      // A switch tells of an answer after the phone knows; of one that is hung up meanwhile nobody may hear.
      await told(call, 'bridged')
      bob.hangup()

      expect(await dialed).toMatchObject({ kind: 'answered', target: rig.bench.bob.address, attempts: [{ code }] })
      await rig.over(call, caller)
      expect((await call.ended).chain.map((link) => link.code)).toEqual([code, 'completed'])
      await ann.ended
    })

    it('says why nobody answered', async () => {
      const { call, caller } = await rig.answered()
      const dialed = call.dial([
        { to: rig.bench.absent, seconds: 5 },
        { to: rig.bench.ann.address, seconds: 5 },
      ])
      const ann = await rig.bench.ann.next()
      ann.refuse(486)

      const end = await dialed
      expect(end).toMatchObject({
        kind: 'unanswered',
        attempts: [{ code: 'not_registered' }, { code: 'busy', sip: 486 }],
      })
      await rig.over(call, caller)
    })

    it('lets a waiting caller hear it ring', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('heard'))
      const dialed = call.dial([{ to: rig.bench.ann.address, seconds: 2 }])
      const ann = await rig.bench.ann.next()
      ann.ring()

      expect(await dialed).toMatchObject({ kind: 'unanswered', attempts: [{ code: 'no_answer' }] })
      const heard = await ear.stop()
      expect(toneShare(heard, 440) + toneShare(heard, 480)).toBeGreaterThan(0.8)
      await rig.over(call, caller)
      await ann.ended
    })

    it('stops ringing when the caller hangs up', async () => {
      const { call, caller } = await rig.answered()
      const dialed = call.dial([{ to: rig.bench.ann.address, seconds: 30 }])
      const ann = await rig.bench.ann.next()
      ann.ring()
      caller.hangup()

      await expect(dialed).rejects.toBeInstanceOf(CallEnded)
      expect(await ann.ended).toMatchObject({ how: 'cancel' })
      expect((await call.ended).chain).toMatchObject([{ code: 'canceled', by: 'caller' }, { code: 'completed' }])
      await caller.ended
    })

    it('hangs the callee up when the caller hangs up', async () => {
      const { call, caller } = await rig.answered()
      const dialed = call.dial([{ to: rig.bench.ann.address, seconds: 10 }])
      const ann = await rig.bench.ann.next()
      await ann.answer()
      await ann.answered
      caller.hangup()

      await expect(dialed).rejects.toBeInstanceOf(CallEnded)
      expect(await ann.ended).toMatchObject({ how: 'bye', by: 'remote' })
      await caller.ended
    })

    it('answers a caller who was not answered yet only when the target does', async () => {
      const caller = rig.bench.callIn()
      const call = await rig.bench.nextCall()
      const dialed = call.dial([{ to: rig.bench.ann.address, seconds: 10 }])
      const ann = await rig.bench.ann.next()
      ann.ring()
      await caller.ringing
      expect(call.answeredAt).toBeUndefined()
      await ann.answer()
      await caller.answered
      caller.hangup()

      await expect(dialed).rejects.toBeInstanceOf(CallEnded)
      await ann.ended
      await caller.ended
    })

    it('ends a talk at its limit', async () => {
      const { call, caller } = await rig.answered()
      const dialed = call.dial([{ to: rig.bench.ann.address, seconds: 10 }], { maxSeconds: 1 })
      const ann = await rig.bench.ann.next()
      await ann.answer()

      expect(await dialed).toMatchObject({ kind: 'answered', hungUpBy: 'service' })
      await ann.ended
      await rig.over(call, caller)
    })
  })
}
