import { describe, expect, it } from 'vitest'
import { CallEnded } from '../../src/phone/call.ts'
import { newId } from '../../src/phone/id.ts'
import { tone } from '../../src/phone/prompt.ts'
import { likeness, readWav, toneShare, tune } from '../kit/audio.ts'
import type { Rig } from './rig.ts'

export function describeRecord(rig: Rig): void {
  describe('record', () => {
    const rules = { maxSeconds: 30, silenceSeconds: 0 }

    it('keeps what the caller said, without the key that ended it', async () => {
      const { call, caller } = await rig.answered()
      const recording = call.record({ ...rules, id: newId('recording', 0), path: rig.file('rec'), stopOn: '#' })
      await caller.play(rig.tuneFile(3, 2))
      await caller.press('#')
      const result = await recording

      expect(result.end).toBe('key')
      expect(result.speechMs).toBeGreaterThan(1000)
      const kept = readWav(result.path)
      expect(Math.abs(kept.length / 8 - result.ms)).toBeLessThanOrEqual(1)
      expect(likeness(kept, tune(3, 2))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('beeps first when asked', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('heard'))
      const recording = call.record({
        ...rules,
        maxSeconds: 1,
        id: newId('recording', 0),
        path: rig.file('rec'),
        beep: true,
      })

      expect((await recording).end).toBe('limit')
      expect(toneShare(await ear.stop(), 1000)).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('ends on silence, after speech', async () => {
      const { call, caller } = await rig.answered()
      const recording = call.record({ ...rules, silenceSeconds: 1, id: newId('recording', 0), path: rig.file('rec') })
      await caller.play(rig.tuneFile(4, 1))

      expect(await recording).toMatchObject({ end: 'silence' })
      await rig.over(call, caller)
    })

    it('is kept when the caller hangs up', async () => {
      const { call, caller } = await rig.answered()
      const recording = call.record({ ...rules, id: newId('recording', 0), path: rig.file('rec') })
      await caller.play(rig.tuneFile(5, 1))
      caller.hangup()
      const result = await recording

      expect(result.end).toBe('hangup')
      expect(likeness(readWav(result.path), tune(5, 1))).toBeGreaterThan(0.9)
      await expect(call.play(tone('beep'))).rejects.toBeInstanceOf(CallEnded)
      await caller.ended
    })

    it('of silence has no speech', async () => {
      const { call, caller } = await rig.answered()
      const recording = call.record({ ...rules, maxSeconds: 1, id: newId('recording', 0), path: rig.file('rec') })

      expect((await recording).speechMs).toBe(0)
      await rig.over(call, caller)
    })
  })
}
