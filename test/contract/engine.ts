import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Address } from '../../src/phone/address.ts'
import { type Call, CallEnded } from '../../src/phone/call.ts'
import { type Engine, NotAnswered } from '../../src/phone/engine.ts'
import { newId } from '../../src/phone/id.ts'
import { sequence, tone } from '../../src/phone/prompt.ts'
import type { EndCode } from '../../src/phone/reason.ts'
import { likeness, loudness, rate, readWav, toneShare, tune, writeWav } from '../kit/audio.ts'
import type { PhoneCall } from '../kit/phone-call.ts'

/** What an engine brings to be held to the contract. */
export interface EngineBench {
  readonly engine: Engine
  /** The next call that the engine hands up. */
  nextCall(): Promise<Call>
  /** Somebody outside calls a number of ours; resolves when the INVITE is on its way. */
  callIn(): PhoneCall
  /** The same from a phone that has no telephone-event: its keys are sounds. */
  callInWithTones(): PhoneCall
  /** Two parties that the engine can call; `next` is the call as it arrives at the phone. */
  readonly ann: Party
  readonly bob: Party
  /** An address of ours that nobody is signed in at. */
  readonly absent: Address
  /** What is left of finished calls: names of sockets, timers, map entries. Empty when all is released. */
  leaks(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface Party {
  readonly address: Address
  next(): Promise<PhoneCall>
}

/** What every engine does alike. Each engine's test file calls this once. */
export function describeEngine(name: string, start: () => Promise<EngineBench>): void {
  describe(`the engine contract: ${name}`, () => {
    let bench: EngineBench
    let folder: string

    beforeAll(async () => {
      bench = await start()
    })
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'offhook-contract-'))
    })
    afterEach(async () => {
      expect(await bench.leaks()).toEqual([])
      rmSync(folder, { recursive: true })
    })
    afterAll(async () => {
      await bench.close()
    })

    const file = (label: string): string => join(folder, `${label}.wav`)
    const tuneFile = (seed: number, seconds: number): string => writeWav(file(`tune-${seed}`), tune(seed, seconds))

    /** Both ends of a call that came in and was answered. */
    async function answered(): Promise<{ call: Call; caller: PhoneCall }> {
      const caller = bench.callIn()
      const call = await bench.nextCall()
      await Promise.all([call.answer(), caller.answered])
      return { call, caller }
    }

    async function over(call: Call, caller: PhoneCall): Promise<void> {
      await call.hangup()
      await caller.ended
    }

    describe('coming in', () => {
      it('rings, is answered, and is ended by the caller', async () => {
        const caller = bench.callIn()
        const call = await bench.nextCall()
        expect(call).toMatchObject({ direction: 'inbound', answeredAt: undefined })
        await call.ring()
        await caller.ringing
        await Promise.all([call.answer(), caller.answered])
        caller.hangup()

        const end = await call.ended
        expect(end).toMatchObject({ code: 'completed', by: 'caller', q850: 16, sentence: 'the caller hung up' })
        expect(call.signal.aborted).toBe(true)
        expect(call.timeline.map((e) => e.kind)).toEqual(expect.arrayContaining(['answered', 'ended']))
      })

      it('is ended by us', async () => {
        const { call, caller } = await answered()
        await call.hangup()

        expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
        expect(await call.ended).toMatchObject({ code: 'completed', by: 'service' })
      })

      it('is given up by the caller before the answer', async () => {
        const caller = bench.callIn()
        const call = await bench.nextCall()
        await call.ring()
        await caller.ringing
        caller.hangup()

        expect(await call.ended).toMatchObject({ code: 'canceled', by: 'caller' })
        await expect(call.answer()).rejects.toBeInstanceOf(CallEnded)
        await caller.ended
      })

      it.each<[EndCode, number]>([
        ['busy', 486],
        ['declined', 603],
        ['not_found', 404],
        ['not_allowed', 403],
        ['no_answer', 480],
        ['unreachable', 503],
      ])('refused as %s, the caller gets %i', async (code, status) => {
        const caller = bench.callIn()
        const call = await bench.nextCall()
        await call.hangup({ code, sentence: 'so it was decided' })

        caller.answered.catch(() => 'expected: it was refused')
        expect(await caller.ended).toMatchObject({ how: 'rejected', status })
        expect(await call.ended).toMatchObject({ code, sip: status, by: 'service', sentence: 'so it was decided' })
      })
    })

