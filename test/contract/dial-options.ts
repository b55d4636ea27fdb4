import { describe, expect, it } from 'vitest'
import { CallEnded } from '../../src/phone/call.ts'
import { tone } from '../../src/phone/prompt.ts'
import { likeness, tune } from '../kit/audio.ts'
import { type Rig, told } from './rig.ts'

export function describeDialOptions(rig: Rig): void {
  describe('dial together', () => {
    const both = () => [
      { to: rig.bench.ann.address, seconds: 10 },
      { to: rig.bench.bob.address, seconds: 10 },
    ]

    it('puts through the first that answers and stops to ring the other', async () => {
      const { call, caller } = await rig.answered()
      const dialled = call.dial(both(), { together: true })
      const [ann, bob] = await Promise.all([rig.bench.ann.next(), rig.bench.bob.next()])
      ann.ring()
      await bob.answer()
      const ear = bob.listen(rig.file('bob'))
      await caller.play(rig.tuneFile(51, 1))
      const heard = await ear.stop()
      bob.hangup()

      expect(await ann.ended).toMatchObject({ how: 'cancel', q850: 26 })
      expect(likeness(heard, tune(51, 1))).toBeGreaterThan(0.9)
      expect(await dialled).toMatchObject({ kind: 'answered', target: rig.bench.bob.address, attempts: [] })
      await rig.over(call, caller)
    })

    it('says of each why it was not the one', async () => {
      const { call, caller } = await rig.answered()
      const dialled = call.dial(both(), { together: true })
      const [ann, bob] = await Promise.all([rig.bench.ann.next(), rig.bench.bob.next()])
      ann.refuse(486)
      bob.refuse(603)
      const end = await dialled

      expect(end.kind).toBe('unanswered')
      expect(end.attempts.map(({ code }) => code).sort()).toEqual(['busy', 'declined'])
      await rig.over(call, caller)
    })

    it('stops to ring all when the caller hangs up', async () => {
      const { call, caller } = await rig.answered()
      const dialled = call.dial(both(), { together: true })
      const [ann, bob] = await Promise.all([rig.bench.ann.next(), rig.bench.bob.next()])
      caller.hangup()

      await expect(dialled).rejects.toBeInstanceOf(CallEnded)
      expect(await ann.ended).toMatchObject({ how: 'cancel' })
      expect(await bob.ended).toMatchObject({ how: 'cancel' })
      await caller.ended
    })
  })

  describe('dial with more', () => {
    it('ends the talk by the star of the caller, who stays', async () => {
      const { call, caller } = await rig.answered()
      const dialled = call.dial([{ to: rig.bench.ann.address, seconds: 10 }], { hangupOnStar: true })
      const ann = await rig.bench.ann.next()
      await ann.answer()
      await told(call, 'bridged')
      await caller.press('1*')

      expect(await dialled).toMatchObject({ kind: 'answered', hungUpBy: 'caller' })
      await ann.ended
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })

    it('shows the name given', async () => {
      const { call, caller } = await rig.answered()
      const dialled = call.dial([{ to: rig.bench.ann.address, seconds: 10 }], { callerName: 'Front Desk' })
      const ann = await rig.bench.ann.next()
      ann.refuse(486)

      expect(ann.remote.name).toBe('Front Desk')
      await dialled
      await rig.over(call, caller)
    })

    it('puts through only who pressed the key', async () => {
      const { call, caller } = await rig.answered()
      const prompt = { kind: 'file', path: rig.tuneFile(61, 1) } as const
      const dialled = call.dial(
        [
          { to: rig.bench.ann.address, seconds: 10 },
          { to: rig.bench.bob.address, seconds: 10 },
        ],
        { confirm: { prompt, key: '1', seconds: 1 } },
      )
      const ann = await rig.bench.ann.next()
      await ann.answer()
      expect(await ann.ended).toMatchObject({ how: 'bye', by: 'remote' })
      const bob = await rig.bench.bob.next()
      await bob.answer()
      const asked = bob.listen(rig.file('asked'))
      await told(call, 'target', /1002 answered and is asked/)
      await bob.play(rig.tuneFile(62, 1))
      await bob.press('21')
      await told(call, 'bridged')
      const question = await asked.stop()
      bob.hangup()

      expect(await dialled).toMatchObject({ kind: 'answered', attempts: [{ code: 'declined', target: '1001' }] })
      expect(likeness(question, tune(61, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('lets one who answered hear something first and puts them through without a key', async () => {
      const { call, caller } = await rig.answered()
      const prompt = { kind: 'file', path: rig.tuneFile(63, 1) } as const
      const dialled = call.dial([{ to: rig.bench.ann.address, seconds: 10 }], { confirm: { prompt } })
      const ann = await rig.bench.ann.next()
      await ann.answer()
      const ear = ann.listen(rig.file('first'))
      await told(call, 'bridged')
      const heard = await ear.stop()
      ann.hangup()

      expect(await dialled).toMatchObject({ kind: 'answered', attempts: [] })
      expect(likeness(heard, tune(63, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('lets the caller hear the first of several that sends early audio, and rings on when it is given up', async () => {
      const { call, caller } = await rig.answered()
      const keysEarly = rig.bench.lacks?.['dial.digitsEarly'] === undefined
      const targets = [
        { to: rig.bench.ann.address, seconds: 10, ...(keysEarly ? { digits: '42', digitsEarly: true } : {}) },
        { to: rig.bench.bob.address, seconds: 10 },
      ]
      const dialled = call.dial(targets, { together: true, early: 'first' })
      const [ann, bob] = await Promise.all([rig.bench.ann.next(), rig.bench.bob.next()])
      ann.progress()
      if (keysEarly) expect(await ann.heardKeys(2)).toBe('42')
      // Time for its early audio to be put through.
      else await ann.play(rig.tuneFile(65, 1))
      const ear = caller.listen(rig.file('early'))
      await ann.play(rig.tuneFile(64, 1))
      const heard = await ear.stop()
      ann.refuse(486)
      await bob.answer()
      await told(call, 'bridged')
      bob.hangup()

      expect(likeness(heard, tune(64, 1))).toBeGreaterThan(0.9)
      expect(await dialled).toMatchObject({ kind: 'answered', target: rig.bench.bob.address })
      await rig.over(call, caller)
    })

    it('refuses headers that would be no header of an app', async () => {
      const { call, caller } = await rig.answered()
      const targets = [{ to: rig.bench.ann.address, seconds: 10 }]

      await expect(call.dial(targets, { headers: { Via: 'x' } })).rejects.toMatchObject({
        fields: [{ field: '/headers/Via' }],
      })
      await expect(call.dial(targets, { headers: { 'X-A': 'x\r\nVia: y' } })).rejects.toMatchObject({
        code: 'invalid_request',
      })
      await rig.over(call, caller)
    })
  })
}
