import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultTuning, readWebTarget, type WebTarget } from '../../../src/apps/document/web-target.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { documentRequests } from '../../../src/main/document-requests.ts'
import { PendingEnds } from '../../../src/main/pending-ends.ts'
import { newId } from '../../../src/phone/id.ts'
import { openGuard } from '../../../src/webhooks/guard.ts'
import { signatureV3 } from '../../../src/webhooks/sign/plivo.ts'
import { type TestDatabase, testDatabase } from '../../kit/database.ts'
import { testOutbox } from '../../kit/outbox.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'

let database: TestDatabase
let scope: Scope
let receiver: Receiver
beforeEach(async () => {
  database = await testDatabase()
  scope = new Scope('test')
  receiver = await startReceiver(scope)
})
afterEach(async () => {
  await scope.close()
  await database.close()
})

const at = (path: string): WebTarget => ({ url: `${receiver.url}${path}`, method: 'POST', tuning: defaultTuning })

async function sourceOf() {
  const { store } = database
  const outbox = await testOutbox(store, scope)
  const pending = new PendingEnds({ store, clock: systemClock, outbox })
  const { fetch } = openGuard({ allow: ['127.0.0.0/8'], clock: systemClock, scope })
  const written = async (): Promise<void> => {}
  const source = documentRequests({ clock: systemClock, log: silentLogger, fetch, outbox, pending, written }, 'token')
  return { source, pending }
}

const tuned = (path: string, tuning: string): WebTarget => {
  const target = readWebTarget(`${receiver.url}${path}#${tuning}`, 'POST')
  if (typeof target === 'string') throw new Error(target)
  return target
}

it.each([
  ['as often as it was told to', 'rc=2&rp=5xx', 3],
  ['not where another fault was meant', 'rc=2&rp=ct', 1],
  ['not once the whole time is over', 'rc=5&rp=all&tt=700', 2],
])('a URL that answers 503 is asked again: %s', async (_, tuning, times) => {
  const { source } = await sourceOf()
  receiver.answer = () => ({ status: 503 })

  await expect(source.ask(tuned('/down', tuning), [], { id: 'call_1' })).rejects.toThrow('status 503')

  expect(receiver.received).toHaveLength(times)
})

it.each([
  ['that is longer than a document may be', 'content', () => ({ status: 200, body: 'x'.repeat(300 * 1024) }), 1],
  ['that leads in circles', 'unreachable', () => ({ status: 302, headers: { location: '/round' } }), 4],
] as const)('an answer %s is %s, and not asked for again', async (_, kind, answer, times) => {
  const { source } = await sourceOf()
  receiver.answer = answer

  await expect(source.ask(tuned('/round', 'rc=2&rp=all'), [], { id: 'call_1' })).rejects.toMatchObject({ kind })

  expect(receiver.received).toHaveLength(times)
})

it('what is over is kept no more, whatever is heard of it late', async () => {
  const { source, pending } = await sourceOf()
  const call = newId('call', Date.now())
  const unfinished = { told: [{ target: at('/exit'), params: [['Event', 'cut off']] as const }] }

  const part = source.keep(unfinished, call)
  part.over({ target: at('/exit'), params: [['Event', 'exit']] })
  part.change(unfinished)
  const after = source.keep(unfinished, call)
  await receiver.count(1)
  after.over({ target: at('/exit'), params: [['Event', 'next']] })
  await receiver.count(2)

  expect(receiver.received.map(({ body }) => new URLSearchParams(body).get('Event'))).toEqual(['exit', 'next'])
  expect(await pending.all()).toEqual([])
})

it.each([301, 302, 303, 307, 308])(
  'a request that is answered %d goes on whole, signed for where it leads',
  async (status) => {
    const { store } = database
    const outbox = await testOutbox(store, scope)
    const pending = new PendingEnds({ store, clock: systemClock, outbox })
    const { fetch } = openGuard({ allow: ['127.0.0.0/8'], clock: systemClock, scope })
    const written = async (): Promise<void> => {}
    const source = documentRequests({ clock: systemClock, log: silentLogger, fetch, outbox, pending, written }, 'token')
    const moved = await startReceiver(scope)
    moved.answer = () => ({ status: 200, body: '<Response/>' })
    receiver.answer = () => ({ status, headers: { location: `${moved.url}/there?step=2` } })

    expect(await source.ask(at('/here'), [['CallUUID', 'call_1']], { id: 'call_1' })).toBe('<Response/>')

    const [request] = moved.received
    const method = status < 307 ? 'GET' : 'POST'
    const base = `${moved.url}/there?step=2`
    const url = method === 'GET' ? `${base}&CallUUID=call_1` : base
    const { 'x-plivo-signature-v3': signature, 'x-plivo-signature-v3-nonce': nonce = '' } = request?.headers ?? {}
    expect(request).toMatchObject({ method, path: url.slice(moved.url.length) })
    expect(request?.body).toBe(method === 'GET' ? '' : 'CallUUID=call_1')
    const body = method === 'GET' ? [] : [['CallUUID', 'call_1'] as const]
    expect(signature).toBe(signatureV3('token', method, url, body, String(nonce)))
  },
)
