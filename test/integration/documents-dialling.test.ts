import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, loudness, rate, tune } from '../kit/audio.ts'
import { called, type OpenDocuments, openDocuments, tuneAt } from './documents-kit.ts'

describe('what Dial of a document says of itself', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let here: OpenDocuments
  let house: OpenDocuments['house']
  let program: OpenDocuments['program']

  beforeAll(async () => {
    here = await openDocuments(scope)
    ;({ house, program } = here)
  })
  afterAll(() => scope.close())

  /** A stranger calls a number whose document dials a phone that is signed in. */
  async function dialled(name: string, attributes: string, { before = '', after = '' } = {}) {
    const ann = await house.signedIn()
    const dial = `<Dial action="${program.at(`/${name}-done`, '<Hangup/>')}" ${attributes}><User>sip:${ann.username}@phone.plivo.com</User></Dial>`
    return { ann, ...(await called(here, name, `${before}${dial}${after}`)) }
  }

  it('puts through who presses the key that it wants, and nobody else', async () => {
    const asks = program.at('/press-asks', `<Play loop="0">${tuneAt(here, 81)}</Play>`)
    const { ann, stranger, phone } = await dialled('press', `confirmSound="${asks}" confirmKey="5" confirmTimeout="30"`)

    const leg = await ann.nextCall()
    await leg.answer()
    const listening = leg.listen()
    await leg.press('4')
    await leg.play(house.wav(new Int16Array(rate)))
    const { timeline } = await house.callFrom(stranger)
    await leg.press('5')
    await house.told(stranger, /both sides hear each other/)
    await phone.play(house.wav(tune(82, 1)))
    const heard = await listening.stop()
    phone.hangup()

    expect(timeline.map(({ text }) => text)).not.toContainEqual(expect.stringContaining('both sides hear'))
    expect(likeness(heard, tune(82, 1))).toBeGreaterThan(0.8)
  })

  it('gives up who does not press the key in time', async () => {
    const asks = program.at('/late-asks', `<Play loop="0">${tuneAt(here, 83, 0.96)}</Play>`)
    const told = `callbackUrl="${program.at('/late-told', '')}"`
    const { ann, phone } = await dialled('late', `${told} confirmSound="${asks}" confirmKey="5" confirmTimeout="3"`)

    const leg = await ann.nextCall()
    await leg.answer()
    const listening = leg.listen()
    await leg.ended
    await phone.ended

    expect(likeness(await listening.stop(), tune(83, 0.96))).toBeGreaterThan(0.8)
    const result = { DialStatus: 'failed', DialRingStatus: 'true', DialHangupCause: 'CALL_REJECTED', DialBLegUUID: '' }
    expect(program.asked('/late-done')).toMatchObject([result])
    // Asked for the document, then told of the end, behind all that was told before.
    await program.until('/late', 2)
    expect(program.asked('/late-told')).toEqual([])
  })

  it('tells of the leg that pressed the key alone, and of each leg of a call by an id of its own', async () => {
    const asks = program.at('/both-asks', `<Play loop="0">${tuneAt(here, 87, 0.96)}</Play>`)
    const bob = await house.signedIn()
    const attributes = `callbackUrl="${program.at('/both-told', '')}" confirmSound="${asks}" confirmKey="5"`
    const after = `<Dial ${attributes}><User>sip:${bob.username}@phone.plivo.com</User></Dial>`
    const carl = await house.signedIn()
    const both = `<User>sip:${carl.username}@phone.plivo.com</User><User>sip:${bob.username}@phone.plivo.com</User>`
    const first = `<Dial redirect="false" action="${program.at('/both-done', '')}" ${attributes}>${both}</Dial>`
    const { phone } = await called(here, 'both', first + after)

    const [silent, presses] = await Promise.all([carl.nextCall(), bob.nextCall()])
    await Promise.all([silent.answer(), presses.answer()])
    await presses.press('5')
    await silent.ended
    await program.until('/both-told', 2)
    presses.hangup()
    const again = await bob.nextCall()
    await again.answer()
    await again.press('5')
    await program.until('/both-told', 5)
    again.hangup()
    await phone.ended
    await program.until('/both-told', 6)

    const told = program.asked('/both-told')
    const one = ['answer', 'connected', 'hangup']
    expect(told.map(({ DialAction }) => DialAction)).toEqual([...one, ...one])
    expect(new Set(told.map(({ DialBLegTo }) => DialBLegTo))).toEqual(new Set([bob.username]))
    const [leg, next] = [told[0]?.DialBLegUUID, told[3]?.DialBLegUUID]
    expect(told.map(({ DialBLegUUID }) => DialBLegUUID)).toEqual([leg, leg, leg, next, next, next])
    expect(next).not.toBe(leg)
    expect(program.asked('/both-done')).toMatchObject([{ DialStatus: 'completed', DialBLegUUID: leg }])
  })

  it('lets the caller end the talk by *, and goes on with the document where it is not redirected', async () => {
    const after = `<Redirect>${program.at('/star-after', '')}</Redirect>`
    const { ann, stranger, phone } = await dialled('star', 'hangupOnStar="true" redirect="false"', { after })

    const leg = await ann.nextCall()
    await leg.answer()
    await house.told(stranger, /both sides hear each other/)
    await phone.press('*')
    await leg.ended
    await phone.ended

    expect(program.asked('/star-after')).toHaveLength(1)
    expect(await program.until('/star-done')).toMatchObject({
      DialStatus: 'completed',
      DialHangupCause: 'NORMAL_CLEARING',
    })
  })

  it('ends the talk when its time is over', async () => {
    const { ann, phone } = await dialled('limit', 'timeLimit="1"')

    const leg = await ann.nextCall()
    await leg.answer()
    await leg.ended
    await phone.ended

    expect(program.asked('/limit-done')).toMatchObject([{ DialStatus: 'completed' }])
  })

  it('rings for as long as it says', async () => {
    const { ann, phone } = await dialled('rings', 'timeout="1"')

    const leg = await ann.nextCall()
    leg.ring()
    await leg.ended
    await phone.ended

    expect(program.asked('/rings-done')).toMatchObject([{ DialStatus: 'timeout', DialRingStatus: 'true' }])
  })

  it.each([
    { caller: 'who is not picked up yet', name: 'early', before: '' },
    { caller: 'who is picked up', name: 'late-music', before: '<Play>SOUND</Play>' },
  ])('plays its music to a caller $caller, until somebody answers', async ({ name, before }) => {
    const music = program.at(`/${name}-music`, `<Play>${tuneAt(here, 84, 1.92)}</Play>`)
    const { ann, stranger, phone } = await dialled(name, `dialMusic="${music}"`, {
      before: before.replace('SOUND', tuneAt(here, 85, 0.24)),
    })

    const leg = await ann.nextCall()
    leg.ring()
    await Promise.race([phone.ringing, phone.answered])
    const listening = phone.listen()
    await phone.play(house.wav(new Int16Array(4 * rate)))
    const heard = await listening.stop()
    await leg.answer()
    await house.told(stranger, /both sides hear each other/)
    const talking = phone.listen()
    await leg.play(house.wav(tune(86, 1)))
    const talk = await talking.stop()
    leg.hangup()
    await phone.ended

    expect(likeness(heard, tune(84, 1.92))).toBeGreaterThan(0.8)
    expect(likeness(talk, tune(86, 1))).toBeGreaterThan(0.8)
    expect(likeness(talk, tune(84, 1.92))).toBeLessThan(0.5)
  })

  it.each([
    { music: 'nothing where it says none', attribute: 'dialMusic="none"', name: 'silent', heard: [0, 20] },
    { music: 'a ring tone where it says nothing', attribute: '', name: 'tone', heard: [200, 20_000] },
  ])('plays $music', async ({ attribute, name, heard: [least = 0, most = 0] }) => {
    const { ann, phone } = await dialled(name, attribute, { before: `<Play>${tuneAt(here, 87, 0.24)}</Play>` })

    const leg = await ann.nextCall()
    leg.ring()
    const listening = phone.listen()
    await phone.play(house.wav(new Int16Array(2 * rate)))
    const loud = loudness(await listening.stop())
    leg.refuse(486)
    await phone.ended

    expect(loud).toBeLessThanOrEqual(most)
    expect(loud).toBeGreaterThanOrEqual(least)
  })
})
