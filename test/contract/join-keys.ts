import { describe, expect, it } from 'vitest'
import type { JoinOptions } from '../../src/phone/room.ts'
import { type Rig, told } from './rig.ts'

export function describeJoinKeys(rig: Rig): void {
  describe('keys in a room', () => {
    async function guest(options: JoinOptions) {
      const { call, caller } = await rig.answered()
      call.join('keys', options).catch(() => 'expected: the call ends in the room')
      await told(call, 'room', /joined/)
      return { call, phone: caller }
    }

    it('are pressed to all others where one wants that and is heard', async () => {
      const a = await guest({ relayKeys: true })
      const b = await guest({})
      const c = await guest({ relayKeys: true, muted: true })
      await b.phone.press('7')
      await c.phone.press('8')
      await a.phone.press('42')

      expect(await b.phone.heardKeys(2)).toBe('42')
      expect(await c.phone.heardKeys(2)).toBe('42')
      expect(a.phone.keys).toBe('')
      await Promise.all([a, b, c].map(({ call, phone }) => rig.over(call, phone)))
    })
  })
}
