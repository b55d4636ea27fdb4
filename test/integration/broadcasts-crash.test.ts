import { afterAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Carrier } from '../kit/carrier.ts'
import { emptyDatabase } from '../kit/database.ts'
import { type Answer, startReceiver } from '../kit/receiver.ts'
import { startService } from '../kit/service.ts'

const scope = new Scope('test')
afterAll(() => scope.close())

const count = 1000
const callbackKey = 'a-secret-of-this-test'
const phone = (i: number): string => `+25472${String(2_000_000 + i)}`
const json = (status: number, body: object): Answer => ({
  ...{ status, headers: { 'content-type': 'application/json' } },
  body: JSON.stringify(body),
})

interface Shown {
  readonly state: string
  readonly progress: { readonly open: number; readonly states: Readonly<Record<string, number>> }
}

/** One in five texts is never reported on, one in twenty twice; one request in fifty is refused for now. */
it('takes a message to a thousand contacts, each once by text and at most once by call, whatever becomes of the service', async () => {
  const database = await emptyDatabase()
  scope.add('database', () => database.close())
  const carrier = await Carrier.open(scope)
  const company = await startReceiver(scope)
  const service = await startService({
    scope,
    env: {
      ...{ DATABASE_URL: database.url, OFFHOOK_LOG_LEVEL: 'warn', OFFHOOK_AFRICASTALKING_URL: company.url },
      ...{ OFFHOOK_AFRICASTALKING_USERNAME: 'sandbox', OFFHOOK_AFRICASTALKING_KEY: 'at-key' },
      OFFHOOK_AFRICASTALKING_CALLBACK_KEY: callbackKey,
    },
  })
  const taken = new Map<string, number>()
  const told = new Set<string>()
  const report = async (id: string, number: string): Promise<void> => {
    // A company tries again until it is answered; the service is away at times.
    for (;;) {
      try {
        const body = new URLSearchParams({ id, status: 'Success', phoneNumber: number, networkCode: '63902' })
        const { status } = await fetch(`${service.url}/carriers/africastalking/${callbackKey}`, {
          method: 'POST',
          body,
        })
        if (status < 300) break
      } catch {
        // It is being restarted: the loop is the handling.
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    told.add(number)
  }
  let asked = 0
  company.answer = ({ body }) => {
    const number = new URLSearchParams(body).get('to') ?? ''
    asked++
    if (asked % 50 === 0)
      return asked % 100 === 0 ? json(500, {}) : { ...json(429, {}), headers: { 'retry-after': '1' } }
    taken.set(number, (taken.get(number) ?? 0) + 1)
    const n = Number(number.slice(-5))
    const id = `ATXid_${number.slice(1)}`
    if (n % 5 !== 0) void report(id, number)
    if (n % 20 === 1) void report(id, number)
    const receiver = { statusCode: 101, number, cost: 'KES 0.8000', status: 'Success', messageId: id }
    return json(201, { SMSMessageData: { Message: 'Sent to 1/1', Recipients: [receiver] } })
  }
  const uri = `sip:127.0.0.1:${carrier.port}`
  await service.api('POST', '/v1/trunks', { name: 'pstn', uri, default: true, maxCalls: 500 })
  await service.api('PUT', '/v1/dialer', { callsAtOnce: 100, destinations: [] })
  await service.api('POST', '/v1/numbers', { number: '+15550100' })
  const file = ['phone', ...Array.from({ length: count }, (_, i) => phone(i))].join('\n')
  const imported = await fetch(`${service.url}/v1/contacts/import`, {
    ...{ method: 'POST', body: file },
    headers: { authorization: `Bearer ${service.token}`, 'content-type': 'text/csv' },
  })
  expect(await imported.json()).toMatchObject({ added: count, bad: [] })

  const began = performance.now()
  const { id } = await service.api<{ id: string }>('POST', '/v1/broadcasts', {
    ...{ name: 'A thousand', way: 'text_then_call', text: { body: 'Closed on Monday.', reportMinutes: 1 } },
    call: { from: '+15550100', voicemail: 'speak', attempts: 1 },
  })
  const until = (test: (shown: Shown) => boolean) => service.until(`/v1/broadcasts/${id}`, test, 900_000)
  await until(() => taken.size > count * 0.3)
  await service.stop()
  await service.restart()
  await until(() => taken.size > count * 0.6)
  await service.kill9()
  await service.restart()
  const shown = await until(({ progress }) => progress.open === 0)
  const seconds = (performance.now() - began) / 1000

  expect(shown.state).toBe('done')
  expect([...taken.values()].filter((times) => times > 1)).toEqual([])
  const rung = new Map<string, number>()
  for (const { to } of carrier.calls) rung.set(to, (rung.get(to) ?? 0) + 1)
  expect([...rung.values()].filter((times) => times > 1)).toEqual([])
  // Of texts that the kill cut off nobody knows whether they went out: ten are sent at once. Their contacts are called.
  expect(taken.size).toBeGreaterThanOrEqual(count - 10)
  const both = [...rung.keys()].filter((to) => told.has(to))
  expect(both.length).toBeLessThanOrEqual(20)
  const all = Array.from({ length: count }, (_, i) => phone(i))
  expect(all.filter((to) => !told.has(to) && !rung.has(to))).toEqual([])
  const { states } = shown.progress
  expect((states.reached ?? 0) + (states.unreached ?? 0)).toBe(count)
  expect(Math.abs((states.reached ?? 0) - count * 0.8)).toBeLessThanOrEqual(20)
  console.log(
    `${count} contacts in ${seconds.toFixed(0)} s: ${(count / seconds).toFixed(0)} a second, ${rung.size} calls`,
  )
}, 1_800_000)
