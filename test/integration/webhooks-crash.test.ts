import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { type Notification, Offhook, parseNotification } from '../../src/client/index.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { startReceiver } from '../kit/receiver.ts'
import { DocumentHouse, Program } from './documents-kit.ts'

const scope = new Scope('webhooks of a killed service')
let house: House
let documents: DocumentHouse

beforeAll(async () => {
  house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
  documents = new DocumentHouse(house)
})
afterAll(() => scope.close())

test('what a kill cut off is told once, in its order, after the next start', async () => {
  const receiver = await startReceiver(scope)
  const events = ['call.ended', 'call.action', 'recording.*']
  const { id: webhook } = await house.service.api<{ id: string }>('POST', '/v1/webhooks', { url: receiver.url, events })
  const phone = await house.signedIn()
  const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', {
    ...{ app: 'api', from: '+15550100', to: phone.username },
  })
  const ann = await phone.nextCall()
  await ann.answer()
  await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'up')
  await house.service.api('POST', `/v1/calls/${id}/actions`, { block: 'record', maxSeconds: 60 })
  await receiver.count(1)
  await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ timeline }) =>
    timeline.some(({ text }) => text === 'recording'),
  )

  await house.service.kill9()
  await house.service.restart()

  const told = await eventually(
    () => receiver.received.map(({ body }) => JSON.parse(body)),
    (all) => all.some(({ type }) => type === 'call.ended'),
    20_000,
  )
  expect(told).toMatchObject([
    { type: 'call.action', data: { action: { block: 'record', state: 'running' } } },
    { type: 'recording.finished', data: { recording: { call: id } } },
    { type: 'call.action', data: { action: { block: 'record', state: 'failed', error: { code: 'call_ended' } } } },
    { type: 'call.ended', data: { call: { id, end: { code: 'interrupted' } } } },
  ])

  await house.service.kill9()
  await house.service.restart()
  const { items } = await house.service.api<{ items: unknown[] }>(
    'GET',
    `/v1/webhooks/deliveries?webhook=${webhook}&limit=50`,
  )
  expect(items).toHaveLength(4)
})

test('of a recording, a monitored call and a call that rang, the end is told once after a kill', async () => {
  const receiver = await startReceiver(scope)
  const { service } = house
  const app = await service.api<{ id: string; token: string }>('POST', '/v1/tokens', {
    ...{ name: 'cut off', scopes: ['calls:write'] },
  })
  const { ivr } = new Offhook({ url: service.url, appId: app.id, accessToken: app.token })
  const told = (path: string): Notification[] =>
    receiver.received.filter((one) => one.path === `/${path}`).map(({ body }) => parseNotification(body))
  const at = (path: string): string => `${receiver.url}/${path}`
  const heardIn = async (url: string | undefined): Promise<number> =>
    (await fetch(url ?? '')).arrayBuffer().then(({ byteLength }) => byteLength)

  const [ann, bob, eve] = [await house.signedIn(), await house.signedIn(), await house.signedIn()]
  const up = async (phone: typeof ann, path: string): Promise<string> => {
    const { session } = await ivr.dial(phone.username, { notifyUrl: at(path) })
    await (await phone.nextCall()).answer()
    await eventually(
      () => told(path),
      (all) => all.length === 1,
    )
    return session ?? ''
  }
  const recorded = await up(ann, 'recorded')
  const monitored = await up(bob, 'monitored')
  await ivr.record(recorded, { notifyUrl: at('record'), tag: 'note' })
  await ivr.monitor(monitored, { notifyUrl: at('monitor'), monitorNotifyUrl: at('recording') })
  await eventually(
    () => told('monitor'),
    (all) => all.length === 1,
  )
  await ivr.dial(eve.username, { notifyUrl: at('rang') })
  await eve.nextCall()
  const folder = join(service.dataFolder, 'recordings')
  // A second of each.
  await eventually(
    () => readdirSync(folder).map((name) => statSync(join(folder, name)).size),
    (sizes) => sizes.filter((size) => size > 16_000).length >= 2,
  )

  await service.kill9()
  await service.restart()

  const ends = await eventually(
    () => [told('record'), told('monitor').slice(1), told('recording'), told('rang')],
    (all) => all.every((one) => one.length > 0),
    20_000,
  )
  const ended = { callState: 'ended', date: expect.any(String) }
  expect(ends).toEqual([
    [expect.objectContaining({ ...ended, block: 'record', session: recorded, tag: 'note' })],
    [expect.objectContaining({ ...ended, block: 'monitor', session: monitored })],
    [expect.objectContaining({ ...ended, block: 'monitor', session: monitored })],
    [expect.objectContaining({ ...ended, block: 'dial', dialStatus: 'failed', dest: eve.username })],
  ])
  expect(await heardIn(ends[0]?.[0]?.recordUrl)).toBeGreaterThan(200)
  expect(await heardIn(ends[2]?.[0]?.recordUrl)).toBeGreaterThan(200)

  await service.kill9()
  await service.restart()
  expect([told('record'), told('monitor').slice(1), told('recording'), told('rang')]).toEqual(ends)
})

test('the hangup URLs of a call that documents drove, and of one that they let ring, are asked once after a kill', async () => {
  const program = await Program.start(scope)
  const [ann, bob] = [await house.signedIn(), await house.signedIn()]
  const number = await documents.numberOf(program.at('/answer', '<Speak>Hello</Speak><Wait length="60"/>'), {
    ...{ hangup_url: program.at('/hangup', ''), hangup_method: 'POST' },
  })
  await ann.call(number)
  await program.until('/answer')
  await documents.rest('POST', 'Call/', {
    ...{ from: number, to: bob.username, answer_url: program.url('/answer'), hangup_url: program.at('/placed', '') },
  })
  await bob.nextCall()
  await house.callFrom(ann.username, ({ state }) => state === 'up')

  await house.service.kill9()
  await house.service.restart()

  const hangup = { Event: 'Hangup', HangupSource: 'Plivo', HangupCause: 'NORMAL_TEMPORARY_FAILURE' }
  expect(await program.until('/hangup')).toMatchObject({ ...hangup, CallStatus: 'completed', Direction: 'inbound' })
  expect(await program.until('/placed')).toMatchObject({ ...hangup, CallStatus: 'failed', Direction: 'outbound' })
  await house.service.kill9()
  await house.service.restart()
  expect([program.asked('/hangup'), program.asked('/placed')]).toMatchObject([{ length: 1 }, { length: 1 }])
})

test('a text to an application that is away is told after a kill, its answer is sent once', async () => {
  const program = await Program.start(scope)
  const [ann, bob] = [await house.signedIn(), await house.signedIn()]
  const number = await documents.numberOf(program.at('/answer', '<Wait/>'), { message_url: program.url('/text') })
  program.receiver.answer = () => ({ status: 503 })

  expect(await ann.text(number, 'hello')).toBe(200)
  await program.until('/text')
  await house.service.kill9()
  const answer = `<Response><Message src="${number}" dst="${bob.username}">thanks</Message></Response>`
  program.receiver.answer = () => ({ status: 200, body: answer })
  await house.service.restart()

  expect(await program.until('/text', 2)).toMatchObject({ From: ann.username, Text: 'hello', To: number.slice(1) })
  await house.texts(bob.username, 1)
  await house.service.kill9()
  await house.service.restart()
  expect(await house.texts(bob.username, 1)).toMatchObject([{ from: number, body: 'thanks' }])
})
