import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { startReceiver } from '../kit/receiver.ts'

const scope = new Scope('webhooks of a killed service')
let house: House

beforeAll(async () => {
  house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
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
