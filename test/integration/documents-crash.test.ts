import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { emptyDatabase } from '../kit/database.ts'
import { eventually } from '../kit/eventually.ts'
import type { House } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

const scope = new Scope('documents of a killed service')
let house: House
let program: Program
let documents: DocumentHouse
let store: pg.Client

beforeAll(async () => {
  const database = await emptyDatabase()
  scope.add('database', () => database.close())
  ;({ house, program, documents } = await openDocuments(scope, { DATABASE_URL: database.url }))
  store = new pg.Client({ connectionString: database.url })
  await store.connect()
  scope.add('client of the database', () => store.end())
})
afterAll(() => scope.close())

/** What each path was told; `undefined` where it was told more or less than once. */
const once = (path: string): Record<string, string> | undefined => {
  const asked = program.asked(path)
  return asked.length === 1 ? asked[0] : undefined
}

const called = async (url: string, from = house.stranger()) =>
  (await house.phone(from)).call(await documents.numberOf(url))

/** Waits until what so many elements owe their URLs is in the store; nobody else can see that. */
async function owed(elements: number): Promise<void> {
  const count = async (): Promise<number> => {
    const { rows } = await store.query<{ n: number }>(
      "select count(*)::int as n from pending_ends where dialect = 'documents' and id <> call_id",
    )
    return rows[0]?.n ?? 0
  }
  expect(await eventually(count, (n) => n === elements)).toBe(elements)
}

async function killAndStart(): Promise<void> {
  await house.service.kill9()
  await house.service.restart()
}

test('a message that a kill cut off is told to the URLs of its Record, once, before the end of the call', async () => {
  const answer = program.at(
    '/message',
    `<Record fileFormat="wav" action="${program.at('/action', '')}" callbackUrl="${program.at('/callback', '')}" timeout="30"/>`,
  )
  const number = await documents.numberOf(answer, { hangup_url: program.at('/hangup', '') })
  const phone = (await house.phone(house.stranger())).call(number)
  await phone.answered
  const folder = join(house.service.dataFolder, 'recordings')
  await eventually(
    () => readdirSync(folder),
    (files) => files.length > 0,
  )
  const talking = phone.play(house.wav(tune(21, 20)))
  // Four seconds of it.
  await eventually(
    () => readdirSync(folder).map((name) => statSync(join(folder, name)).size),
    (sizes) => sizes.some((size) => size > 64_000),
    20_000,
  )

  await killAndStart()

  const hangup = await program.until('/hangup')
  expect(program.receiver.received.map(({ path }) => path)).toEqual(['/message', '/callback', '/action', '/hangup'])
  const [callback, action] = [once('/callback'), once('/action')]
  expect(callback).toMatchObject({ CallUUID: hangup.CallUUID, RecordingID: expect.stringMatching(/^rec_/) })
  expect(action).toMatchObject({ RecordUrl: callback?.RecordUrl, Digits: '' })
  expect(action).toMatchObject({ CallStatus: 'completed', HangupCause: hangup.HangupCause, Duration: hangup.Duration })
  expect(Number(callback?.RecordingDurationMs)).toBeGreaterThanOrEqual(3500)
  expect(likeness(await house.download(callback?.RecordUrl ?? ''), tune(21, 3))).toBeGreaterThan(0.9)
  // As long as what was recorded of it.
  expect(Number(hangup.Duration)).toBeGreaterThanOrEqual(4)
  const { items } = await house.service.api<{ items: { id: string; state: string }[] }>(
    'GET',
    `/v1/recordings?call=${hangup.CallUUID}&state=kept`,
  )
  expect(items).toMatchObject([{ id: callback?.RecordingID, state: 'kept' }])
  await killAndStart()
  expect([once('/callback'), once('/action'), once('/hangup')]).toEqual([callback, action, hangup])
  // The call ended under it.
  await talking.catch(() => {})
})