    describe('play', () => {
      it('is heard as it is', async () => {
        const { call, caller } = await answered()
        const ear = caller.listen(file('heard'))
        const end = await call.play({ kind: 'file', path: tuneFile(1, 2) })
        const heard = await ear.stop()

        expect(end).toEqual({ kind: 'finished' })
        expect(likeness(heard, tune(1, 2))).toBeGreaterThan(0.9)
        await over(call, caller)
      })

      it('plays a sequence in its order', async () => {
        const { call, caller } = await answered()
        const ear = caller.listen(file('heard'))
        await call.play(sequence(tone('beep'), { kind: 'silence', ms: 300 }, { kind: 'file', path: tuneFile(2, 1) }))
        const heard = await ear.stop()

        const beep = heard.subarray(0, heard.length - rate)
        expect(toneShare(beep, 1000)).toBeGreaterThan(0.9)
        expect(likeness(heard, tune(2, 1))).toBeGreaterThan(0.9)
        await over(call, caller)
      })

      it('stops at a key that it was told of, and at no other', async () => {
        const { call, caller } = await answered()
        const playing = call.play(tone('dial'), { stopOn: '5' })
        await caller.press('15')

        expect(await playing).toEqual({ kind: 'key', key: '5' })
        await over(call, caller)
      })

      it('stops when told', async () => {
        const { call, caller } = await answered()
        const stop = new AbortController()
        const playing = call.play(tone('dial'), { signal: stop.signal })
        stop.abort()

        expect(await playing).toEqual({ kind: 'stopped' })
        await over(call, caller)
      })

      it('ends with CallEnded when the caller hangs up, and so does every block after', async () => {
        const { call, caller } = await answered()
        const playing = call.play(tone('dial'))
        caller.hangup()

        await expect(playing).rejects.toMatchObject({ name: 'CallEnded', end: { code: 'completed', by: 'caller' } })
        await expect(call.play(tone('dial'))).rejects.toBeInstanceOf(CallEnded)
        await caller.ended
      })

      it('fails with the reason when the file is not there, and the call goes on', async () => {
        const { call, caller } = await answered()

        await expect(call.play({ kind: 'file', path: file('nowhere') })).rejects.toThrow(/nowhere/)
        expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
        await over(call, caller)
      })

      it('is refused while another block runs', async () => {
        const { call, caller } = await answered()
        const playing = call.play(tone('dial'))

        await expect(call.play(tone('beep'))).rejects.toThrow(/while play still runs/)
        playing.catch(() => 'expected: the call ends under it')
        await over(call, caller)
      })
    })

    describe('gather', () => {
      it('takes digits up to the finish key', async () => {
        const { call, caller } = await answered()
        const gathered = call.gather({ prompt: tone('dial'), maxDigits: 10 })
        await caller.press('4711#')

        expect(await gathered).toEqual({ digits: '4711', end: 'finish_key' })
        await over(call, caller)
      })

      it('takes the same key twice in a row as two', async () => {
        const { call, caller } = await answered()
        const gathered = call.gather({ maxDigits: 4 })
        await caller.press('1122')

        expect(await gathered).toEqual({ digits: '1122', end: 'max_digits' })
        await over(call, caller)
      })

      it('hears keys that come by INFO', async () => {
        const { call, caller } = await answered()
        const gathered = call.gather({ maxDigits: 2 })
        await caller.pressByInfo('4')
        await caller.pressByInfo('2')

        expect(await gathered).toEqual({ digits: '42', end: 'max_digits' })
        await over(call, caller)
      })

      it('takes a key that a phone sends in both ways as one', async () => {
        const { call, caller } = await answered()
        const gathered = call.gather({ maxDigits: 10 })
        await caller.press('1')
        await caller.pressByInfo('1')
        await caller.press('2#')

        expect(await gathered).toEqual({ digits: '12', end: 'finish_key' })
        await over(call, caller)
      })

      it('hears keys in the audio of a phone that has nothing else', async () => {
        const caller = bench.callInWithTones()
        const call = await bench.nextCall()
        await Promise.all([call.answer(), caller.answered])
        const gathered = call.gather({ maxDigits: 10 })
        await caller.press('4711#')

        expect(await gathered).toEqual({ digits: '4711', end: 'finish_key' })
        await over(call, caller)
      })

      it('ends when nothing is pressed', async () => {
        const { call, caller } = await answered()

        expect(await call.gather({ maxDigits: 4, firstDigitMs: 300 })).toEqual({ digits: '', end: 'timeout' })
        await over(call, caller)
      })
    })

