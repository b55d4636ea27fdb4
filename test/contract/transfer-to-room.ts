import { describe, expect, it } from 'vitest'
import { likeness, tune } from '../kit/audio.ts'
import { type Rig, told } from './rig.ts'

export function describeTransferToRoom(rig: Rig): void {
  describe('transfer to a room', () => {
    it('joins it, and hangs up when it ends', async () => {
      const { call, caller } = await rig.answered()
      const host = await rig.answered()
      const hosting = host.call.join('t1')
      await told(host.call, 'room', /joined/)
      const transferred = call.transfer({ kind: 'room', room: 't1' })
      await told(call, 'room', /joined/)
      const ear = host.caller.listen(rig.file('host'))
      await caller.play(rig.tuneFile(91, 1))
      const atHost = await ear.stop()
      await rig.bench.engine.room('t1')?.end()

      expect(await transferred).toMatchObject({ kind: 'left', leave: { room: 't1', end: 'room_ended' } })
      expect(likeness(atHost, tune(91, 1))).toBeGreaterThan(0.8)
      expect(await call.ended).toMatchObject({ code: 'completed', by: 'service' })
      expect(await hosting).toMatchObject({ end: 'room_ended' })
      await caller.ended
      await rig.over(host.call, host.caller)
    })

    it('makes one where no name is given', async () => {
      const { call, caller } = await rig.answered()
      const transferred = call.transfer({ kind: 'room', room: '', join: { hangupOnStar: true } })
      await told(call, 'room', /joined/)
      const [room] = rig.bench.engine.rooms()
      await caller.press('*')

      expect(room?.name).toMatch(/^room_/)
      expect(await transferred).toMatchObject({ kind: 'left', leave: { room: room?.name, end: 'key' } })
      expect(await call.ended).toMatchObject({ code: 'completed', by: 'caller' })
      await caller.ended
    })

    it('goes on where the room is full and that is asked for', async () => {
      const host = await rig.answered()
      const hosting = host.call.join('t2')
      await told(host.call, 'room', /joined/)
      const { call, caller } = await rig.answered()
      const target = { kind: 'room', room: 't2', join: { maxMembers: 1 } } as const

      expect(await call.transfer(target, { onFailure: 'continue' })).toMatchObject({
        kind: 'failed',
        sentence: expect.stringContaining('t2 is full'),
      })
      expect(await call.transfer(target)).toMatchObject({ kind: 'failed' })
      expect(await call.ended).toMatchObject({ code: 'busy' })
      await caller.ended
      hosting.catch(() => 'expected: the call ends in the room')
      await rig.over(host.call, host.caller)
    })
  })
}
