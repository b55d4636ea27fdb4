import { afterEach, beforeEach } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { textSender } from '../../../src/jobs/send-text.ts'
import type { Broadcasts } from '../../../src/main/broadcasts.ts'
import type { OutgoingText, TextCarrier } from '../../../src/phone/carrier.ts'
import { listMessages } from '../../../src/store/messages.ts'
import { type TestApi, testApi } from '../../kit/api.ts'
import { oneWay } from '../../kit/text-ways.ts'

export const ours = '+15550100'
export const phone = (n: number): string => `+2547220${String(n).padStart(5, '0')}`
export let api: TestApi
/** What a company took. */
export let sent: OutgoingText[]
let carrier: TextCarrier

/** Opens one for each test of a file. */
export function useBroadcasts(): void {
  beforeEach(async () => {
    api = await testApi()
    await api.call('POST', '/v1/numbers', { body: { number: ours } })
    sent = []
    carrier = {
      reports: true,
      send: async (text) => {
        sent.push(text)
        return { kind: 'sent', refs: [text.id] }
      },
    }
    await api.dialer.start()
    api.broadcasts.start()
  })
  afterEach(() => api.close())
}

export const add = async (n: number, more: object = {}): Promise<string> =>
  (await api.call('POST', '/v1/contacts', { body: { phone: phone(n), ...more } })).json().id
export const create = async (more: object = {}) =>
  api.call('POST', '/v1/broadcasts', {
    body: {
      ...{ name: 'Test', way: 'text_then_call', text: { body: 'Closed on Monday.', reportMinutes: 10 } },
      ...{ call: { from: ours, attempts: 2, againMinutes: 30 }, ...more },
    },
  })
export const spokenTo = { text: undefined, call: { from: ours, message: 'Closed.', attempts: 2, againMinutes: 30 } }
export const get = async (id: string) => (await api.call('GET', `/v1/broadcasts/${id}`)).json()
export const results = async (id: string) =>
  Object.fromEntries(
    (await api.call('GET', `/v1/broadcasts/${id}/contacts?limit=200`))
      .json()
      .items.map((one: { phone: string }) => [one.phone, one]),
  )
export const report = (to: string, outcome: 'delivered' | 'undelivered') =>
  api.news.take('company', {
    kind: 'report',
    report: { ref: sent.findLast((text) => text.to === to)!.id, outcome, sentence: outcome },
  })

/** What jobs and the dialer would do meanwhile. */
export async function go(broadcasts: Broadcasts = api.broadcasts): Promise<void> {
  const { clock, bus, database } = api
  const sender = textSender({ db: database.store.db, clock, log: silentLogger, bus, ways: oneWay(carrier) })
  for (let round = 0; round < 4; round++) {
    broadcasts.wake()
    await broadcasts.settled()
    const { rows } = await listMessages(database.store.db, { state: 'queued' }, { limit: 200 })
    for (const { id } of rows) await sender.send(id, true)
    api.dialer.wake()
    await api.dialer.settled()
  }
}
/** What the job of a text does when its time is over. */
export async function silence(): Promise<void> {
  const { clock, bus, database } = api
  const sender = textSender({ db: database.store.db, clock, log: silentLogger, bus, ways: oneWay(carrier) })
  const { rows } = await listMessages(database.store.db, { state: 'sent' }, { limit: 200 })
  for (const { id } of rows) await sender.silent(id)
}
