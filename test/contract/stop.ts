import { describe, expect, it } from 'vitest'
import { newId } from '../../src/phone/id.ts'
import { tone } from '../../src/phone/prompt.ts'
import { likeness, readWav, tune } from '../kit/audio.ts'
import { type Rig, told } from './rig.ts'

export function describeStop(rig: Rig): void {
  describe('stop', () => {
    it('ends what plays, and the call goes on', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('heard'))
      const playing = call.play(tone('dial'))
      await caller.press('1')
      call.stop()

      expect(await playing).toEqual({ kind: 'stopped' })
      await call.play({ kind: 'file', path: rig.tuneFile(21, 1) })
      expect(likeness(await ear.stop(), tune(21, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('gives the digits that were pressed so far', async () => {
      const { call, caller } = await rig.answered()
      const gathered = call.gather({ maxDigits: 10, interDigitMs: 60_000 })
      await caller.press('47')
      await told(call, 'key', /key/, 2)
      call.stop()

      expect(await gathered).toEqual({ digits: '47', end: 'stopped' })
      await rig.over(call, caller)
    })

    it('keeps what was recorded', async () => {
      const { call, caller } = await rig.answered()
      const id = newId('recording', 0)
      const recording = call.record({ id, path: rig.file('rec'), maxSeconds: 30, silenceSeconds: 0 })
      await caller.play(rig.tuneFile(22, 1))
      call.stop()
      const kept = await recording

      expect(kept.end).toBe('stopped')
      expect(likeness(readWav(kept.path), tune(22, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('gives up who is rung', async () => {
      const { call, caller } = await rig.answered()
      const dialled = call.dial([{ to: rig.bench.ann.address, seconds: 30 }])
      const ann = await rig.bench.ann.next()
      ann.ring()
      call.stop()

      expect(await dialled).toMatchObject({ kind: 'stopped', attempts: [{ code: 'canceled', by: 'service' }] })
      expect(await ann.ended).toMatchObject({ how: 'cancel' })
      await rig.over(call, caller)
    })

    it('hangs up the callee of a talk and keeps the caller', async () => {
      const { call, caller } = await rig.answered()
      const dialled = call.dial([{ to: rig.bench.ann.address, seconds: 30 }])
      const ann = await rig.bench.ann.next()
      await ann.answer()
      await told(call, 'bridged')
      call.stop()

      expect(await dialled).toMatchObject({ kind: 'answered', hungUpBy: 'service' })
      expect(await ann.ended).toMatchObject({ how: 'bye', by: 'remote' })
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })

    it('is nothing where nothing runs', async () => {
      const { call, caller } = await rig.answered()
      call.stop()

      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })
  })
}