test('a Dial that a kill cut off is told to its URLs, and one that still rang', async () => {
  const [ann, bob] = [await house.signedIn(), await house.signedIn()]
  const dial = (name: string, username: string): string =>
    program.at(
      `/${name}`,
      `<Dial action="${program.at(`/${name}-action`, '')}" callbackUrl="${program.at(`/${name}-callback`, '')}"><User>sip:${username}@phone.plivo.com</User></Dial>`,
    )
  const talk = await called(dial('talk', ann.username))
  await (await ann.nextCall()).answer()
  await talk.answered
  await program.until('/talk-callback', 2)
  const stranger = house.stranger()
  await called(dial('ring', bob.username), stranger)
  await bob.nextCall()
  // What the store has by then tells whoever starts next that somebody was rung.
  await house.told(stranger, /^ringing /)

  await killAndStart()

  expect(await program.until('/talk-action')).toMatchObject({ DialStatus: 'completed', DialRingStatus: 'true' })
  expect(await program.until('/talk-callback', 3)).toMatchObject({
    ...{ DialAction: 'hangup', Event: 'DialHangup', DialBLegTo: ann.username, DialBLegHangupSource: 'Plivo' },
    DialBLegDuration: expect.stringMatching(/^\d+$/),
  })
  expect(await program.until('/ring-action')).toMatchObject({ DialStatus: 'failed', DialBLegUUID: '' })
  expect(program.asked('/ring-callback')).toEqual([])
})

test('a Record of a conference that a kill cut off is told to its callback_url, once', async () => {
  const speaks = await called(program.at('/speaks', '<Conference>kept</Conference>'))
  await called(program.at('/listens', '<Conference>kept</Conference>'))
  await eventually(
    () => documents.rest('GET', 'Conference/kept/'),
    ({ body }) => body.conference_member_count === '2',
  )
  const callback = { file_format: 'wav', callback_url: program.at('/room-recorded', '') }
  const { status, body } = await documents.rest('POST', 'Conference/kept/Record/', callback)
  expect(status).toBe(202)
  const folder = join(house.service.dataFolder, 'recordings')
  const talking = speaks.play(house.wav(tune(22, 20)))
  await eventually(
    () => readdirSync(folder).filter((name) => name.includes(String(body.recording_id))),
    (names) => names.some((name) => statSync(join(folder, name)).size > 64_000),
    20_000,
  )

  await killAndStart()

  const told = await program.until('/room-recorded')
  const { recording_id: RecordingID } = body
  expect(told).toMatchObject({ ConferenceName: 'kept', ConferenceAction: 'record', RecordingID })
  expect(likeness(await house.download(told.RecordUrl ?? ''), tune(22, 3))).toBeGreaterThan(0.9)
  await killAndStart()
  expect(once('/room-recorded')).toEqual(told)
  // The call ended under it.
  await talking.catch(() => {})
})

test('a Conference that a kill cut off is told to its URLs, and of one who had left before it nothing more', async () => {
  const conference = (name: string): string =>
    program.at(
      `/${name}`,
      `<Conference action="${program.at(`/${name}-action`, '')}" callbackUrl="${program.at(`/${name}-callback`, '')}">late</Conference>`,
    )
  const gone = await called(conference('gone'))
  await called(conference('there'))
  await program.until('/gone-callback')
  await program.until('/there-callback')
  gone.hangup()
  await program.until('/gone-action')
  // Its answer is noted: what was not would be told again.
  await house.service.until<{ items: unknown[] }>(
    '/v1/webhooks/deliveries?state=queued',
    ({ items }) => items.length === 0,
  )
  await owed(1)

  await killAndStart()

  await program.until('/there-callback', 2)
  await program.until('/there-action')
  for (const name of ['gone', 'there']) {
    const actions = program.asked(`/${name}-callback`).map(({ ConferenceAction }) => ConferenceAction)
    expect(actions, name).toEqual(['enter', 'exit'])
    expect(once(`/${name}-action`), name).toMatchObject({ ConferenceName: 'late' })
  }
})
