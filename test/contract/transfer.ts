import { describe, expect, it } from 'vitest'
import { tone } from '../../src/phone/prompt.ts'
import { likeness, tune } from '../kit/audio.ts'
import { type Rig, told } from './rig.ts'

export function describeTransfer(rig: Rig): void {
  describe('transfer', () => {
    it('puts the caller through and hangs up when the talk is over', async () => {
      const { call, caller } = await rig.answered()
      const transferred = call.transfer(
        rig.bench.ann.address as Extract<typeof rig.bench.ann.address, { kind: 'extension' }>,
      )
      const ann = await rig.bench.ann.next()
      await ann.answer()
      const ear = ann.listen(rig.file('ann'))
      await caller.play(rig.tuneFile(41, 1))
      const heard = await ear.stop()
      ann.hangup()

      expect(await transferred).toMatchObject({ kind: 'transferred', target: rig.bench.ann.address })
      expect(likeness(heard, tune(41, 1))).toBeGreaterThan(0.9)
      expect(await call.ended).toMatchObject({ code: 'completed', by: 'callee' })
      expect(await caller.ended).toMatchObject({ how: 'bye', by: 'remote' })
    })

    it('hangs up with the reason when the target does not take it', async () => {
      const { call, caller } = await rig.answered()
      const transferred = call.transfer({ kind: 'extension', username: '1001', raw: '1001' })
      const ann = await rig.bench.ann.next()
      ann.refuse(486)

      expect(await transferred).toMatchObject({ kind: 'failed', attempts: [{ code: 'busy', sip: 486 }] })
      expect(await call.ended).toMatchObject({ code: 'busy', by: 'callee' })
      expect(await caller.ended).toMatchObject({ how: 'bye', by: 'remote' })
    })

    it('goes on with the next block when told to', async () => {
      const { call, caller } = await rig.answered()
      const transferred = call.transfer({ kind: 'extension', username: '1003', raw: '1003' }, { onFailure: 'continue' })

      expect(await transferred).toMatchObject({ kind: 'failed', attempts: [{ code: 'not_registered' }] })
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })

    it('gives the caller back when it is stopped', async () => {
      const { call, caller } = await rig.answered()
      const transferred = call.transfer({ kind: 'extension', username: '1001', raw: '1001' })
      const ann = await rig.bench.ann.next()
      await ann.answer()
      await told(call, 'bridged')
      call.stop()

      expect(await transferred).toEqual({ kind: 'stopped' })
      await ann.ended
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })
  })
}
