import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { TextLedger } from '../../../src/jobs/text-ledger.ts'
import { newId } from '../../../src/phone/id.ts'
import { insertCall } from '../../../src/store/calls.ts'
import { type TestApi, testApi } from '../../kit/api.ts'

const phone = '+254722000001'
let api: TestApi
beforeEach(async () => {
  api = await testApi()
  await api.call('POST', '/v1/numbers', { body: { number: '+15550100' } })
})
afterEach(() => api.close())

const send = (text: string | Buffer, url = '/v1/contacts/import') =>
  api.call('POST', url, { body: text, headers: { 'content-type': 'text/csv' } })
const add = async (more: object = {}) => (await api.call('POST', '/v1/contacts', { body: { phone, ...more } })).json()
const contact = async (id: string) => (await api.call('GET', `/v1/contacts/${id}`)).json()
const ledger = () => {
  const { clock, bus, database } = api
  return new TextLedger({ db: database.store.db, clock, log: silentLogger, bus })
}
const text = async (to = phone): Promise<string> =>
  (await api.call('POST', '/v1/messages', { body: { to, body: 'Hello' } })).json().id

describe('a file of contacts', () => {
  it('is taken line by line, and what is wrong is told by line and column', async () => {
    const file = [
      'Phone,name,zone,groups,status',
      '+254722000001,Amina,Africa/Nairobi,clinic; north,active',
      '+254722000002,"Otieno, Ben",,,',
      '722000003,Nobody,,,',
      '+254722000004,X,Mars/Olympus,,asleep',
      '+254722000001,Again,,,',
      '+254722000005,too,many,fields,new,here',
      '+254722000006,"open',
      '',
    ].join('\r\n')

    const answer = await send(file)

    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      ...{ added: 2, changed: 0, unchanged: 0 },
      bad: [
        { line: 4, column: 'phone', sentence: 'takes a number with its country code, such as +15550142' },
        { line: 5, column: 'zone', sentence: 'takes a time zone such as Africa/Nairobi' },
        {
          line: 5,
          column: 'status',
          sentence: 'takes one of new, active, inactive, or the status of a report, such as Success or Failed',
        },
        { line: 6, column: 'phone', sentence: 'is that of line 2 again' },
        { line: 7, column: null, sentence: 'has 6 fields, the first line 5' },
        { line: 8, column: null, sentence: 'has a quote that is never closed' },
      ],
    })
    const { items } = (await api.call('GET', '/v1/contacts?group=north')).json()
    expect(items).toMatchObject([{ phone, name: 'Amina', groups: ['clinic', 'north'], status: 'active' }])
  })

  it.each([
    ['Success', 'active'],
    ['FAILED', 'inactive'],
    ['Buffered', 'inactive'],
    ['AbsentSubscriber', 'inactive'],
    ['New', 'new'],
  ])('has as its status also that of a report: %s', async (written, status) => {
    await send(`phone,status\n${phone},${written}\n`)

    expect((await api.call('GET', '/v1/contacts')).json().items).toMatchObject([{ phone, status }])
  })

  it('changes what it says of contacts that are known, and nothing else', async () => {
    await send('phone,name,groups\n+254722000001,Amina,clinic\n+254722000002,Ben,clinic\n')

    const answer = await send('phone,name\n+254722000001,Amina K.\n+254722000002,\n+254722000003,\n')

    expect(answer.json()).toMatchObject({ added: 1, changed: 1, unchanged: 1 })
    const { items } = (await api.call('GET', `/v1/contacts?phone=${encodeURIComponent(phone)}`)).json()
    expect(items).toMatchObject([{ name: 'Amina K.', groups: ['clinic'] }])
  })

  it('is told where it is no UTF-8, which would spoil names', async () => {
    const file = Buffer.from('phone,name\n+254722000001,Andr\xe9\n+254722000002,Ben\n', 'latin1')

    const answer = await send(file)

    expect(answer.json()).toMatchObject({
      added: 1,
      bad: [{ line: 2, column: 'name', sentence: 'has bytes that are no UTF-8: save the file as UTF-8' }],
    })
  })

  it('is refused over 16 MiB, and every other body over 256 KiB, each with its own limit', async () => {
    const long = await send(`phone\n${'x'.repeat(16 * 1024 * 1024)}`)
    const other = await api.call('POST', '/v1/contacts', { body: { phone, name: 'x'.repeat(256 * 1024) } })

    expect([long.json(), other.json()]).toMatchObject([
      { code: 'payload_too_large', detail: 'A body has at most 16 MiB here.' },
      { code: 'payload_too_large', detail: 'A body has at most 256 KiB here.' },
    ])
  })

  it.each([
    ['', 'is empty'],
    ['name\nAmina\n', 'takes a first line with phone'],
    ['phone,mail\n+254722000001,a@b\n', 'it names "mail"'],
    [Buffer.from('phone,\xfcber\n', 'latin1'), 'is no UTF-8'],
  ])('%j is refused', async (file, sentence) => {
    const answer = await send(file)
    expect(answer.json()).toMatchObject({ code: 'invalid_request' })
    expect(answer.body).toContain(sentence.replaceAll('"', '\\"'))
  })
})

