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
    const early = call.listen()
    await customer.do('say', { id, text: 'The service speaks to the caller' })
    await eventually(
      () => house.service.api<{ timeline: { text: string }[] }>('GET', `/v1/calls/${id}`),
      ({ timeline }) => timeline.some(({ text }) => /speaks to the caller.*over the rest/.test(text)),
    )
    const started = await customer.do<{ url: string; recordingId: string }>('record', { id })
    await call.play(house.wav(tune(5, 4)))
    const spoken = await early.stop()
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
    expect(await house.saysIn(spoken, 'The service speaks to the caller')).toBeGreaterThan(0.7)
    expect(recording).toMatchObject({
      v2: true,
      v3: true,
      params: { RecordingID: started.recordingId, RecordUrl: started.url },
    })
    // Both sides are in it, and the words of the document may not be over yet.
    expect(likeness(await house.download(started.url), tune(5, 4))).toBeGreaterThan(0.5)
    expect(moved).toMatchObject({ message: 'call transfered', callUuids: [id] })
    expect(await customer.askedFor('/moved')).toMatchObject({ method: 'GET', v2: true, v3: true })
    expect(await house.saysIn(await listening.stop(), 'You were moved')).toBeGreaterThan(0.9)
  })

  it('forwards as source 1 does: SIP phone, mobile, voice mail, and a text with the recording', async () => {
    const sip = await house.signedIn()
    const owner = await house.signedIn()
    const { number: mobile } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    const assignment = { kind: 'extension', username: owner.username }
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(mobile)}`, { assignment })
    const stranger = house.stranger()
    const { callerId, voicemailNumber } = await customer.do<Record<'callerId' | 'voicemailNumber', string>>(
      'forwarder',
      {
        sip: `sip:${sip.username}@phone.plivo.com`,
        mobile: mobile.slice(1),
      },
    )

    const call = (await house.phone(stranger)).call(`+${callerId}`)
    await call.answered
    const listening = call.listen()
    const first = await sip.nextCall()
    first.refuse(486)
    const second = await owner.nextCall()
    second.refuse(480)
    await house.callTo(
      `+${voicemailNumber}`,
      ({ timeline }) => timeline.some(({ text }) => text === 'recording'),
      40_000,
    )
    await call.play(house.wav(tune(21, 3)))
    await call.press('#')
    await call.ended
    const heard = await listening.stop()

    expect(first.remote).toMatchObject({ user: stranger, name: 'Forwarder' })
    expect(second.remote.user).toBe(`+${callerId}`)
    // Of what is said while the phone begins to listen the first syllable may be missing.
    for (const words of [
      'Please wait while we are forwarding your call',
      "The number you're trying is not reachable at the moment. You are being redirected to the voice mail",
      'Please leave your message after the beep',
    ])
      expect(await house.saysIn(heard, words), words).toBeGreaterThan(0.7)
    const { params, v2, v3 } = await customer.askedFor('/message')
    expect([v2, v3, params.Digits]).toEqual([true, true, '#'])
    expect(params.RecordUrl).toMatch(/\.mp3$/)
    expect(await customer.askedFor('/voice_mail')).toMatchObject({
      method: 'GET',
      params: { DialStatus: 'completed', DialRingStatus: 'true', To: callerId },
    })
    const text = await owner.nextText()
    expect(text.body).toBe(`New voice mail: ${params.RecordUrl}`)
    expect(likeness(await house.download(params.RecordUrl ?? ''), tune(21, 3))).toBeGreaterThan(0.9)
    expect(voicemailNumber).not.toBe(callerId)
  })

  it('holds a conference: its events, its members, and what is done to them', async () => {
    const { numbers } = await customer.do<{ numbers: { number: string }[] }>('room')
    const [first, second] = [house.stranger(), house.stranger()]
    const join = async (from: string) => {
      const call = (await house.phone(from)).call(`+${numbers[0]?.number}`)
      await call.answered
      const { params } = await customer.askedFor(
        '/room-event',
        ({ From, ConferenceAction }) => From === from.slice(1) && ConferenceAction === 'enter',
      )
      return { call, id: params.CallUUID ?? '', room: params.ConferenceUUID }
    }

    const ann = await join(first)
    const bob = await join(second)
    const conference = await customer.do<{ members: object[] }>('conference', { name: 'weekly' })
    const listening = bob.call.listen()
    await ann.call.play(house.wav(tune(9, 2)))
    const heard = await listening.stop()
    await ann.call.press('12')
    await customer.do('mute', { name: 'weekly', member: ann.id })
    const muted = await customer.do<{ members: object[] }>('conference', { name: 'weekly' })
    const spoken = bob.call.listen()
    await customer.do('kick', { name: 'weekly', member: bob.id })
    await bob.call.ended
    await customer.do('endConference', { name: 'weekly' })
    await ann.call.ended

    expect(conference).toMatchObject({ conferenceName: 'weekly', conferenceMemberCount: '2' })
    expect(conference.members).toMatchObject([
      { callUuid: ann.id, from: first.slice(1), muted: false },
      { callUuid: bob.id, from: second.slice(1) },
    ])
    expect(muted.members).toMatchObject([{ callUuid: ann.id, muted: true }, { muted: false }])
    expect(ann.room).toBe(bob.room)
    expect(likeness(heard, tune(9, 2))).toBeGreaterThan(0.9)
    expect(await house.saysIn(await spoken.stop(), 'You left')).toBeGreaterThan(0.9)
    expect(
      await customer.askedFor('/room-event', ({ ConferenceAction }) => ConferenceAction === 'digits'),
    ).toMatchObject({
      v3: true,
      params: { ConferenceDigitsMatch: '12', ConferenceMemberID: ann.id },
    })
    const recorded = await customer.askedFor('/room-event', ({ ConferenceAction }) => ConferenceAction === 'record')
    expect(recorded.params).toMatchObject({ ConferenceName: 'weekly', RecordUrl: expect.stringMatching(/\.wav$/) })
    expect(likeness(await house.download(recorded.params.RecordUrl ?? ''), tune(9, 2))).toBeGreaterThan(0.9)
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