    describe('record', () => {
      const rules = { maxSeconds: 30, silenceSeconds: 0 }

      it('keeps what the caller said, without the key that ended it', async () => {
        const { call, caller } = await answered()
        const recording = call.record({ ...rules, id: newId('recording', 0), path: file('rec'), stopOn: '#' })
        await caller.play(tuneFile(3, 2))
        await caller.press('#')
        const result = await recording

        expect(result.end).toBe('key')
        expect(result.speechMs).toBeGreaterThan(1000)
        const kept = readWav(result.path)
        expect(Math.abs(kept.length / 8 - result.ms)).toBeLessThanOrEqual(1)
        expect(likeness(kept, tune(3, 2))).toBeGreaterThan(0.9)
        await over(call, caller)
      })

      it('beeps first when asked', async () => {
        const { call, caller } = await answered()
        const ear = caller.listen(file('heard'))
        const recording = call.record({
          ...rules,
          maxSeconds: 1,
          id: newId('recording', 0),
          path: file('rec'),
          beep: true,
        })

        expect((await recording).end).toBe('limit')
        expect(toneShare(await ear.stop(), 1000)).toBeGreaterThan(0.9)
        await over(call, caller)
      })

      it('ends on silence, after speech', async () => {
        const { call, caller } = await answered()
        const recording = call.record({ ...rules, silenceSeconds: 1, id: newId('recording', 0), path: file('rec') })
        await caller.play(tuneFile(4, 1))

        expect(await recording).toMatchObject({ end: 'silence' })
        await over(call, caller)
      })

      it('is kept when the caller hangs up', async () => {
        const { call, caller } = await answered()
        const recording = call.record({ ...rules, id: newId('recording', 0), path: file('rec') })
        await caller.play(tuneFile(5, 1))
        caller.hangup()
        const result = await recording

        expect(result.end).toBe('hangup')
        expect(likeness(readWav(result.path), tune(5, 1))).toBeGreaterThan(0.9)
        await expect(call.play(tone('beep'))).rejects.toBeInstanceOf(CallEnded)
        await caller.ended
      })

      it('of silence has no speech', async () => {
        const { call, caller } = await answered()
        const recording = call.record({ ...rules, maxSeconds: 1, id: newId('recording', 0), path: file('rec') })

        expect((await recording).speechMs).toBe(0)
        await over(call, caller)
      })
    })

    describe('dial', () => {
      it('bridges the first that answers, both ways, and ends when the callee hangs up', async () => {
        const { call, caller } = await answered()
        const dialed = call.dial([{ to: bench.ann.address, seconds: 10 }])
        const ann = await bench.ann.next()
        await ann.answer()
        const [atAnn, atCaller] = [ann.listen(file('ann')), caller.listen(file('caller'))]
        await Promise.all([caller.play(tuneFile(6, 2)), ann.play(tuneFile(7, 2))])
        const [annHeard, callerHeard] = await Promise.all([atAnn.stop(), atCaller.stop()])
        ann.hangup()

        expect(await dialed).toMatchObject({ kind: 'answered', hungUpBy: 'callee', attempts: [] })
        expect(likeness(annHeard, tune(6, 2))).toBeGreaterThan(0.9)
        expect(likeness(callerHeard, tune(7, 2))).toBeGreaterThan(0.9)
        await over(call, caller)
      })

      it('carries keys across', async () => {
        const { call, caller } = await answered()
        const dialed = call.dial([{ to: bench.ann.address, seconds: 10 }])
        const ann = await bench.ann.next()
        await ann.answer()
        await caller.press('12#')

        expect(await ann.heardKeys(3)).toBe('12#')
        ann.hangup()
        await dialed
        await over(call, caller)
      })

      it.each<[string, EndCode, (call: PhoneCall) => void]>([
        ['busy', 'busy', (c) => c.refuse(486)],
        ['declined', 'declined', (c) => c.refuse(603)],
        ['not answered in time', 'no_answer', (c) => c.ring()],
      ])('goes on to the next when the first is %s', async (_, code, behave) => {
        const { call, caller } = await answered()
        const dialed = call.dial([
          { to: bench.ann.address, seconds: 1 },
          { to: bench.bob.address, seconds: 10 },
        ])
        const ann = await bench.ann.next()
        behave(ann)
        const bob = await bench.bob.next()
        await bob.answer()
        bob.hangup()

        expect(await dialed).toMatchObject({ kind: 'answered', target: bench.bob.address, attempts: [{ code }] })
        await over(call, caller)
        expect((await call.ended).chain.map((link) => link.code)).toEqual([code, 'completed'])
        await ann.ended
      })

      it('says why nobody answered', async () => {
        const { call, caller } = await answered()
        const dialed = call.dial([
          { to: bench.absent, seconds: 5 },
          { to: bench.ann.address, seconds: 5 },
        ])
        const ann = await bench.ann.next()
        ann.refuse(486)

        const end = await dialed
        expect(end).toMatchObject({
          kind: 'unanswered',
          attempts: [{ code: 'not_registered' }, { code: 'busy', sip: 486 }],
        })
        await over(call, caller)
      })

      it('lets a waiting caller hear it ring', async () => {
        const { call, caller } = await answered()
        const ear = caller.listen(file('heard'))
        const dialed = call.dial([{ to: bench.ann.address, seconds: 2 }])
        const ann = await bench.ann.next()
        ann.ring()

        expect(await dialed).toMatchObject({ kind: 'unanswered', attempts: [{ code: 'no_answer' }] })
        const heard = await ear.stop()
        expect(toneShare(heard, 440) + toneShare(heard, 480)).toBeGreaterThan(0.8)
        await over(call, caller)
        await ann.ended
      })

      it('stops ringing when the caller hangs up', async () => {
        const { call, caller } = await answered()
        const dialed = call.dial([{ to: bench.ann.address, seconds: 30 }])
        const ann = await bench.ann.next()
        ann.ring()
        caller.hangup()

        await expect(dialed).rejects.toBeInstanceOf(CallEnded)
        expect(await ann.ended).toMatchObject({ how: 'cancel' })
        expect((await call.ended).chain).toMatchObject([{ code: 'canceled', by: 'caller' }, { code: 'completed' }])
        await caller.ended
      })

      it('hangs the callee up when the caller hangs up', async () => {
        const { call, caller } = await answered()
        const dialed = call.dial([{ to: bench.ann.address, seconds: 10 }])
        const ann = await bench.ann.next()
        await ann.answer()
        await ann.answered
        caller.hangup()

        await expect(dialed).rejects.toBeInstanceOf(CallEnded)
        expect(await ann.ended).toMatchObject({ how: 'bye', by: 'remote' })
        await caller.ended
      })

      it('answers a caller who was not answered yet only when the target does', async () => {
        const caller = bench.callIn()
        const call = await bench.nextCall()
        const dialed = call.dial([{ to: bench.ann.address, seconds: 10 }])
        const ann = await bench.ann.next()
        ann.ring()
        await caller.ringing
        expect(call.answeredAt).toBeUndefined()
        await ann.answer()
        await caller.answered
        caller.hangup()

        await expect(dialed).rejects.toBeInstanceOf(CallEnded)
        await ann.ended
        await caller.ended
      })

      it('ends a talk at its limit', async () => {
        const { call, caller } = await answered()
        const dialed = call.dial([{ to: bench.ann.address, seconds: 10 }], { maxSeconds: 1 })
        const ann = await bench.ann.next()
        await ann.answer()

        expect(await dialed).toMatchObject({ kind: 'answered', hungUpBy: 'service' })
        await ann.ended
        await over(call, caller)
      })
    })

