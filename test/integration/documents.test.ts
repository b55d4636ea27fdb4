import { validateV3Signature } from 'plivo'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import type { House } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program, params } from './documents-kit.ts'

/** As of an answering machine: 1 kHz for half a second, and quiet after it. */
const beep = (): Int16Array =>
  Int16Array.from({ length: 16_000 }, (_, i) =>
    i < 4000 ? Math.round(9000 * Math.sin((2 * Math.PI * 1000 * i) / 8000)) : 0,
  )

describe('calls that documents drive', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
  })
  afterAll(() => scope.close())

  const numberOf = (url: string, over?: object) => documents.numberOf(url, over)

  it('says what it is told, hangs up at the end of the document and tells the hangup URL', async () => {
    const answer = program.at('/hello', '<Speak>Please wait while we are forwarding your call</Speak>')
    const number = await numberOf(answer, { hangup_url: program.at('/hello-hangup', '') })
    const stranger = house.stranger()

    const call = (await house.phone(stranger)).call(number)
    await call.answered
    const listening = call.listen()
    await call.ended

    expect(await house.saysIn(await listening.stop(), 'Please wait while we are forwarding your call')).toBeGreaterThan(
      0.9,
    )
    const record = await house.endedCall(stranger)
    expect(record.end?.sentence).toBe('the document came to its end')
    expect(program.asked('/hello')).toMatchObject([
      {
        CallUUID: record.id,
        From: stranger.slice(1),
        To: number.slice(1),
        CallStatus: 'ringing',
        Direction: 'inbound',
      },
    ])
    expect(await program.until('/hello-hangup')).toMatchObject({
      CallUUID: record.id,
      Event: 'Hangup',
      CallStatus: 'completed',
      HangupCause: 'NORMAL_CLEARING',
      HangupCauseName: 'End Of XML Instructions',
      HangupCauseCode: '4010',
    })
  })

  it('tells what the INVITE said of itself, and of a refusal that the document made', async () => {
    const number = await numberOf(program.at('/told', ''), { hangup_url: program.at('/told-hangup', '') })
    const headers = [
      ['x-ph-Order', '7 & 8'],
      ['X-Other', 'no'],
      ['Diversion', '<sip:+12025550101@carrier.example>;reason=unconditional'],
    ] as const

    await expect((await house.phone(house.stranger())).call(number, headers).answered).rejects.toThrow()

    const told = { ForwardedFrom: '12025550101', 'X-PH-Order': '7 & 8' }
    const hangup = await program.until('/told-hangup')
    expect(program.asked('/told')).toMatchObject([told])
    expect(program.asked('/told')[0]).not.toHaveProperty('X-Other')
    expect(hangup).toMatchObject({
      ...told,
      CallStatus: 'completed',
      HangupCause: 'NORMAL_CLEARING',
      HangupCauseCode: '4010',
      BillRate: '0.00000',
      AnswerTime: '',
    })
    expect(hangup.SessionStart).toBe(hangup.StartTime)
  })

  it('signs what it asks so that the validator of the dialect takes it', async () => {
    const number = await numberOf(program.at('/signed', '<Hangup reason="busy"/>'))

    await expect((await house.phone(house.stranger())).call(number).answered).rejects.toThrow()

    const [request] = program.requests('/signed')
    const { headers, method } = request!
    const nonce = String(headers['x-plivo-signature-v3-nonce'])
    const signature = String(headers['x-plivo-signature-v3'])
    const validate = (token: string) =>
      validateV3Signature(method, program.url('/signed'), nonce, token, signature, params(request!))
    expect(validate(house.service.token)).toBe(true)
    expect(validate('another token')).toBe(false)
  })

  it('gathers digits and goes on where the action says', async () => {
    const menu = program.at(
      '/menu',
      `<GetDigits action="${program.url('/chosen')}" numDigits="2" timeout="8"/><Hangup/>`,
    )
    program.at('/chosen', `<Redirect method="GET">${program.url('/last')}?a=b</Redirect>`)
    program.at('/last', '<Hangup/>')
    const number = await numberOf(menu)

    const call = (await house.phone(house.stranger())).call(number)
    await call.answered
    await call.press('42')
    await call.ended

    expect(program.asked('/chosen')).toMatchObject([{ Digits: '42', CallStatus: 'in-progress' }])
    expect(program.requests('/last').map(({ method }) => method)).toEqual(['GET'])
    expect(program.asked('/last')).toMatchObject([{ a: 'b', Event: 'Redirect' }])
  })

  it('goes to the next element where nobody presses a key', async () => {
    const number = await numberOf(
      program.at(
        '/nobody',
        `<GetDigits action="${program.url('/never')}" timeout="1"/><Redirect>${program.at('/after', '')}</Redirect>`,
      ),
    )

    const call = (await house.phone(house.stranger())).call(number)
    await call.ended

    expect(program.asked('/after')).toHaveLength(1)
    expect(program.asked('/never')).toHaveLength(0)
  })

  it('asks the fallback for an action as well, and tells a caller of a fault before it hangs up', async () => {
    const fallback = program.at('/steady', `<Redirect>${program.url('/gone-as-well')}</Redirect>`)
    const number = await numberOf(program.at('/leads', `<Redirect>${program.url('/gone-first')}</Redirect>`), {
      fallback_answer_url: fallback,
    })
    const from = house.stranger()

    const call = (await house.phone(from)).call(number)
    await call.answered
    const listening = call.listen()
    await call.ended

    expect(program.asked('/steady')).toHaveLength(1)
    const sorry = 'We are sorry. A fault keeps us from going on with this call. Please try again later.'
    expect(await house.saysIn(await listening.stop(), sorry)).toBeGreaterThan(0.8)
    expect((await house.endedCall(from)).end).toMatchObject({
      code: 'failed',
      sentence: expect.stringContaining('404'),
    })
  })

  it('asks the fallback where the answer URL gives no document, and names why where both do not', async () => {
    const fallback = program.at('/fallback', '<Hangup/>')
    const first = house.stranger()
    const second = house.stranger()

    await (await house.phone(first)).call(await numberOf(program.url('/gone'), { fallback_answer_url: fallback })).ended
    await (await house.phone(second)).call(
      await numberOf(program.at('/rubbish', '<Jump/>'), { hangup_url: program.at('/rubbish-end', '') }),
    ).ended

    expect((await house.endedCall(first)).end?.sentence).toBe('the document hung up')
    expect((await house.endedCall(second)).end?.sentence).toMatch(
      /there is no element "Jump" that may stand in Response/,
    )
    expect(await program.until('/rubbish-end')).toMatchObject({ HangupCauseCode: '8011', HangupSource: 'Error' })
  })

  it('forwards as source 1 does: SIP phone, mobile, voicemail, and a text with the recording', async () => {
    const owner = await house.signedIn()
    const away = await house.extension()
    const { number: mobile } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(mobile)}`, {
      assignment: { kind: 'extension', username: owner.username },
    })
    const callerId = await numberOf(program.at('/nobody', ''))
    const voicemail = await numberOf(
      program.at(
        '/voicemail',
        `<Speak>Please leave your message after the beep</Speak><Record action="${program.url('/message')}" method="GET"/><Speak>Thank you, your message has been recorded</Speak><Hangup/>`,
      ),
    )
    const number = await numberOf(
      program.at(
        '/forward',
        `<Speak>Please wait while we are forwarding your call</Speak><Dial callerName="Ann"><User>sip:${away}@phone.plivo.com</User></Dial><Dial callerId="${callerId}"><Number>${mobile.slice(1)}</Number></Dial><Speak>The number you're trying is not reachable at the moment. You are being redirected to the voice mail</Speak><Dial callerId="${callerId}" action="${program.url('/voice_mail')}" method="GET"><Number>${voicemail}</Number></Dial>`,
      ),
    )
    program.at(
      '/message',
      `<Message src="${number}" dst="${owner.username}">Your message</Message><Speak>Goodbye</Speak>`,
    )
    program.at('/voice_mail', '')
    const stranger = house.stranger()

    const call = (await house.phone(stranger)).call(number)
    await call.answered
    const listening = call.listen()
    const rung = await owner.nextCall()
    rung.refuse(480)
    await house.callTo(voicemail, ({ timeline }) => timeline.some(({ text }) => text === 'recording'), 30_000)
    await call.play(house.wav(tune(21, 3)))
    await call.press('#')
    await call.ended
    const heard = await listening.stop()

    for (const words of [
      'Please wait while we are forwarding your call',
      "The number you're trying is not reachable at the moment. You are being redirected to the voice mail",
      'Please leave your message after the beep',
    ])
      expect(await house.saysIn(heard, words), words).toBeGreaterThan(0.9)
    const record = await house.callTo(voicemail, ({ state }) => state === 'ended')
    const told = await program.until('/message')
    expect(told).toMatchObject({ CallUUID: record.id, Digits: '#', RecordingID: expect.stringMatching(/^rec_/) })
    expect(likeness(await house.download(told.RecordUrl ?? ''), tune(21, 3))).toBeGreaterThan(0.95)
    expect(Math.abs(Number(told.RecordingDurationMs) / 1000 - Number(told.RecordingDuration))).toBeLessThan(1)
    expect([rung.remote.user, record.from?.address]).toEqual([callerId, callerId])
    expect(await owner.nextText()).toMatchObject({ body: 'Your message' })
    expect(await program.until('/voice_mail')).toMatchObject({ DialStatus: 'completed', DialRingStatus: 'true' })
  })

  it('tells how a dial ended, and goes on after it', async () => {
    const bob = await house.signedIn()
    const number = await numberOf(
      program.at(
        '/dial',
        `<Dial action="${program.at('/dialled', '<Hangup/>')}"><User>sip:${bob.username}@phone.plivo.com</User></Dial>`,
      ),
    )

    const call = (await house.phone(house.stranger())).call(number)
    ;(await bob.nextCall()).refuse(486)
    await call.ended

    expect(program.asked('/dialled')).toMatchObject([
      { DialStatus: 'busy', DialRingStatus: 'true', DialHangupCause: 'USER_BUSY', DialBLegUUID: '' },
    ])
  })

  it.each([
    { ends: 'silence', wait: 'silence="true" minSilence="1000"', sound: tune(22, 2) },
    { ends: 'beep', wait: 'beep="true"', sound: beep() },
  ])('ends a long wait early on $ends', async ({ ends, wait, sound }) => {
    const after = program.at(`/after-${ends}`, '<Hangup/>')
    const number = await numberOf(
      program.at(`/wait-${ends}`, `<Speak>Go</Speak><Wait length="3000" ${wait}/><Redirect>${after}</Redirect>`),
    )
    const stranger = house.stranger()

    const call = (await house.phone(stranger)).call(number)
    await call.answered
    await house.told(stranger, /^listening/)
    await call.play(house.wav(sound))
    await call.ended

    expect((await house.endedCall(stranger)).end?.sentence).toBe('the document hung up')
  })
})
