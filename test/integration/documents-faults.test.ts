import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import type { House } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

const sorry = 'We are sorry. A fault keeps us from going on with this call. Please try again later.'

describe('what a document wants and cannot have', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
  })
  afterAll(() => scope.close())

  /** A stranger calls a number whose document this is. */
  async function called(name: string, document: string, over: object = {}) {
    const number = await documents.numberOf(program.at(`/${name}`, document), over)
    const stranger = house.stranger()
    return { stranger, phone: (await house.phone(stranger)).call(number) }
  }

  const gone = (): string => `<Play>${program.url('/no-such.wav')}</Play>`

  it.each([
    ['GetDigits', (action: string, play: string) => `<GetDigits action="${action}" numDigits="1">${play}</GetDigits>`],
    [
      'GetInput',
      (action: string, play: string) =>
        `<GetInput action="${action}" inputType="dtmf" numDigits="1">${play}</GetInput>`,
    ],
    [
      'GetInput with speech',
      (action: string, play: string) =>
        `<GetInput action="${action}" inputType="dtmf speech" numDigits="1">${play}</GetInput>`,
    ],
  ])('%s asks without the sound that is not there', async (name, element) => {
    const path = name.replaceAll(' ', '-').toLowerCase()
    const action = program.at(`/${path}-done`, '<Hangup/>')
    const { phone } = await called(path, element(action, gone()))

    await phone.answered
    await phone.press('7')
    await phone.ended

    expect(program.asked(`/${path}-done`)).toMatchObject([{ Digits: '7' }])
  })

  it('plays what stands beside the sound that is not there', async () => {
    const sound = program.sound('/there.wav', readFileSync(house.wav(tune(31, 2))))
    const { phone } = await called('beside', `<GetDigits timeout="1">${gone()}<Play>${sound}</Play></GetDigits>`)

    await phone.answered
    const listening = phone.listen()
    await phone.ended

    expect(likeness(await listening.stop(), tune(31, 2))).toBeGreaterThan(0.9)
  })

  it('joins a conference whose sounds are not there', async () => {
    const sounds = program.at('/no-sounds', gone())
    const { phone } = await called(
      'room',
      `<Conference enterSound="${sounds}" exitSound="${sounds}" waitSound="${sounds}" hangupOnStar="true" action="${program.at('/room-done', '<Hangup/>')}" callbackUrl="${program.at('/room-told', '')}">quiet</Conference>`,
    )

    await phone.answered
    expect(await program.until('/room-told')).toMatchObject({ ConferenceAction: 'enter' })
    await phone.press('*')
    await phone.ended

    expect(program.asked('/room-done')).toHaveLength(1)
  })

  it('puts through without the music and the words that are not there', async () => {
    const ann = await house.signedIn()
    const sounds = program.at('/no-words', gone())
    const { phone } = await called(
      'dial',
      `<Speak>One moment</Speak><Dial dialMusic="${sounds}" confirmSound="${sounds}" callbackUrl="${program.at('/dial-told', '')}" action="${program.at('/dial-done', '<Hangup/>')}"><User>sip:${ann.username}@phone.plivo.com</User></Dial>`,
    )

    const leg = await ann.nextCall()
    await leg.answer()
    expect(await program.until('/dial-told', 2)).toMatchObject({ DialAction: 'connected' })
    leg.hangup()
    await phone.ended

    expect(program.asked('/dial-done')).toMatchObject([{ DialStatus: 'completed' }])
  })

  const unheard = '<Speak voice="Polly.Nobody" language="qaa-ZZ">words of no language</Speak>'

  it('gives a call whose element cannot be run to the fallback', async () => {
    const fallback_answer_url = program.at('/instead', '<Hangup/>')
    const { stranger, phone } = await called('unheard', unheard, { fallback_answer_url })

    await phone.ended

    expect(program.asked('/instead')).toHaveLength(1)
    expect((await house.endedCall(stranger)).end?.sentence).toBe('the document hung up')
  })

  it('apologises for an element that cannot be run where there is no fallback', async () => {
    const { stranger, phone } = await called('unheard-alone', unheard)

    await phone.answered
    const listening = phone.listen()
    await phone.ended

    expect(await house.saysIn(await listening.stop(), sorry)).toBeGreaterThan(0.8)
    expect((await house.endedCall(stranger)).end).toMatchObject({
      ...{ code: 'failed', sentence: expect.stringMatching(/^Speak cannot be run: /) },
    })
  })

  it('asks the fallback for a confirmSound that gives no document', async () => {
    const ann = await house.signedIn()
    const { stranger, phone } = await called(
      'confirm',
      `<Dial confirmSound="${program.url('/no-such-page')}"><User>sip:${ann.username}@phone.plivo.com</User></Dial>`,
      { fallback_answer_url: program.at('/confirm-instead', '<Hangup reason="busy"/>') },
    )

    await expect(phone.answered).rejects.toThrow('486')

    expect(program.asked('/confirm-instead')).toHaveLength(1)
    expect((await house.endedCall(stranger)).end?.sentence).toBe('the document refused the call as busy')
  })

  it.each([
    ['prompts and keys', (action: string) => `<GetDigits action="${action}" numDigits="1"/>`],
    ['speech', (action: string) => `<GetInput action="${action}" inputType="dtmf speech" numDigits="1"/>`],
  ])('answers no call within PreAnswer: %s', async (name, element) => {
    const path = `early-${name.slice(0, 3)}`
    const action = program.at(`/${path}-done`, '<Hangup reason="busy"/>')
    const { stranger, phone } = await called(path, `<PreAnswer>${element(action)}</PreAnswer>`)
    phone.answered.catch(() => {})

    await phone.ringing
    await phone.press('5')

    await expect(phone.answered).rejects.toThrow('486')
    expect(program.asked(`/${path}-done`)).toMatchObject([{ Digits: '5', CallStatus: 'ringing' }])
    expect((await house.endedCall(stranger)).answeredAt).toBeNull()
  })

  it('is heard within PreAnswer by a caller who is refused after it', async () => {
    const sound = program.sound('/early.wav', readFileSync(house.wav(tune(33, 2))))
    const { stranger, phone } = await called(
      'early',
      `<PreAnswer><Play>${sound}</Play><DTMF>12</DTMF><Wait length="1"/></PreAnswer><Hangup reason="rejected"/>`,
    )
    phone.answered.catch(() => {})

    await phone.ringing
    const listening = phone.listen()
    await phone.ended

    expect(likeness(await listening.stop(), tune(33, 2))).toBeGreaterThan(0.9)
    expect((await house.endedCall(stranger)).answeredAt).toBeNull()
  })

  it('ends GetInput with what was pressed when its time is over', async () => {
    const { phone } = await called(
      'whole',
      `<GetInput action="${program.at('/whole-done', '<Hangup/>')}" inputType="dtmf" executionTimeout="5" digitEndTimeout="10"/>`,
    )

    await phone.answered
    await phone.press('12')
    const pressed = performance.now()
    await phone.ended

    expect(program.asked('/whole-done')).toMatchObject([{ InputType: 'dtmf', Digits: '12' }])
    expect((program.requests('/whole-done')[0]?.at ?? 0) - pressed).toBeLessThan(9000)
  })

  it('tells the URLs of a Record how the call ended that was hung up in it', async () => {
    const { phone } = await called('left', `<Record action="${program.at('/left-done', '')}" redirect="false"/>`)

    await phone.answered
    await phone.play(house.wav(tune(21, 3)))
    phone.hangup()

    expect(await program.until('/left-done')).toMatchObject({
      CallStatus: 'completed',
      HangupCause: 'NORMAL_CLEARING',
      Duration: expect.stringMatching(/^[0-9]+$/),
      BillDuration: '60',
    })
  })
})
