import { describe, expect, it } from 'vitest'
import { tone } from '../../src/phone/prompt.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { type Rig, told } from './rig.ts'

export function describeHold(rig: Rig): void {
  describe('hold', () => {
    it('plays its music until unhold, and then the next block is heard', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('held'))
      await call.hold({ music: { kind: 'file', path: rig.tuneFile(31, 1) } })
      // Long enough that a second and a third round of the music were heard.
      await caller.play(rig.tuneFile(33, 2))
      await call.unhold()
      const held = await ear.stop()
      const after = caller.listen(rig.file('after'))
      await call.play({ kind: 'file', path: rig.tuneFile(32, 1) })

      expect(likeness(held, tune(31, 1))).toBeGreaterThan(0.9)
      expect(held.length).toBeGreaterThan(8000)
      expect(likeness(await after.stop(), tune(32, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('tells the phone where asked to, or says that it cannot be told', async () => {
      const lacking = rig.bench.lacks?.['hold.tell'] !== undefined
      const { call, caller } = await rig.answered()
      await call.hold({ music: { kind: 'file', path: rig.tuneFile(35, 1) }, tell: true })
      const ear = caller.listen(rig.file('told'))
      await caller.play(rig.tuneFile(36, 2))
      expect(caller.direction).toBe(lacking ? 'sendrecv' : 'recvonly')
      await call.unhold()
      // A switch does not say when the phone has taken it.
      expect(
        await eventually(
          () => caller.direction,
          (direction) => direction === 'sendrecv',
        ),
      ).toBe('sendrecv')
      const held = await ear.stop()

      expect(likeness(held, tune(35, 1))).toBeGreaterThan(0.9)
      if (lacking) await told(call, 'warning', /could not be told of the hold: \w/, 2)
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })

    it('refuses other blocks meanwhile', async () => {
      const { call, caller } = await rig.answered()
      await call.hold()

      await expect(call.play(tone('beep'))).rejects.toMatchObject({ code: 'on_hold' })
      await expect(call.send('1')).rejects.toMatchObject({ code: 'on_hold' })
      await expect(call.hold()).rejects.toMatchObject({ code: 'on_hold' })
      await rig.over(call, caller)
    })

    it('is refused while another block runs', async () => {
      const { call, caller } = await rig.answered()
      const playing = call.play(tone('dial'))

      await expect(call.hold()).rejects.toMatchObject({ code: 'block_running' })
      playing.catch(() => 'expected: the call ends under it')
      await rig.over(call, caller)
    })

    it('unhold of a call that is not held is nothing', async () => {
      const { call, caller } = await rig.answered()
      await call.unhold()

      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })
  })
}
