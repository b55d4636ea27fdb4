import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { called, type OpenDocuments, openDocuments, tuneAt } from '../integration/documents-kit.ts'
import { likeness, loudness, rate, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import type { House } from '../kit/house.ts'
import { describeWith } from '../setup/tools.ts'
import { Customer } from './plivo/customer.ts'

const account = 'MAOFFHOOKTESTACCOUNT'
const same = 0.8

interface Listed {
  readonly objects: readonly Readonly<Record<string, unknown>>[]
  readonly meta: { readonly limit: number; readonly totalCount: number; readonly next: string | null }
}

// Whatever the other file asks of the client once is not asked here again.
describeWith(['openssl'], 'the resources of the official client', () => {
  const scope = new Scope('test')
  let here: OpenDocuments
  let house: House
  let program: OpenDocuments['program']
  let customer: Customer

  beforeAll(async () => {
    here = await openDocuments(scope, { OFFHOOK_CALLER_IDS: '+15550100' })
    ;({ house, program } = here)
    customer = await Customer.start(scope, house.service.url, { id: account, token: house.service.token })
  })
  afterAll(() => scope.close())

  const use = <T = Record<string, unknown>>(what: string, ...args: readonly unknown[]): Promise<T> =>
    customer.do<T>('use', { what, args })
  const list = (what: string, ...args: readonly unknown[]) => use<Listed>(`${what}.list`, ...args)
  const silence = (seconds: number): string => house.wav(new Int16Array(seconds * rate))

  it('does to the members of a conference what it is asked for', async () => {
    const enters = async () => {
      const { phone, stranger } = await called(
        here,
        'board',
        `<Conference callbackUrl="${program.at('/board-told', '')}">board</Conference>`,
      )
      await phone.answered
      const isThis = ({ From }: Record<string, string>) => From === stranger.slice(1)
      for (let n = 1; !program.asked('/board-told').some(isThis); n++) await program.until('/board-told', n)
      return { phone, id: program.asked('/board-told').find(isThis)?.CallUUID ?? '' }
    }
    const [ann, bob] = [await enters(), await enters()]
    const at = async (phone: typeof ann.phone, work: () => Promise<unknown>): Promise<Int16Array> => {
      const listening = phone.listen()
      await work()
      return listening.stop()
    }
    const members = async () =>
      (await use<{ members: { callUuid: string; muted: boolean; deaf: boolean }[] }>('conferences.get', 'board'))
        .members
    const says = (seed: number, by: typeof ann) => () => by.phone.play(house.wav(tune(seed, 1)))

    expect(await use('conferences.list')).toMatchObject({ conferences: ['board'] })
    const started = await use<{ recordingId: string }>('conferences.record', 'board', {
      fileFormat: 'wav',
      callbackUrl: program.at('/board-recorded', ''),
    })
    expect(await use('conferences.deafMember', 'board', ann.id)).toMatchObject({ memberId: [ann.id] })
    expect(await members()).toMatchObject([
      { callUuid: ann.id, deaf: true },
      { callUuid: bob.id, deaf: false },
    ])
    expect(loudness(await at(ann.phone, says(111, bob)))).toBeLessThan(50)
    await use('conferences.undeafMember', 'board', ann.id)
    expect(likeness(await at(ann.phone, says(112, bob)), tune(112, 1))).toBeGreaterThan(same)
    await use('conferences.muteMember', 'board', 'all')
    expect(await members()).toMatchObject([{ muted: true }, { muted: true }])
    await use('conferences.unmuteMember', 'board', `${ann.id},${bob.id}`)
    expect(likeness(await at(bob.phone, says(113, ann)), tune(113, 1))).toBeGreaterThan(same)

    const playing = await at(bob.phone, async () => {
      await use('conferences.playAudioToMember', 'board', 'all', tuneAt(here, 114, 1))
      await ann.phone.play(silence(2))
    })
    const unheard = await at(ann.phone, async () => {
      await use('conferences.speakTextToMember', 'board', bob.id, 'You have the floor', { language: 'en-US' })
      const spoken = await at(bob.phone, () => ann.phone.play(silence(3)))
      expect(await house.saysIn(spoken, 'You have the floor')).toBeGreaterThan(0.7)
    })
    expect(likeness(playing, tune(114, 1))).toBeGreaterThan(same)
    expect(loudness(unheard)).toBeLessThan(50)
    await use('conferences.speakTextToMember', 'board', bob.id, 'One, two, three, four, five, six, seven, eight, nine')
    await use('conferences.stopSpeakingTextToMember', 'board', bob.id)
    await use('conferences.playAudioToMember', 'board', ann.id, tuneAt(here, 115, 20))
    await use('conferences.stopPlayingAudioToMember', 'board', ann.id)
    await ann.phone.play(silence(1))
    expect(loudness(await at(ann.phone, () => bob.phone.play(silence(1))))).toBeLessThan(50)

    await use('conferences.stopRecording', 'board')
    const recorded = await program.until('/board-recorded')
    expect(recorded).toMatchObject({ RecordingID: started.recordingId, ConferenceName: 'board' })
    expect(likeness(await house.download(recorded.RecordUrl ?? ''), tune(113, 1))).toBeGreaterThan(same)
    await use('conferences.hangupMember', 'board', ann.id)
    await ann.phone.ended
    expect(await members()).toMatchObject([{ callUuid: bob.id }])
    await use('conferences.hangupAll')
    await bob.phone.ended
    expect(await use('conferences.list')).toMatchObject({ conferences: [] })

    const ofRoom = ({ objects }: Listed) => objects.filter(({ recordingId }) => recordingId === started.recordingId)
    const since = await list('recordings', { add_time__gte: '2001-01-01 00:00:00' })
    expect(ofRoom(since)).toMatchObject([
      { conferenceName: 'board', recordingType: 'conference', recordingFormat: 'wav' },
    ])
    expect(ofRoom(await list('recordings', { add_time__lt: '2001-01-01 00:00:00' }))).toEqual([])
  })

  it('sees a call that rings, and cancels it; another one takes what it was given', async () => {
    const ann = await house.signedIn()
    const place = (over: object) =>
      use<{ requestUuid: string }>(
        'calls.create',
        '15550100',
        ann.username,
        program.at('/placed', '<Wait length="60"/>'),
        over,
      )
    const { requestUuid: first } = await place({ callerName: 'Front desk', sipHeaders: 'Order=7,X-PH-Room=12' })
    const ringing = await ann.nextCall()
    ringing.ring()

    const queued = await eventually(
      () => use<Record<string, unknown>>('calls.listQueuedCalls'),
      (calls) => JSON.stringify(calls).includes(first),
    )
    expect(JSON.stringify(queued)).toContain(first)
    expect(await use('calls.getQueuedCall', first)).toMatchObject({ callUuid: first, direction: 'outbound' })
    await use('calls.cancel', first)
    expect(await ringing.ended).toMatchObject({ how: 'cancel' })
    expect(ringing.remote).toEqual({ user: '+15550100', name: 'Front desk' })
    expect([ringing.header('X-PH-Order'), ringing.header('X-PH-Room')]).toEqual(['7', '12'])

    const { requestUuid: second } = await place({
      sendDigits: 'w42',
      parentCallUuid: first,
      errorIfParentNotFound: true,
    })
    const answered = await ann.nextCall()
    await answered.answer()
    expect(await answered.heardKeys(2)).toBe('42')
    answered.hangup()
    const details = await eventually(
      () => use<Record<string, unknown>>('calls.get', second).catch(() => ({}) as Record<string, unknown>),
      ({ callUuid }) => callUuid === second,
    )
    expect(details).toMatchObject({ parentCallUuid: first, callDirection: 'outbound' })
    expect((await list('calls', { parentCallUuid: first })).objects).toMatchObject([{ callUuid: second }])
    await expect(place({ parentCallUuid: 'call_none', errorIfParentNotFound: true })).rejects.toThrow(
      /parent_call_uuid/,
    )
  })

  it('lists, changes and deletes applications', async () => {
    const { appId } = await use<{ appId: string }>('applications.create', 'Changed', { answerUrl: program.url('/old') })
    await use('applications.create', 'Another', { answerUrl: program.url('/other') })
    const rented = await use<{ numbers: { number: string }[] }>(
      'numbers.buy',
      (await use<Listed>('numbers.search', 'US')).objects[0]?.number,
      appId,
    )
    const number = rented.numbers[0]?.number ?? ''

    const page = await list('applications', { limit: 1 })
    const rest = await here.documents.rest('GET', (page.meta.next ?? '').replace(/^.*\/(?=Application\/)/, ''))
    expect(page).toMatchObject({ objects: [{ appName: 'Another' }], meta: { limit: 1 } })
    expect(rest.body).toMatchObject({
      objects: [{ app_id: appId }],
      meta: { previous: expect.stringMatching(/offset=0$/) },
    })
    await use('applications.update', appId, {
      ...{ answerUrl: program.at('/new', '<Hangup reason="busy"/>'), answerMethod: 'GET' },
      ...{ messageUrl: program.at('/new-text', ''), messageMethod: 'GET' },
      ...{ hangupUrl: program.at('/new-end', ''), hangupMethod: 'GET' },
    })
    // The client shows nobody the URLs of texts.
    const shown = (await here.documents.rest('GET', `Application/${appId}/`)).body
    await expect((await house.phone(house.stranger())).call(`+${number}`).answered).rejects.toThrow('486')
    await (await house.signedIn()).text(`+${number}`, 'Anybody?')

    expect(shown).toMatchObject({ answer_method: 'GET', message_url: program.url('/new-text'), message_method: 'GET' })
    expect(program.requests('/new').map(({ method }) => method)).toEqual(['GET'])
    expect(await program.until('/new-end')).toMatchObject({ HangupCauseName: 'Busy Line' })
    expect(await program.until('/new-text')).toMatchObject({ Text: 'Anybody?' })
    await use('applications.delete', appId)
    await expect(use('applications.get', appId)).rejects.toThrow(appId)
    expect((await list('numbers')).objects.find((one) => one.number === number)).toMatchObject({ application: null })
  })

  it('lists, changes and deletes endpoints, and shows the phone that is signed in', async () => {
    const { appId } = await use<{ appId: string }>('applications.create', 'Of an endpoint', {
      answerUrl: program.at('/endpoint', '<Hangup reason="busy"/>'),
    })
    const made = await use<{ endpointId: string; username: string }>(
      'endpoints.create',
      'desk',
      'a first secret',
      'Desk',
    )
    const phone = await house.phone(made.username, { password: 'a first secret' })
    expect(await phone.register()).toBe(200)

    expect(await use('endpoints.get', made.endpointId)).toMatchObject({
      ...{ sipRegistered: 'true', sipUri: `sip:${made.username}@phone.plivo.com` },
    })
    // The client shows nobody what else there is of it.
    expect((await here.documents.rest('GET', `Endpoint/${made.endpointId}/`)).body).toMatchObject({
      ...{ sip_contact: expect.stringContaining('sip:'), sip_user_agent: expect.any(String) },
      sip_expires: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    })
    await use('endpoints.update', made.endpointId, { alias: 'Front desk', password: 'a second secret', appId })
    const { objects } = await list('endpoints')
    expect(objects.find(({ endpointId }) => endpointId === made.endpointId)).toMatchObject({
      ...{ alias: 'Front desk', application: expect.stringContaining(appId) },
    })
    expect(await phone.register()).not.toBe(200)
    const again = await house.phone(made.username, { password: 'a second secret' })
    expect(await again.register()).toBe(200)
    await expect(again.call('12025550100').answered).rejects.toThrow('486')
    await use('endpoints.delete', made.endpointId)
    await expect(use('endpoints.get', made.endpointId)).rejects.toThrow(made.endpointId)
    expect(await again.register()).not.toBe(200)
  })

  it('lists, changes and gives back numbers, and finds others a page at a time', async () => {
    const { appId } = await use<{ appId: string }>('applications.create', 'Of a number', {
      answerUrl: program.at('/number', '<Hangup reason="rejected"/>'),
    })
    const found = await use<Listed>('numbers.search', 'US', { limit: 2 })
    const next = await here.documents.rest('GET', (found.meta.next ?? '').replace(/^.*\/(?=PhoneNumber\/)/, ''))
    const number = String(found.objects[0]?.number)
    await use('numbers.buy', number)

    await use('numbers.update', number, { appId, alias: 'Main' })
    const rented = (await list('numbers', { limit: 20 })).objects.find((one) => one.number === number)
    await expect((await house.phone(house.stranger())).call(`+${number}`).answered).rejects.toThrow('603')
    await use('numbers.unrent', number)
    const left = (await list('numbers')).objects.map((one) => one.number)

    expect(found.objects).toHaveLength(2)
    expect(next.status).toBe(200)
    expect(found.objects).not.toContainEqual(
      expect.objectContaining({ number: (next.body.objects as { number: string }[])[0]?.number }),
    )
    expect(rented).toMatchObject({ alias: 'Main', application: expect.stringContaining(appId), voiceEnabled: true })
    expect(left).not.toContain(number)
  })
})
