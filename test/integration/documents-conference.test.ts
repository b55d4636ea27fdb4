import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, loudness, rate, tune } from '../kit/audio.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { sine } from '../kit/sound.ts'
import { called, type OpenDocuments, openDocuments, tuneAt } from './documents-kit.ts'

const same = 0.8

interface Member {
  readonly phone: PhoneCall
  readonly id: string
}

describe('what Conference of a document says of itself', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let here: OpenDocuments
  let house: OpenDocuments['house']
  let program: OpenDocuments['program']
  let made = 0

  beforeAll(async () => {
    here = await openDocuments(scope)
    ;({ house, program } = here)
  })
  afterAll(() => scope.close())

  /** Somebody whose document leads to the room. What comes after it is asked of `/<path>-done`; events are told to `/<path>`. */
  async function joins(room: string, attributes = '', after = '') {
    const path = `room-${++made}`
    const urls = `action="${program.at(`/${path}-done`, '<Hangup/>')}" callbackUrl="${program.at(`/${path}`, '')}"`
    const { phone } = await called(here, `${path}-in`, `<Conference ${urls} ${attributes}>${room}</Conference>${after}`)
    await phone.answered
    return { phone, path, done: `/${path}-done` }
  }

  async function member(room: string, attributes = '', after = '') {
    const joined = await joins(room, attributes, after)
    const { CallUUID: id = '', ConferenceAction } = await program.until(`/${joined.path}`)
    expect(ConferenceAction).toBe('enter')
    return { ...joined, id }
  }

  const told = (path: string, action: string) =>
    program.asked(`/${path}`).filter(({ ConferenceAction }) => ConferenceAction === action)

  async function untilTold(path: string, action: string): Promise<Record<string, string>> {
    for (let n = 1; told(path, action).length === 0; n++) await program.until(`/${path}`, n)
    return told(path, action)[0] ?? {}
  }

  /** What each of the listeners hears while one speaks. */
  async function heard(seed: number, speaker: Member, ...listeners: Member[]): Promise<Int16Array[]> {
    const ears = listeners.map(({ phone }) => phone.listen())
    await speaker.phone.play(house.wav(tune(seed, 1)))
    return Promise.all(ears.map((ear) => ear.stop()))
  }

  const over = async (...members: Member[]): Promise<void> => {
    for (const { phone } of members) phone.hangup()
    await Promise.all(members.map(({ phone }) => phone.ended))
  }

  it('hears nothing of who is muted, and lets nothing through to who is deaf', async () => {
    const [muted, deaf, plain] = [
      await member('rights', 'muted="true"'),
      await member('rights', 'deaf="true"'),
      await member('rights'),
    ]
    const [fromMuted] = await heard(101, muted, plain)
    const [atPlain, atMuted] = await heard(102, deaf, plain, muted)
    const [atDeaf] = await heard(103, plain, deaf)
    await over(muted, deaf, plain)

    expect(loudness(fromMuted as Int16Array)).toBeLessThan(50)
    expect(likeness(atPlain as Int16Array, tune(102, 1))).toBeGreaterThan(same)
    expect(likeness(atMuted as Int16Array, tune(102, 1))).toBeGreaterThan(same)
    expect(loudness(atDeaf as Int16Array)).toBeLessThan(50)
  })

  it('plays the sounds of who enters and who leaves', async () => {
    const enter = program.at('/enter-sound', `<Play>${tuneAt(here, 104)}</Play>`)
    const first = await member('sounds')
    const entering = first.phone.listen()
    const second = await member('sounds', `enterSound="${enter}" exitSound="beep:2"`)
    await first.phone.play(house.wav(new Int16Array(2 * rate)))
    const entered = await entering.stop()
    const leaving = first.phone.listen()
    await over(second)
    await first.phone.play(house.wav(new Int16Array(2 * rate)))
    const left = await leaving.stop()
    await over(first)

    expect(likeness(entered, tune(104, 1))).toBeGreaterThan(same)
    expect(likeness(left, sine(1000, 400), 200)).toBeGreaterThan(same)
    expect(told(second.path, 'exit')).toHaveLength(1)
  })

  it('begins with its moderator, and ends with it', async () => {
    const music = program.at('/wait-sound', `<Play>${tuneAt(here, 105, 0.96)}</Play>`)
    const waits = await joins('moderated', `startConferenceOnEnter="false" waitSound="${music}"`)
    const waiting = waits.phone.listen()
    await waits.phone.play(house.wav(new Int16Array(3 * rate)))
    const heardBefore = await waiting.stop()
    const moderator = await member('moderated', 'endConferenceOnExit="true"')
    const guest = { ...waits, id: '' }
    const [atModerator] = await heard(106, guest, moderator)
    const [atGuest] = await heard(107, moderator, guest)
    await over(moderator)
    await waits.phone.ended

    expect(likeness(heardBefore, tune(105, 0.96))).toBeGreaterThan(same)
    expect(likeness(atModerator as Int16Array, tune(106, 1))).toBeGreaterThan(same)
    expect(likeness(atGuest as Int16Array, tune(107, 1))).toBeGreaterThan(same)
    expect(program.asked(waits.done)).toMatchObject([{ ConferenceName: 'moderated' }])
  })

  it.each([
    { why: 'its time is over', attributes: 'timeLimit="1"', end: async () => {} },
    { why: 'the member presses *', attributes: 'hangupOnStar="true"', end: (phone: PhoneCall) => phone.press('*') },
  ])('goes on where the action says when $why', async ({ why, attributes, end }) => {
    const one = await member(why.replace('*', 'star'), attributes)
    await end(one.phone)
    await one.phone.ended

    expect(program.asked(one.done)).toMatchObject([{ ConferenceMemberID: one.id, CallStatus: 'in-progress' }])
    await untilTold(one.path, 'exit')
  })

  it('lets go who does not stay alone, who goes on with the document where it is not redirected', async () => {
    const after = `<Redirect>${program.at('/alone-after', '')}</Redirect>`
    const [first, second] = [await member('pair', 'stayAlone="false" redirect="false"', after), await member('pair')]
    await over(second)
    await first.phone.ended

    expect(program.asked('/alone-after')).toHaveLength(1)
    expect(await program.until(first.done)).toMatchObject({ ConferenceName: 'pair' })
  })

  it('holds no more members than it says', async () => {
    const first = await member('full', 'maxMembers="1"')
    const second = await joins('full', 'maxMembers="1"')
    await second.phone.ended
    await over(first)

    expect(program.asked(second.done)).toMatchObject([{ ConferenceName: 'full' }])
    expect(told(second.path, 'enter')).toEqual([])
  })

  it('passes keys on where it is to, and tells who has the floor', async () => {
    const [first, second] = [await member('keys', 'floorEvent="true"'), await member('keys', 'relayDTMF="false"')]
    await second.phone.press('7')
    await first.phone.press('45')
    expect(await second.phone.heardKeys(2)).toBe('45')
    await heard(108, first, second)
    const floor = await untilTold(first.path, 'floor')
    await over(first, second)

    expect(first.phone.keys).toBe('')
    expect(floor).toMatchObject({ ConferenceMemberID: first.id, ConferenceName: 'keys' })
    expect(told(second.path, 'floor')).toEqual([])
  })

  it('records in the format that it says', async () => {
    const one = await member('kept', 'record="true" recordFileFormat="wav"')
    await heard(109, one)
    await over(one)

    const recorded = await untilTold(one.path, 'record')
    expect(recorded.RecordUrl).toMatch(/\.wav$/)
    expect(likeness(await house.download(recorded.RecordUrl ?? ''), tune(109, 1))).toBeGreaterThan(same)
  })
})
