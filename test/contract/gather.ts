import { describe, expect, it } from 'vitest'
import { tone } from '../../src/phone/prompt.ts'
import { likeness, rate, tune } from '../kit/audio.ts'
import type { Rig } from './rig.ts'

export function describeGather(rig: Rig): void {
  describe('gather', () => {
    it('takes digits up to the finish key', async () => {
      const { call, caller } = await rig.answered()
      const gathered = call.gather({ prompt: tone('dial'), maxDigits: 10 })
      await caller.press('4711#')

      expect(await gathered).toEqual({ digits: '4711', end: 'finish_key' })
      await rig.over(call, caller)
    })

    it('takes the same key twice in a row as two', async () => {
      const { call, caller } = await rig.answered()
      const gathered = call.gather({ maxDigits: 4 })
      await caller.press('1122')

      expect(await gathered).toEqual({ digits: '1122', end: 'max_digits' })
      await rig.over(call, caller)
    })

    it('hears keys that come by INFO', async () => {
      const { call, caller } = await rig.answered()
      const gathered = call.gather({ maxDigits: 2 })
      await caller.pressByInfo('4')
      await caller.pressByInfo('2')

      expect(await gathered).toEqual({ digits: '42', end: 'max_digits' })
      await rig.over(call, caller)
    })

    it('takes a key that a phone sends in both ways as one, where it can tell', async () => {
      // Asterisk 22 also tells twice of every key by RTP that follows one by INFO.
      const digits = rig.bench.lacks?.['keys.once'] === undefined ? /^12$/ : /^112{1,2}$/
      const { call, caller } = await rig.answered()
      const gathered = call.gather({ maxDigits: 10 })
      await caller.press('1')
      await caller.pressByInfo('1')
      await caller.press('2#')

      expect(await gathered).toEqual({ digits: expect.stringMatching(digits), end: 'finish_key' })
      await rig.over(call, caller)
    })

    it('hears keys in the audio of a phone that has nothing else', async () => {
      const caller = rig.bench.callInWithTones()
      const call = await rig.bench.nextCall()
      await Promise.all([call.answer(), caller.answered])
      const gathered = call.gather({ maxDigits: 10 })
      await caller.press('4711#')

      expect(await gathered).toEqual({ digits: '4711', end: 'finish_key' })
      await rig.over(call, caller)
    })

    it('plays the prompt again while nothing is pressed', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('heard'))
      const prompt = { kind: 'file', path: rig.tuneFile(72, 0.5) } as const
      const gathered = await call.gather({ prompt, maxDigits: 4, attempts: 2, firstDigitMs: 400 })
      const heard = await ear.stop()

      expect(gathered).toEqual({ digits: '', end: 'timeout' })
      // Two rounds of half a second, each with its wait.
      expect(heard.length).toBeGreaterThan(1.5 * rate)
      expect(likeness(heard.subarray(0.8 * rate), tune(72, 0.5))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('says that a key is not allowed and takes the next', async () => {
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('heard'))
      const invalid = { kind: 'file', path: rig.tuneFile(73, 1) } as const
      const gathered = call.gather({ prompt: tone('dial'), invalid, maxDigits: 1, allowed: '12', attempts: 2 })
      await caller.press('9')
      await caller.play(rig.tuneFile(74, 2))
      await caller.press('2')

      expect(await gathered).toEqual({ digits: '2', end: 'max_digits' })
      expect(likeness(await ear.stop(), tune(73, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('ends when nothing is pressed', async () => {
      const { call, caller } = await rig.answered()

      expect(await call.gather({ maxDigits: 4, firstDigitMs: 300 })).toEqual({ digits: '', end: 'timeout' })
      await rig.over(call, caller)
    })
  })
}
