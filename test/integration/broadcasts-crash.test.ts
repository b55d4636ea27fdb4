import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCsv } from '../../src/api/csv.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { openSpeech } from '../../src/speech/index.ts'
import { likeness, readWav } from '../kit/audio.ts'
import { Carrier } from '../kit/carrier.ts'
import { freePort } from '../kit/ports.ts'
import { type Answer, startReceiver } from '../kit/receiver.ts'
import { type Service, startService } from '../kit/service.ts'

/** As many as are wanted; the figure of the documents is that of ten thousand. */
const count = Number(process.env.OFFHOOK_TEST_CONTACTS ?? 2000)
const callsAtOnce = 20
/** Texts of which nobody is any the wiser: ten are sent at the same moment, when it is killed, or stopped while the company is slow. */
const cutOff = 2 * 10
const words = 'Closed on Monday.'
const callbackKey = 'a-secret-of-this-test'

const phone = (i: number): string => `+25472${String(2_000_000 + i)}`
const numberOf = (of: string): number => Number(of.slice(-5))
const isReported = (of: string): boolean => numberOf(of) % 5 !== 0
const isReportedTwice = (of: string): boolean => numberOf(of) % 20 === 1
/** One in ten of those whose texts nobody reports on picks up; the others are busy. */
const picksUp = (of: string): boolean => numberOf(of) % 50 === 0

interface Shown {
  readonly state: string
  readonly progress: { readonly open: number }
}
interface Contacts {
  readonly items: readonly { readonly phone: string; readonly status: string }[]
  readonly next?: string
}
interface Line {
  readonly phone: string
  readonly came: string
}

