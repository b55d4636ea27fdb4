import { describe, expect, it } from 'vitest'
import { CallEnded } from '../../src/phone/call.ts'
import { sequence, tone } from '../../src/phone/prompt.ts'
import { likeness, rate, toneShare, tune } from '../kit/audio.ts'
import type { Rig } from './rig.ts'

export function describePlay(rig: Rig): void {
  describe('play', () => {
    it('is heard as it is', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('heard'))
      const end = await call.play({ kind: 'file', path: rig.tuneFile(1, 2) })
      const heard = await ear.stop()

      expect(end).toEqual({ kind: 'finished' })
      expect(likeness(heard, tune(1, 2))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('plays a sequence in its order', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('heard'))
      await call.play(sequence(tone('beep'), { kind: 'silence', ms: 300 }, { kind: 'file', path: rig.tuneFile(2, 1) }))
      const heard = await ear.stop()

      const beep = heard.subarray(0, heard.length - rate)
      expect(toneShare(beep, 1000)).toBeGreaterThan(0.9)
      expect(likeness(heard, tune(2, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('stops at a key that it was told of, and at no other', async () => {
      const { call, caller } = await rig.answered()
      const playing = call.play(tone('dial'), { stopOn: '5' })
      await caller.press('15')

      expect(await playing).toEqual({ kind: 'key', key: '5' })
      await rig.over(call, caller)
    })

    it('stops when told', async () => {
      const { call, caller } = await rig.answered()
      const stop = new AbortController()
      const playing = call.play(tone('dial'), { signal: stop.signal })
      stop.abort()

      expect(await playing).toEqual({ kind: 'stopped' })
      await rig.over(call, caller)
    })

    it('ends with CallEnded when the caller hangs up, and so does every block after', async () => {
      const { call, caller } = await rig.answered()
      const playing = call.play(tone('dial'))
      caller.hangup()

      await expect(playing).rejects.toMatchObject({ name: 'CallEnded', end: { code: 'completed', by: 'caller' } })
      await expect(call.play(tone('dial'))).rejects.toBeInstanceOf(CallEnded)
      await caller.ended
    })

    it('fails with the reason when the file is not there, and the call goes on', async () => {
      const { call, caller } = await rig.answered()

      await expect(call.play({ kind: 'file', path: rig.file('nowhere') })).rejects.toThrow(/nowhere/)
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })

    it('is heard before the answer when it is early, and does not answer', async () => {
      const caller = rig.bench.callIn()
      const call = await rig.bench.nextCall()
      const playing = call.play({ kind: 'file', path: rig.tuneFile(71, 2) }, { early: true })
      await caller.ringing
      const ear = caller.listen(rig.file('heard'))

      expect(await playing).toEqual({ kind: 'finished' })
      expect(call.answeredAt).toBeUndefined()
      expect(likeness(await ear.stop(), tune(71, 2))).toBeGreaterThan(0.7)
      await call.hangup({ code: 'busy', sentence: 'that was all' })
      caller.answered.catch(() => 'expected: it was refused')
      expect(await caller.ended).toMatchObject({ how: 'rejected', status: 486 })
    })

    it('is refused while another block runs', async () => {
      const { call, caller } = await rig.answered()
      const playing = call.play(tone('dial'))

      await expect(call.play(tone('beep'))).rejects.toThrow(/while play still runs/)
      playing.catch(() => 'expected: the call ends under it')
      await rig.over(call, caller)
    })
  })
}
