import { describe, expect, it } from 'vitest'
import type { Rig } from './rig.ts'

export function describeSend(rig: Rig): void {
  describe('send', () => {
    it('presses keys towards the other side', async () => {
      const { call, caller } = await rig.answered()
      await call.send('19w*#A')

      expect(await caller.heardKeys(5)).toBe('19*#A')
      await rig.over(call, caller)
    })

    it('picks up first', async () => {
      const caller = rig.bench.callIn()
      const call = await rig.bench.nextCall()
      await call.send('5')

      expect(call.answeredAt).toBeDefined()
      expect(await caller.heardKeys(1)).toBe('5')
      await rig.over(call, caller)
    })
  })
}
