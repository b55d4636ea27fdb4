import { describe, expect, it } from 'vitest'
import type { Address } from '../../src/phone/address.ts'
import { NotAnswered } from '../../src/phone/engine.ts'
import type { EndCode } from '../../src/phone/reason.ts'
import { likeness, tune } from '../kit/audio.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { type Rig, told } from './rig.ts'

export function describeOriginate(rig: Rig): void {
  describe('going out', () => {
    const from: Address = { kind: 'number', e164: '+15550100', raw: '+15550100' }

    it('resolves when the far end answers, and audio flows', async () => {
      const placed = rig.bench.engine.originate({ from, to: rig.bench.ann.address, seconds: 10 })
      const ann = await rig.bench.ann.next()
      await ann.answer()
      const call = await placed
      const ear = ann.listen(rig.file('heard'))
      await call.play({ kind: 'file', path: rig.tuneFile(9, 1) })

      expect(likeness(await ear.stop(), tune(9, 1))).toBeGreaterThan(0.9)
      expect(call).toMatchObject({ direction: 'outbound', source: { kind: 'service' } })
      ann.hangup()
      expect(await call.ended).toMatchObject({ code: 'completed', by: 'callee' })
    })

    it('offers the codecs that were asked for, and no others', async () => {
      const request = { from, to: rig.bench.ann.address, seconds: 10, codecs: ['PCMA'] } as const
      const placed = rig.bench.engine.originate(request)
      const ann = await rig.bench.ann.next()
      await ann.answer()

      expect(ann.codec).toBe('PCMA')
      await rig.over(await placed, ann)
    })

    it('begins with audio that comes before the answer, where asked to', async () => {
      const request = { from, to: rig.bench.ann.address, seconds: 10, early: true } as const
      const placed = rig.bench.engine.originate(request)
      const ann = await rig.bench.ann.next()
      ann.progress()
      const call = await placed
      expect(call.answeredAt).toBeUndefined()
      const gathered = call.gather({ maxDigits: 1 })
      await ann.answer()
      await told(call, 'answered')
      await ann.press('4')

      expect(await gathered).toMatchObject({ digits: '4' })
      expect(call.answeredAt).toBeGreaterThan(0)
      await rig.over(call, ann)
    })

    it.each<[EndCode, (call: PhoneCall) => void]>([
      ['busy', (c) => c.refuse(486)],
      ['not_found', (c) => c.refuse(404)],
      ['no_answer', (c) => c.ring()],
    ])('tells why it was not answered: %s', async (code, behave) => {
      const placed = rig.bench.engine.originate({ from, to: rig.bench.ann.address, seconds: 1 })
      placed.catch(() => 'awaited below')
      const ann = await rig.bench.ann.next()
      behave(ann)

      const error = await placed.then(
        () => undefined,
        (e: unknown) => e,
      )
      expect(error).toBeInstanceOf(NotAnswered)
      expect(error).toMatchObject({ end: { code, chain: [{ code }] } })
      await ann.ended
    })

    it('can be given up', async () => {
      const stop = new AbortController()
      const placed = rig.bench.engine.originate({ from, to: rig.bench.ann.address, seconds: 30, signal: stop.signal })
      placed.catch(() => 'awaited below')
      const ann = await rig.bench.ann.next()
      ann.ring()
      stop.abort()

      await expect(placed).rejects.toMatchObject({ name: 'NotAnswered', end: { code: 'canceled' } })
      expect(await ann.ended).toMatchObject({ how: 'cancel' })
    })
  })
}
