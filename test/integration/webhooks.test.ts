import { afterAll, beforeAll, expect, test } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import { Scope } from '../../src/base/scope.ts'
import { signStandard } from '../../src/webhooks/sign/standard.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { type Answer, type Receiver, startReceiver } from '../kit/receiver.ts'

const scope = new Scope('webhooks')
let house: House

beforeAll(async () => {
  house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
})
afterAll(() => scope.close())

interface Delivery {
  readonly id: string
  readonly event: string
  readonly state: string
  readonly key: string
  readonly attempts: number
}

async function subscribe(receiver: Receiver, events: readonly string[]): Promise<{ id: string; secret: string }> {
  return house.service.api('POST', '/v1/webhooks', { url: `${receiver.url}/hook`, events })
}

const delivered = (webhook: string, count: number): Promise<{ items: readonly Delivery[] }> =>
  house.service.until<{ items: readonly Delivery[] }>(
    `/v1/webhooks/deliveries?webhook=${webhook}&state=delivered`,
    ({ items }) => items.length >= count,
    20_000,
  )

/** A call between two phones that is answered and hung up. */
async function shortCall(): Promise<string> {
  const [ann, ben] = [await house.signedIn(), await house.signedIn()]
  const { id } = await house.service.api<{ id: string }>('POST', '/v1/calls', { from: ann.username, to: ben.username })
  const atAnn = await ann.nextCall()
  await atAnn.answer()
  const atBen = await ben.nextCall()
  await atBen.answer()
  await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ timeline }) =>
    timeline.some(({ text }) => /both sides hear each other/.test(text)),
  )
  await atAnn.hangup()
  await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'ended')
  return id
}

test('a call is told as it goes, in its order, to whoever can check the signature', async () => {
  const receiver = await startReceiver(scope)
  const { id: webhook, secret } = await subscribe(receiver, ['call.*'])

  const call = await shortCall()
  const requests = await receiver.count(3)

  const told = requests.map(({ body }) => JSON.parse(body))
  expect(told.map(({ type, data }) => [type, data.call.id])).toEqual([
    ['call.started', call],
    ['call.answered', call],
    ['call.ended', call],
  ])
  for (const { headers, body } of requests) {
    const signed = { id: String(headers['webhook-id']), timestamp: Number(headers['webhook-timestamp']), body }
    expect(headers).toMatchObject(signStandard(signed, [secret]))
  }
  await house.service.request('DELETE', `/v1/webhooks/${webhook}`)
})

test('what a call was told to do is told, each once begun and once over, and what was recorded', async () => {
  const receiver = await startReceiver(scope)
  const { id: webhook } = await subscribe(receiver, ['call.action', 'recording.*'])
  const phone = await house.signedIn()
  const call = await house.service.api<{ id: string }>('POST', '/v1/calls', {
    ...{ from: '+15550100', to: phone.username },
    actions: [
      { block: 'play', prompt: { tone: 'beep', ms: 300 } },
      { block: 'record', maxSeconds: 1 },
      { block: 'hangup' },
    ],
  })
  const ann = await phone.nextCall()
  await ann.answer()
  await ann.ended
  const told = await eventually(
    () => receiver.received.map(({ body }) => JSON.parse(body)),
    (all) => all.some(({ data }) => data.action?.block === 'hangup' && data.action.state === 'done'),
    20_000,
  )
  const { items } = await delivered(webhook, told.length)

  const over = told.filter(({ data }) => data.action?.state === 'done').map(({ data }) => data.action)
  expect(over.map(({ block }) => block)).toEqual(['play', 'record', 'hangup'])
  expect(over.map((action) => action.call)).toEqual([call.id, call.id, call.id])
  const recording = told.find(({ type }) => type === 'recording.finished')?.data.recording
  expect(recording).toMatchObject({ id: over[1].result.recording, call: call.id, state: 'kept', ms: over[1].result.ms })
  // One that is over as soon as it has begun is told once; nothing is told twice.
  expect(new Set(items.map(({ key }) => key))).toEqual(new Set([`${webhook}:${call.id}`]))
  const states = told.flatMap(({ data }) => (data.action ? [`${data.action.id} ${data.action.state}`] : []))
  expect(new Set(states).size).toBe(states.length)
  await house.service.request('DELETE', `/v1/webhooks/${webhook}`)
})

test('receivers that are down, that never answer or that answer rubbish disturb no call', async () => {
  const down = await startReceiver(scope)
  down.close()
  const silent = await startReceiver(scope)
  const never = deferred<Answer>()
  silent.answer = () => never.promise
  const rubbish = await startReceiver(scope)
  rubbish.answer = () => ({ status: 500, body: 'x'.repeat(100_000) })
  const made = [await subscribe(down, ['*']), await subscribe(silent, ['*']), await subscribe(rubbish, ['*'])]

  await shortCall()

  await silent.count(1)
  await rubbish.count(1)
  for (const { id } of made) await house.service.request('DELETE', `/v1/webhooks/${id}`)
  never.resolve({ status: 200 })
})

test('killed while a webhook is on its way, the service delivers it after its next start, and what followed', async () => {
  const receiver = await startReceiver(scope)
  const held = deferred<Answer>()
  receiver.answer = () => held.promise
  const { id: webhook } = await subscribe(receiver, ['call.*'])
  const call = await shortCall()
  await house.service.until<{ items: readonly Delivery[] }>(
    `/v1/webhooks/deliveries?webhook=${webhook}&state=queued`,
    ({ items }) => items.length === 3,
  )
  expect(receiver.received).toHaveLength(1)

  await house.service.kill9()
  receiver.answer = () => ({ status: 204 })
  held.resolve({ status: 204 })
  await house.service.restart()

  const { items } = await delivered(webhook, 3)
  expect(items.every(({ attempts, key }) => attempts === 1 && key === `${webhook}:${call}`)).toBe(true)
  const types = receiver.received.map(({ body }) => JSON.parse(body).type)
  expect(types).toEqual(['call.started', 'call.started', 'call.answered', 'call.ended'])
})
