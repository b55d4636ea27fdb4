import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import type { House } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

describe('Dial of a document', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
  })
  afterAll(() => scope.close())

  /** A stranger calls a number whose document this is. */
  async function called(name: string, document: string) {
    const number = await documents.numberOf(program.at(`/${name}`, document))
    const stranger = house.stranger()
    return { stranger, phone: (await house.phone(stranger)).call(number) }
  }

  const user = (username: string): string => `sip:${username}@phone.plivo.com`

  it('signs in at a peer that asks for it, and gives each User its own headers', async () => {
    const peer = await house.phone('peer')
    const uri = `sip:desk@127.0.0.1:${peer.port}`
    const credentials = 'sipAuthUsername="ann" sipAuthPassword="an open secret"'
    const { phone } = await called(
      'auth',
      `<Dial action="${program.at('/auth-done', '<Hangup/>')}" sipHeaders="Order=7"><User ${credentials} sipHeaders="Room=12">${uri}</User></Dial>`,
    )

    const first = await peer.nextCall()
    first.challenge('peer', 'nonce-1')
    const second = await peer.nextCall()
    await second.answer()
    await phone.answered
    second.hangup()
    await phone.ended

    const authorization = second.header('Authorization') ?? ''
    const field = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(authorization)?.[1] ?? ''
    const secret = md5('ann:peer:an open secret')
    expect(field('username')).toBe('ann')
    expect(field('response')).toBe(md5(`${secret}:nonce-1:${md5(`INVITE:${field('uri')}`)}`))
    expect([second.header('X-PH-Order'), second.header('X-PH-Room')]).toEqual(['7', '12'])
    expect(program.asked('/auth-done')).toMatchObject([{ DialStatus: 'completed' }])
  })

  it('tells of the leg that picked up, was put through and hung up', async () => {
    const sound = program.sound('/short.wav', readFileSync(house.wav(tune(45, 1))))
    const [ann, bob] = [await house.signedIn(), await house.signedIn()]
    const { stranger, phone } = await called(
      'legs',
      `<Dial callbackUrl="${program.at('/legs-told', '')}" confirmSound="${program.at('/legs-sound', `<Play>${sound}</Play>`)}"><User>${user(ann.username)}</User><User>${user(bob.username)}</User></Dial>`,
    )

    const [, leg] = await Promise.all([ann.nextCall(), bob.nextCall()])
    await leg.answer()
    await phone.answered
    leg.hangup()
    await phone.ended
    await program.until('/legs-told', 3)

    const from = stranger.slice(1)
    const common = { DialBLegFrom: from, DialBLegTo: bob.username, DialBLegPosition: '2' }
    const told = program.asked('/legs-told')
    expect(told).toMatchObject([
      { ...common, DialAction: 'answer', Event: 'DialAnswer', DialBLegStatus: 'answer' },
      { ...common, DialAction: 'connected', Event: 'DialConnected', DialBLegStatus: 'answer' },
      {
        ...common,
        DialAction: 'hangup',
        Event: 'DialHangup',
        DialBLegStatus: 'hangup',
        DialBLegDuration: expect.stringMatching(/^[0-9]$/),
        DialBLegBillDuration: expect.stringMatching(/^(?:0|60)$/),
        DialBLegHangupCause: 'NORMAL_CLEARING',
        DialBLegHangupCauseName: 'Normal Hangup',
        DialBLegHangupCauseCode: '4000',
        DialBLegHangupSource: 'Callee',
      },
    ])
    expect(new Set(told.map(({ DialBLegUUID }) => DialBLegUUID)).size).toBe(1)
  })

  it('rings no host that the operator did not allow, and calls as nobody else', async () => {
    const ann = await house.signedIn()
    const { stranger, phone } = await called(
      'guarded',
      `<Dial action="${program.at('/guarded-next', `<Dial callerId="12025550199"><User>${user(ann.username)}</User></Dial>`)}"><User>sip:x@10.1.1.1</User></Dial>`,
    )

    const leg = await ann.nextCall()
    leg.refuse(486)
    await phone.ended

    expect(leg.remote.user).toBe(stranger)
    expect(program.asked('/guarded-next')).toMatchObject([{ DialStatus: 'failed', DialHangupCause: 'CALL_REJECTED' }])
    const { end } = await house.endedCall(stranger)
    expect(end?.chain[0]).toMatchObject({ code: 'not_allowed', sentence: expect.stringContaining('OFFHOOK_SIP_ALLOW') })
  })

  it('names the refusal of its credentials', async () => {
    const peer = await house.phone('peer')
    const uri = `sip:desk@127.0.0.1:${peer.port}`
    const { phone } = await called(
      'refused',
      `<Dial action="${program.at('/refused-done', '<Hangup/>')}"><User sipAuthUsername="ann" sipAuthPassword="a wrong secret">${uri}</User></Dial>`,
    )

    ;(await peer.nextCall()).challenge('peer', 'nonce-1')
    ;(await peer.nextCall()).challenge('peer', 'nonce-2')
    await phone.ended

    expect(program.asked('/refused-done')).toMatchObject([{ DialStatus: 'failed', DialHangupCause: 'sip_auth_failed' }])
  })

  it('lets the callee hear the confirm sound and puts it through without a key where none is wanted', async () => {
    const sound = program.sound('/confirm.wav', readFileSync(house.wav(tune(41, 2))))
    const ann = await house.signedIn()
    const { stranger, phone } = await called(
      'confirm',
      `<Dial confirmSound="${program.at('/confirm-sound', `<Play>${sound}</Play>`)}"><User>${user(ann.username)}</User></Dial>`,
    )

    const leg = await ann.nextCall()
    await leg.answer()
    const listening = leg.listen()
    await house.told(stranger, /both sides hear each other/)
    await phone.play(house.wav(tune(42, 2)))
    const heard = await listening.stop()
    leg.hangup()
    await phone.ended

    expect(likeness(heard, tune(41, 2))).toBeGreaterThan(0.9)
    expect(likeness(heard, tune(42, 2))).toBeGreaterThan(0.9)
  })

  it('with real music lets the caller hear the first of several that sends audio, and presses keys into it', async () => {
    const [ann, bob] = [await house.signedIn(), await house.signedIn()]
    const { phone } = await called(
      'real',
      `<Speak>Go</Speak><Dial dialMusic="real"><User sendDigits="42" sendOnPreanswer="true">${user(ann.username)}</User><User>${user(bob.username)}</User></Dial>`,
    )

    const [leg, other] = await Promise.all([ann.nextCall(), bob.nextCall()])
    other.ring()
    leg.progress()
    expect(await leg.heardKeys(2)).toBe('42')
    const listening = phone.listen()
    await leg.play(house.wav(tune(43, 2)))
    const heard = await listening.stop()
    await leg.answer()
    await other.ended
    leg.hangup()
    await phone.ended

    expect(likeness(heard, tune(43, 2))).toBeGreaterThan(0.9)
    expect(leg.keys).toBe('42')
  })

  it('presses keys once it has answered, tells of keys that match, and records from then on', async () => {
    const ann = await house.signedIn()
    const { stranger, phone } = await called(
      'keys',
      `<Record startOnDialAnswer="true" redirect="false" fileFormat="wav" recordChannelType="mono" callbackUrl="${program.at('/keys-recorded', '')}"/><Dial callbackUrl="${program.at('/keys-told', '')}" digitsMatch="12,99" digitsMatchBLeg="7"><User sendDigits="w5">${user(ann.username)}</User></Dial>`,
    )

    const leg = await ann.nextCall()
    await leg.answer()
    expect(await leg.heardKeys(1)).toBe('5')
    await house.told(stranger, /both sides hear each other/)
    await phone.press('312')
    await leg.press('7')
    const told = await program.until('/keys-told', 3)
    await phone.play(house.wav(tune(44, 2)))
    leg.hangup()
    await phone.ended

    const digits = program.asked('/keys-told').filter(({ DialAction }) => DialAction === 'digits')
    expect(told).toBeDefined()
    expect(digits.map(({ DialDigitsMatch, DialDigitsPressedBy }) => [DialDigitsMatch, DialDigitsPressedBy])).toEqual([
      ['12', 'ALeg'],
      ['7', 'BLeg'],
    ])
    const recorded = await program.until('/keys-recorded')
    expect(recorded.RecordingID).toMatch(/^rec_/)
    expect(likeness(await house.download(recorded.RecordUrl ?? ''), tune(44, 2))).toBeGreaterThan(0.9)
  })
})
