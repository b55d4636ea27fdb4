import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House } from '../kit/house.ts'
import { describeWith } from '../setup/tools.ts'
import { Customer } from './plivo/customer.ts'

const account = 'MAOFFHOOKTESTACCOUNT'

// The official client as it comes from the registry: it talks TLS with a host of its own, whose name is in its code.
describeWith(['openssl'], 'the official client', () => {
  const scope = new Scope('test')
  let house: House
  let customer: Customer
  let made: {
    readonly number: string
    readonly bought: readonly object[]
    readonly application: Record<string, unknown>
  }
  /** Rented by the program. */
  let number: string

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
    customer = await Customer.start(scope, house.service.url, { id: account, token: house.service.token })
    made = await customer.do('setUp')
    number = made.number
  })
  afterAll(() => scope.close())

  it('finds a number, makes an application and rents the number for it', async () => {
    const { assignment } = await house.service.api<{ assignment: object }>('GET', `/v1/numbers/+${number}`)

    expect(made.bought).toMatchObject([{ number, status: 'Success' }])
    expect(made.application).toMatchObject({ appName: 'Forwarder', answerMethod: 'POST', enabled: true })
    expect(assignment).toEqual({ kind: 'application', application: made.application.appId })
  })

  it('places a call, whose callbacks it can verify, and fetches what was recorded', async () => {
    const ann = await house.signedIn()
    const heard = tune(33, 3)

    const { requestUuid: id, message } = await customer.do<{ requestUuid: string; message: string }>('call', {
      from: number,
      to: `sip:${ann.username}@phone.plivo.com`,
    })
    const call = await ann.nextCall()
    call.ring()
    await call.answer()
    const listening = call.listen()
    await house.service.until<{ timeline: { text: string }[] }>(`/v1/calls/${id}`, ({ timeline }) =>
      timeline.some(({ text }) => text === 'recording'),
    )
    await call.play(house.wav(heard))
    await call.press('#')
    await call.ended

    expect(message).toBe('call fired')
    expect(call.remote.user).toBe(`+${number}`)
    expect(await house.saysIn(await listening.stop(), 'Please leave your message after the beep')).toBeGreaterThan(0.9)
    expect(await customer.askedFor('/ring')).toMatchObject({
      v2: true,
      v3: true,
      params: { CallStatus: 'ringing', RequestUUID: id },
    })
    expect(await customer.askedFor('/outbound')).toMatchObject({
      method: 'POST',
      v2: true,
      v3: true,
      params: { CallUUID: id, From: number, Direction: 'outbound', ALegRequestUUID: id },
    })
    const recorded = await customer.askedFor('/recorded')
    expect(recorded).toMatchObject({ method: 'GET', v2: true, v3: true, params: { CallUUID: id, Digits: '#' } })
    expect(await customer.askedFor('/hangup', ({ CallUUID }) => CallUUID === id)).toMatchObject({
      v2: true,
      v3: true,
      params: { CallStatus: 'completed', HangupCauseCode: '4000', HangupSource: 'Answer XML' },
    })

    const [listed] = await customer.do<{ recordingId: string; recordingUrl: string }[]>('recordings', { call: id })
    const fetched = await customer.do<Record<string, string>>('fetchRecording', { id: listed?.recordingId })
    expect(fetched).toMatchObject({ recordingId: recorded.params.RecordingID, callUuid: id, recordingType: 'normal' })
    expect(Number(fetched.recordingDurationMs)).toBe(Number(recorded.params.RecordingDurationMs))
    expect(likeness(await house.download(listed?.recordingUrl ?? ''), heard)).toBeGreaterThan(0.95)
    expect(await customer.do('deleteRecording', { id: listed?.recordingId })).toBe(404)

    const details = await eventually(
      () => customer.do('details', { id }),
      ({ hangupCauseCode }) => hangupCauseCode !== null,
    )
    expect(details).toMatchObject({
      callUuid: id,
      callDirection: 'outbound',
      fromNumber: number,
      hangupSource: 'Answer XML',
    })
  })

  it('sees who calls, presses keys, records, and sends the caller to another document', async () => {
    const stranger = house.stranger()

    const call = (await house.phone(stranger)).call(`+${number}`)
    await call.answered
    const { params, v2, v3 } = await customer.askedFor('/forward', ({ From }) => From === stranger.slice(1))
    const id = params.CallUUID ?? ''
    const { ids, one } = await customer.do<{ ids: string[]; one: object }>('live', { id })
    await customer.do('press', { id, digits: '12' })
    await call.heardKeys(2)
    const started = await customer.do<{ url: string; recordingId: string }>('record', { id })
    await call.play(house.wav(tune(5, 2)))
    await customer.do('stopRecording', { id })
    const recording = await customer.askedFor('/recording')
    const listening = call.listen()
    const moved = await customer.do('transfer', { id })
    await call.ended

    expect([v2, v3]).toEqual([true, true])
    expect(ids).toContain(id)
    expect(one).toMatchObject({
      callUuid: id,
      direction: 'inbound',
      from: stranger.slice(1),
      callStatus: 'in-progress',
    })
    expect(call.keys).toBe('12')
    expect(recording).toMatchObject({
      v2: true,
      v3: true,
      params: { RecordingID: started.recordingId, RecordUrl: started.url },
    })
    // Both sides are in it, and the words of the document may not be over yet.
    expect(likeness(await house.download(started.url), tune(5, 2))).toBeGreaterThan(0.7)
    expect(moved).toMatchObject({ message: 'call transfered', callUuids: [id] })
    expect(await customer.askedFor('/moved')).toMatchObject({ method: 'GET', v2: true, v3: true })
    expect(await house.saysIn(await listening.stop(), 'You were moved')).toBeGreaterThan(0.9)
  })

  it('hangs up, and finds the call again by its parties', async () => {
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(`+${number}`)
    await call.answered
    const { params } = await customer.askedFor('/forward', ({ From }) => From === stranger.slice(1))

    await customer.do('hangUp', { id: params.CallUUID })
    await call.ended

    const found = await eventually(
      () =>
        customer.do<{ callUuid: string }[]>('calls', { fromNumber: stranger.slice(1), hangupSource: 'API Request' }),
      (calls) => calls.length > 0,
    )
    expect(found).toMatchObject([{ callUuid: params.CallUUID, toNumber: number, hangupCauseName: 'Normal Hangup' }])
    expect(await customer.do('wrongNumber')).toBe(404)
  })

  it('sends a text and is told what becomes of it', async () => {
    const ann = await house.signedIn()

    const { messageUuid } = await customer.do<{ messageUuid: string[] }>('text', {
      from: number,
      to: ann.username,
      body: 'New message',
    })
    const arrived = await ann.nextText()

    expect(arrived).toMatchObject({ body: 'New message' })
    const told = await customer.askedFor('/text-state', ({ Status }) => Status === 'delivered')
    expect(told).toMatchObject({
      v2: true,
      v3: true,
      params: { MessageUUID: messageUuid[0], From: number, Units: '1' },
    })
    expect(await customer.do('textDetails', { id: messageUuid[0] })).toMatchObject({
      messageState: 'delivered',
      messageDirection: 'outbound',
      fromNumber: number,
    })
  })

  it('is told of a text that comes in', async () => {
    const ann = await house.signedIn()

    await ann.text(`+${number}`, 'Are you there?')

    expect(await customer.askedFor('/text-in')).toMatchObject({
      v2: true,
      v3: true,
      params: { To: number, Text: 'Are you there?' },
    })
  })

  it('makes an endpoint that a phone can sign in as', async () => {
    const { made, got } = await customer.do<Record<'made' | 'got', Record<string, string>>>('endpoint')

    expect(made.username).toMatch(/^ann[0-9]{12}$/)
    expect(got).toMatchObject({ alias: 'Ann', sipRegistered: 'false', sipUri: `sip:${made.username}@phone.plivo.com` })
    const phone = await house.phone(made.username ?? '', { password: 'correct-horse' })
    expect(await phone.register()).toBe(200)
  })
})