    describe('send', () => {
      it('presses keys towards the other side', async () => {
        const { call, caller } = await answered()
        await call.send('19w*#A')

        expect(await caller.heardKeys(5)).toBe('19*#A')
        await over(call, caller)
      })
    })

    describe('going out', () => {
      const from: Address = { kind: 'number', e164: '+15550100', raw: '+15550100' }

      it('resolves when the far end answers, and audio flows', async () => {
        const placed = bench.engine.originate({ from, to: bench.ann.address, seconds: 10 })
        const ann = await bench.ann.next()
        await ann.answer()
        const call = await placed
        const ear = ann.listen(file('heard'))
        await call.play({ kind: 'file', path: tuneFile(9, 1) })

        expect(likeness(await ear.stop(), tune(9, 1))).toBeGreaterThan(0.9)
        expect(call).toMatchObject({ direction: 'outbound', source: { kind: 'service' } })
        ann.hangup()
        expect(await call.ended).toMatchObject({ code: 'completed', by: 'callee' })
      })

      it.each<[EndCode, (call: PhoneCall) => void]>([
        ['busy', (c) => c.refuse(486)],
        ['not_found', (c) => c.refuse(404)],
        ['no_answer', (c) => c.ring()],
      ])('tells why it was not answered: %s', async (code, behave) => {
        const placed = bench.engine.originate({ from, to: bench.ann.address, seconds: 1 })
        placed.catch(() => 'awaited below')
        const ann = await bench.ann.next()
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
        const placed = bench.engine.originate({ from, to: bench.ann.address, seconds: 30, signal: stop.signal })
        placed.catch(() => 'awaited below')
        const ann = await bench.ann.next()
        ann.ring()
        stop.abort()

        await expect(placed).rejects.toMatchObject({ name: 'NotAnswered', end: { code: 'canceled' } })
        expect(await ann.ended).toMatchObject({ how: 'cancel' })
      })
    })

    it('hears nothing where nobody speaks', async () => {
      const { call, caller } = await answered()
      const ear = caller.listen(file('heard'))
      await call.play({ kind: 'silence', ms: 500 })

      expect(loudness(await ear.stop())).toBeLessThan(20)
      await over(call, caller)
    })
  })
}