describe('a contact', () => {
  it('is one per number', async () => {
    await add()
    const again = await api.call('POST', '/v1/contacts', { body: { phone } })
    expect(again.json()).toMatchObject({ status: 409, code: 'conflict' })
  })

  it('is active where the last text reached it, inactive where it did not, and a late report counts', async () => {
    const { id } = await add()
    const first = await text()
    await ledger().taken(first, 'company', ['a'], undefined)
    const before = await contact(id)
    await ledger().silent(first)
    const silent = await contact(id)
    await ledger().reported('company', { ref: 'a', outcome: 'delivered', sentence: 'ok' })

    expect([before.status, silent.status]).toEqual(['new', 'inactive'])
    expect(await contact(id)).toMatchObject({
      ...{ status: 'active', lastText: { id: first, state: 'delivered' } },
      contacted: { by: 'text' },
    })
  })

  it('stays as the last text left it when an earlier one is reported on late', async () => {
    const { id } = await add()
    const first = await text()
    api.clock.advance(5)
    const second = await text()
    for (const [message, ref] of [
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      await ledger().taken(message, 'company', [ref], undefined)
    }
    await ledger().reported('company', { ref: 'b', outcome: 'delivered', sentence: 'ok' })
    await ledger().reported('company', { ref: 'a', outcome: 'failed', sentence: 'no' })

    expect(await contact(id)).toMatchObject({ status: 'active', lastText: { id: second } })
  })

  it('has one timeline of all that there was', async () => {
    const { id } = await add()
    const first = await text()
    await text('+254722000009')
    api.clock.advance(1000)
    const call = newId('call', api.clock.wall())
    const address = { kind: 'number', e164: phone, raw: phone } as const
    const ours = { kind: 'number', e164: '+15550100', raw: '+15550100' } as const
    await insertCall(api.database.store.db, {
      ...{ id: call, direction: 'inbound', from: address, fromKey: phone },
      ...{ to: ours, toKey: '+15550100', startedAt: new Date(api.clock.wall()) },
    })
    api.clock.advance(1000)
    const last = await text()

    const whole = (await api.call('GET', `/v1/contacts/${id}/timeline`)).json()
    const page = (await api.call('GET', `/v1/contacts/${id}/timeline?limit=2`)).json()
    const rest = (await api.call('GET', `/v1/contacts/${id}/timeline?limit=2&after=${page.next}`)).json()

    const ids = ({ items }: { items: { id: string }[] }) => items.map((entry) => entry.id)
    expect(ids(whole)).toEqual([last, call, first])
    expect(whole.items[1]).toMatchObject({ kind: 'call', call: { id: call } })
    expect([ids(page), ids(rest), rest.next]).toEqual([[last, call], [first], undefined])
  })
})
