import { describe, expect, it } from 'vitest'
import { type Call, CallEnded } from '../../src/phone/call.ts'
import { newId } from '../../src/phone/id.ts'
import { tone } from '../../src/phone/prompt.ts'
import type { JoinOptions, Room, RoomEvent, RoomLeave } from '../../src/phone/room.ts'
import { likeness, loudness, readWav, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { type Rig, told } from './rig.ts'

interface Guest {
  readonly call: Call
  readonly phone: PhoneCall
  readonly left: Promise<RoomLeave>
  readonly events: RoomEvent[]
}

const same = 0.8
const other = 0.5

export function describeJoin(rig: Rig): void {
  describe('join', () => {
    /** Somebody who called in and is in the room, or waits for its start. */
    async function guest(room: string, options: JoinOptions = {}): Promise<Guest> {
      const { call, caller } = await rig.answered()
      const events: RoomEvent[] = []
      const left = call.join(room, { ...options, onEvent: (event) => void events.push(event) })
      left.catch(() => 'expected where the call ends in the room')
      await told(call, 'room', /joined/)
      return { call, phone: caller, left, events }
    }

    const open = (name: string): Room => {
      const room = rig.bench.engine.room(name)
      if (room === undefined) throw new Error(`${name} is not open`)
      return room
    }

    /** What each of the listeners hears while one speaks. */
    async function heard(seed: number, speaker: Guest, ...listeners: Guest[]): Promise<Int16Array[]> {
      const ears = listeners.map(({ phone }, i) => phone.listen(rig.file(`heard-${seed}-${i}`)))
      await speaker.phone.play(rig.tuneFile(seed, 1))
      return Promise.all(ears.map((ear) => ear.stop()))
    }

    async function event(of: Guest, kind: RoomEvent['kind'], member?: Guest): Promise<RoomEvent> {
      const find = () =>
        of.events.find((one) => one.kind === kind && (!member || ('member' in one && one.member === member.call.id)))
      const found = await eventually(find, (one) => one !== undefined)
      if (found === undefined) throw new Error(`no ${kind} among ${of.events.map((one) => one.kind).join(', ')}`)
      return found
    }

    const over = async (...guests: Guest[]): Promise<void> => {
      await Promise.all(guests.map(({ call, phone }) => rig.over(call, phone)))
    }

    it('lets everybody hear all others and nobody hear itself', async () => {
      const [a, b, c] = [await guest('r1'), await guest('r1'), await guest('r1')]
      const [atA, atB, atC] = await heard(61, a, a, b, c)
      const [fromC] = await heard(62, c, a)

      expect(likeness(atB as Int16Array, tune(61, 1))).toBeGreaterThan(same)
      expect(likeness(atC as Int16Array, tune(61, 1))).toBeGreaterThan(same)
      expect(loudness(atA as Int16Array)).toBeLessThan(50)
      expect(likeness(fromC as Int16Array, tune(62, 1))).toBeGreaterThan(same)
      expect(open('r1').members.map(({ call }) => call)).toEqual([a, b, c].map(({ call }) => call.id))
      await over(a, b, c)
      expect(rig.bench.engine.rooms()).toEqual([])
    })

    it('keeps rooms apart', async () => {
      const [a, b, c] = [await guest('r2'), await guest('r2'), await guest('r3')]
      const [atB, atC] = await heard(63, a, b, c)

      expect(likeness(atB as Int16Array, tune(63, 1))).toBeGreaterThan(same)
      expect(loudness(atC as Int16Array)).toBeLessThan(50)
      expect(rig.bench.engine.rooms().map(({ name }) => name)).toEqual(['r2', 'r3'])
      await over(a, b, c)
    })

    it('hears nothing of who is muted, until it is no more', async () => {
      const [a, b] = [await guest('r4', { muted: true }), await guest('r4')]
      const [muted] = await heard(64, a, b)
      await open('r4').set(a.call.id, { muted: false })
      const [unmuted] = await heard(64, a, b)

      expect(loudness(muted as Int16Array)).toBeLessThan(50)
      expect(likeness(unmuted as Int16Array, tune(64, 1))).toBeGreaterThan(same)
      expect(await event(b, 'changed', a)).toMatchObject({ muted: false, deaf: false, held: false })
      await over(a, b)
    })

    it('lets nothing through to who is deaf, who is still heard', async () => {
      const [a, b] = [await guest('r5', { deaf: true }), await guest('r5')]
      const [atA] = await heard(65, b, a)
      const [atB] = await heard(66, a, b)

      expect(loudness(atA as Int16Array)).toBeLessThan(50)
      expect(likeness(atB as Int16Array, tune(66, 1))).toBeGreaterThan(same)
      await over(a, b)
    })

    it('plays music to who is held, who is not heard, and then goes on', async () => {
      const [a, b] = [await guest('r6', { waitMusic: { kind: 'file', path: rig.tuneFile(67, 1) } }), await guest('r6')]
      await open('r6').set(a.call.id, { held: true })
      await told(a.call, 'room', /is held/)
      const ear = a.phone.listen(rig.file('music'))
      const [atB] = await heard(68, a, b)
      const [aside] = await heard(69, b, a)
      const music = await ear.stop()
      await open('r6').set(a.call.id, { held: false })
      const [atA] = await heard(69, b, a)

      expect(likeness(music, tune(67, 1))).toBeGreaterThan(same)
      expect(likeness(aside as Int16Array, tune(69, 1))).toBeLessThan(other)
      expect(loudness(atB as Int16Array)).toBeLessThan(50)
      expect(likeness(atA as Int16Array, tune(69, 1))).toBeGreaterThan(same)
      await over(a, b)
    })

    it('puts out who is kicked, whose call goes on', async () => {
      const [a, b] = [await guest('r7'), await guest('r7')]
      await open('r7').kick(a.call.id)

      expect(await a.left).toMatchObject({ room: 'r7', end: 'kicked' })
      expect(await event(b, 'left', a)).toMatchObject({ members: 1 })
      expect(await a.call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await expect(open('r7').kick(a.call.id)).rejects.toMatchObject({ code: 'not_found' })
      await over(a, b)
    })

    it('plays music until the moderator comes', async () => {
      const waitMusic = { kind: 'file', path: rig.tuneFile(70, 1) } as const
      const { call, caller } = await rig.answered()
      const ear = caller.listen(rig.file('music'))
      const events: RoomEvent[] = []
      const left = call.join('r8', { startOnEnter: false, waitMusic, onEvent: (one) => void events.push(one) })
      const a: Guest = { call, phone: caller, left, events }
      await told(call, 'room', /joined/)
      const b = await guest('r8', { startOnEnter: false })
      const [atB] = await heard(71, a, b)
      const music = await ear.stop()
      expect(open('r8').startedAt).toBeUndefined()
      const c = await guest('r8')
      await told(call, 'room', /begun/)
      const [afterwards] = await heard(72, a, b)
      const [atA] = await heard(73, c, a)

      expect(likeness(music, tune(70, 1))).toBeGreaterThan(same)
      expect(loudness(atB as Int16Array)).toBeLessThan(50)
      expect(likeness(afterwards as Int16Array, tune(72, 1))).toBeGreaterThan(same)
      expect(likeness(atA as Int16Array, tune(73, 1))).toBeGreaterThan(same)
      expect(open('r8').startedAt).toBeGreaterThan(0)
      left.catch(() => 'expected: the call ends in the room')
      await over(a, b, c)
    })

    it('ends with the moderator', async () => {
      const [a, b, c] = [await guest('r9'), await guest('r9'), await guest('r9', { endOnExit: true })]
      c.phone.hangup()

      expect(await a.left).toMatchObject({ end: 'room_ended' })
      expect(await b.left).toMatchObject({ end: 'room_ended' })
      expect(a.events.at(-1)).toEqual({ kind: 'ended' })
      expect(rig.bench.engine.room('r9')).toBeUndefined()
      await c.phone.ended
      await over(a, b)
    })

    it('plays sounds when one enters and when one leaves', async () => {
      const a = await guest('r10')
      const entering = a.phone.listen(rig.file('entering'))
      const b = await guest('r10', {
        enterSound: { kind: 'file', path: rig.tuneFile(74, 1) },
        exitSound: { kind: 'file', path: rig.tuneFile(75, 1) },
      })
      const [atB] = await heard(76, a, b)
      const entered = await entering.stop()
      const leaving = a.phone.listen(rig.file('leaving'))
      b.call.stop()
      await b.left
      await heard(77, a, b)

      expect(likeness(entered, tune(74, 1))).toBeGreaterThan(same)
      expect(likeness(await leaving.stop(), tune(75, 1))).toBeGreaterThan(same)
      expect(atB).toBeDefined()
      await over(a, b)
    })

    it('records all that is said', async () => {
      const [a, b] = [await guest('r11'), await guest('r11')]
      const id = newId('recording', 0)
      const recording = await open('r11').record({ id, path: rig.file('room') })
      await heard(78, a)
      await heard(79, b)
      recording.stop()
      const kept = await recording.done

      expect(kept).toMatchObject({ id, end: 'stopped' })
      const samples = readWav(kept.path)
      expect(likeness(samples, tune(78, 1))).toBeGreaterThan(same)
      expect(likeness(samples, tune(79, 1))).toBeGreaterThan(same)
      await over(a, b)
    })

    it('keeps a recording of the room when the last one leaves', async () => {
      const a = await guest('r12')
      const recording = await open('r12').record({ id: newId('recording', 0), path: rig.file('room') })
      await heard(80, a)
      await over(a)
      const kept = await recording.done

      expect(kept.end).toBe('hangup')
      expect(likeness(readWav(kept.path), tune(80, 1))).toBeGreaterThan(same)
    })

    it('is monitored like any other talk', async () => {
      const [a, b] = [await guest('r13'), await guest('r13')]
      const monitor = await a.call.monitor({ id: newId('recording', 0), path: rig.file('mixed'), channels: 'mono' })
      await heard(81, a)
      await heard(82, b)
      monitor.stop()
      const samples = readWav((await monitor.done).path)

      expect(likeness(samples, tune(81, 1))).toBeGreaterThan(same)
      expect(likeness(samples, tune(82, 1))).toBeGreaterThan(same)
      await over(a, b)
    })

    it('plays to all, or to one alone', async () => {
      const [a, b] = [await guest('r14'), await guest('r14')]
      const ears = [a, b].map(({ phone }, i) => phone.listen(rig.file(`all-${i}`)))
      expect(await open('r14').play({ kind: 'file', path: rig.tuneFile(83, 1) })).toEqual({ kind: 'finished' })
      const [toA, toB] = await Promise.all(ears.map((ear) => ear.stop()))
      const alone = [a, b].map(({ phone }, i) => phone.listen(rig.file(`one-${i}`)))
      await open('r14').play({ kind: 'file', path: rig.tuneFile(84, 1) }, { member: a.call.id })
      const [onlyA, notB] = await Promise.all(alone.map((ear) => ear.stop()))

      expect(likeness(toA as Int16Array, tune(83, 1))).toBeGreaterThan(same)
      expect(likeness(toB as Int16Array, tune(83, 1))).toBeGreaterThan(same)
      expect(likeness(onlyA as Int16Array, tune(84, 1))).toBeGreaterThan(same)
      expect(likeness(notB as Int16Array, tune(84, 1))).toBeLessThan(other)
      await over(a, b)
    })

    it('stops what is played', async () => {
      const a = await guest('r15')
      const endless = open('r15').play(tone('dial'))
      const alone = open('r15').play(tone('dial'), { member: a.call.id })
      await heard(85, a)
      await open('r15').stopPlaying()
      await open('r15').stopPlaying(a.call.id)

      expect(await endless).toEqual({ kind: 'stopped' })
      expect(await alone).toEqual({ kind: 'stopped' })
      await over(a)
    })

    it('stops what is still to be played', async () => {
      const a = await guest('r15b')
      const [toAll, alone] = [open('r15b').play(tone('dial')), open('r15b').play(tone('dial'), { member: a.call.id })]
      await open('r15b').stopPlaying()
      await open('r15b').stopPlaying(a.call.id)

      expect([await toAll, await alone]).toEqual([{ kind: 'stopped' }, { kind: 'stopped' }])
      await over(a)
    })

    it('tells who speaks and when they are done', async () => {
      const [a, b] = [await guest('r16'), await guest('r16')]
      await heard(86, a)

      expect(await event(b, 'speaking', a)).toEqual({ kind: 'speaking', member: a.call.id })
      expect(await event(b, 'silent', a)).toEqual({ kind: 'silent', member: a.call.id })
      expect(b.events.filter((one) => one.kind === 'speaking' && one.member === b.call.id)).toEqual([])
      await over(a, b)
    })

    it('is left by * where that is asked for, and tells keys', async () => {
      const [a, b] = [await guest('r17', { hangupOnStar: true, keys: ['#9', '1'] }), await guest('r17')]
      await a.phone.press('1#9')
      expect(await event(b, 'keys', a)).toMatchObject({ keys: '1' })
      const told = () => b.events.filter((one) => one.kind === 'keys').length
      await eventually(told, (count) => count === 2)
      await b.phone.press('*')
      await a.phone.press('*')

      expect(b.events.filter((one) => one.kind === 'keys').map((one) => one.keys)).toEqual(['1', '#9'])
      expect(await a.left).toMatchObject({ end: 'key' })
      expect(open('r17').members).toHaveLength(1)
      await over(a, b)
    })

    it('refuses one more than it holds', async () => {
      const [a, b] = [await guest('r18'), await guest('r18')]
      const { call, caller } = await rig.answered()

      expect(await call.join('r18', { maxMembers: 2 })).toMatchObject({ end: 'full', seconds: 0 })
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      expect(open('r18').members).toHaveLength(2)
      await rig.over(call, caller)
      await over(a, b)
    })

    it('ends when its time is over', async () => {
      const [a, b] = [await guest('r19', { maxSeconds: 1 }), await guest('r19')]

      expect(await a.left).toMatchObject({ end: 'room_ended' })
      expect(await b.left).toMatchObject({ end: 'room_ended' })
      await over(a, b)
    })

    it('lets go who does not stay alone', async () => {
      const [a, b] = [await guest('r20', { stayAlone: false }), await guest('r20')]
      b.call.stop()

      expect(await b.left).toMatchObject({ end: 'stopped' })
      expect(await a.left).toMatchObject({ end: 'alone' })
      await over(a, b)
    })

    it('ends when it is told to, and its name is free', async () => {
      const a = await guest('r21')
      const first = open('r21')
      await first.end()
      await first.end()
      expect(await a.left).toMatchObject({ end: 'room_ended' })
      await expect(first.play(tone('beep'))).rejects.toMatchObject({ code: 'not_found' })
      const again = await guest('r21')

      expect(open('r21').id).not.toBe(first.id)
      await over(a, again)
    })

    it('ends with the call, and those who are left are told', async () => {
      const [a, b] = [await guest('r22'), await guest('r22')]
      a.phone.hangup()

      await expect(a.left).rejects.toBeInstanceOf(CallEnded)
      expect(await event(b, 'left', a)).toMatchObject({ members: 1 })
      await a.phone.ended
      await over(b)
    })

    it.each<[string, string, JoinOptions, string]>([
      ['no name', '', {}, '/room'],
      ['a name too long', 'x'.repeat(129), {}, '/room'],
      ['a line break in the name', 'a\r\nb', {}, '/room'],
      ['too many members', 'r23', { maxMembers: 201 }, '/maxMembers'],
      ['no time', 'r23', { maxSeconds: 0 }, '/maxSeconds'],
    ])('refuses %s', async (_, name, options, field) => {
      const { call, caller } = await rig.answered()

      await expect(call.join(name, options)).rejects.toMatchObject({ code: 'invalid_request', fields: [{ field }] })
      await rig.over(call, caller)
    })
  })
}