describe('a broadcast to many, of a service that is stopped and killed on the way', () => {
  const scope = new Scope('test')
  let service: Service
  let carrier: Carrier
  let spoken: Int16Array
  /** How often the company took a text to each. */
  const taken = new Map<string, number>()
  const told = new Set<string>()
  let results: readonly Line[]
  let state: string

  beforeAll(async () => {
    carrier = await Carrier.open(scope)
    carrier.isThere = picksUp
    const company = await startReceiver(scope)
    const rtp = await freePort(400)
    service = await startService({
      scope,
      env: {
        ...{ OFFHOOK_LOG_LEVEL: 'warn', OFFHOOK_RTP_PORTS: `${rtp}-${rtp + 399}` },
        ...{ OFFHOOK_AFRICASTALKING_URL: company.url, OFFHOOK_AFRICASTALKING_USERNAME: 'sandbox' },
        ...{ OFFHOOK_AFRICASTALKING_KEY: 'at-key', OFFHOOK_AFRICASTALKING_CALLBACK_KEY: callbackKey },
      },
    })
    company.answer = script()
    const folder = mkdtempSync(join(tmpdir(), 'offhook-broadcast-'))
    scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
    const speech = await openSpeech({ folder, clock: systemClock, log: silentLogger })
    spoken = readWav(await speech.synthesize({ text: words }))
    await importContacts()
    await send()
  }, 900_000)
  afterAll(() => scope.close())

  /** A company that refuses one request in fifty for now, and loses and repeats reports. */
  function script(): (request: { readonly body: string }) => Answer {
    let asked = 0
    return ({ body }) => {
      const to = new URLSearchParams(body).get('to') ?? ''
      asked++
      if (asked % 100 === 0) return json(500, {})
      if (asked % 50 === 0) return { ...json(429, {}), headers: { 'retry-after': '1' } }
      taken.set(to, (taken.get(to) ?? 0) + 1)
      const id = `ATXid_${to.slice(1)}`
      if (isReported(to)) void report(id, to)
      if (isReportedTwice(to)) void report(id, to)
      const receiver = { statusCode: 101, number: to, cost: 'KES 0.8000', status: 'Success', messageId: id }
      return json(201, { SMSMessageData: { Message: 'Sent to 1/1', Recipients: [receiver] } })
    }
  }

  /** A company tries again until it is answered, every half second: nobody tells it when a service that was away is back. */
  async function report(id: string, to: string): Promise<void> {
    const body = new URLSearchParams({ id, status: 'Success', phoneNumber: to, networkCode: '63902' })
    const url = `${service.url}/carriers/africastalking/${callbackKey}`
    for (;;) {
      const status = await fetch(url, { method: 'POST', body }).then(
        (reply) => reply.status,
        () => 0,
      )
      if (status >= 200 && status < 300) break
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    told.add(to)
  }

  async function importContacts(): Promise<void> {
    await service.api('POST', '/v1/trunks', {
      ...{ name: 'pstn', uri: `sip:127.0.0.1:${carrier.port}`, default: true, maxCalls: callsAtOnce },
    })
    await service.api('PUT', '/v1/dialer', { callsAtOnce, destinations: [] })
    await service.api('POST', '/v1/numbers', { number: '+15550100' })
    const file = ['phone', ...Array.from({ length: count }, (_, i) => phone(i))].join('\n')
    const headers = { authorization: `Bearer ${service.token}`, 'content-type': 'text/csv' }
    const reply = await fetch(`${service.url}/v1/contacts/import`, { method: 'POST', body: file, headers })
    expect(await reply.json()).toMatchObject({ added: count, bad: [] })
  }

  async function send(): Promise<void> {
    const began = performance.now()
    const { id } = await service.api<{ id: string }>('POST', '/v1/broadcasts', {
      ...{ name: 'Many', way: 'text_then_call', text: { body: words, reportMinutes: 0.5 } },
      call: { from: '+15550100', voicemail: 'speak', attempts: 1 },
    })
    const until = (test: (shown: Shown) => boolean) => service.until(`/v1/broadcasts/${id}`, test, 600_000)
    await until(() => taken.size > count * 0.3)
    await service.stop()
    await service.restart()
    await until(() => taken.size > count * 0.6)
    await service.kill9()
    await service.restart()
    await until(({ progress }) => taken.size >= count - cutOff || progress.open === 0)
    const sent = (performance.now() - began) / 1000
    // It is over a pass after its last contact is.
    const shown = await until(({ state, progress }) => state === 'done' && progress.open === 0)
    const seconds = (performance.now() - began) / 1000
    state = shown.state
    results = await readResults(id)
    console.log(
      `${count} contacts: texts in ${sent.toFixed(0)} s (${(count / sent).toFixed(0)} a second, with both restarts), ` +
        `all over after ${seconds.toFixed(0)} s, ${carrier.calls.length} calls`,
    )
  }

  async function readResults(id: string): Promise<readonly Line[]> {
    const headers = { authorization: `Bearer ${service.token}` }
    const reply = await fetch(`${service.url}/v1/broadcasts/${id}/results.csv`, { headers })
    const [head, ...records] = readCsv(await reply.text()).records
    return records.map(({ fields }) => {
      const of = (name: string): string => fields[head?.fields.indexOf(name) ?? -1] ?? ''
      return { phone: of('phone'), came: [of('state'), of('by'), of('code')].join(' ') }
    })
  }

  it('comes to its end for everybody', () => {
    expect(state).toBe('done')
    expect(new Set(results.map((line) => line.phone)).size).toBe(count)
  })

  it('texts nobody twice, and nobody is left out', () => {
    expect([...taken.values()].filter((times) => times > 1)).toEqual([])
    // Texts that the kill cut off may never have gone out; their contacts are called.
    expect(taken.size).toBeGreaterThanOrEqual(count - cutOff)
    const rung = new Set(carrier.calls.map(({ to }) => to))
    expect(results.filter((line) => !told.has(line.phone) && !rung.has(line.phone))).toEqual([])
  })

  it('calls nobody twice, and only whom no report says that the text reached', () => {
    // Whose phone rang when the service was killed heard nothing, and is rung once more.
    expect(carrier.calls.length - new Set(carrier.calls.map(({ to }) => to)).size).toBeLessThanOrEqual(callsAtOnce)
    // A report may come after its time, where the service was away.
    expect(carrier.calls.filter(({ to }) => told.has(to)).length).toBeLessThanOrEqual(2 * cutOff)
  })

  it('knows what came of each', () => {
    const rung = new Set(carrier.calls.map(({ to }) => to))
    const outcome = (of: string): string =>
      !rung.has(of) ? 'reached text delivered' : picksUp(of) ? 'reached call heard' : 'unreached  busy'
    const others = results.filter((line) => line.came !== outcome(line.phone) && !told.has(line.phone))
    // Calls that the kill cut off.
    expect(others.filter(({ came }) => came !== 'unreached  cut')).toEqual([])
    expect(others.length).toBeLessThanOrEqual(callsAtOnce)
    const reported = results.filter(({ phone }) => told.has(phone) && !rung.has(phone))
    expect(reported.length).toBeGreaterThan(count / 2)
    expect(reported.filter(({ came }) => came !== 'reached text delivered')).toEqual([])
    // Those called although a report came: late, while the service was away.
    const both = results.filter(({ phone }) => told.has(phone) && rung.has(phone))
    const ends = ['reached text delivered', 'reached call heard', 'unreached  busy', 'unreached  cut']
    expect(both.filter(({ came }) => !ends.includes(came))).toEqual([])
    expect(both.length).toBeLessThanOrEqual(2 * cutOff)
  })

  it('leaves contacts as the last text did: active whom it reached, inactive all others', async () => {
    const statuses = new Map<string, string>()
    let after: string | undefined = ''
    while (after !== undefined) {
      const path = `/v1/contacts?limit=100${after === '' ? '' : `&after=${after}`}`
      const page: Contacts = await service.api<Contacts>('GET', path)
      for (const contact of page.items) statuses.set(contact.phone, contact.status)
      after = page.next
    }
    expect(statuses.size).toBe(count)
    expect([...statuses].filter(([of, status]) => told.has(of) && status !== 'active')).toEqual([])
    // Nothing is known of a text that the kill cut off.
    const others = [...statuses].filter(([of, status]) => !told.has(of) && status !== 'inactive')
    expect(others.length).toBeLessThanOrEqual(cutOff)
  })

  it('speaks the message in calls', () => {
    const heard = [...carrier.heard.values()].flat()
    expect(heard.length).toBeGreaterThanOrEqual(count / 50 - callsAtOnce)
    const whole = heard.filter((samples) => samples.length >= spoken.length * 0.9)
    expect(whole.length).toBeGreaterThanOrEqual(heard.length - callsAtOnce)
    for (const samples of whole.slice(0, 10)) expect(likeness(samples, spoken, 200)).toBeGreaterThan(0.6)
  })
})

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
