import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import type { House } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { freePort } from '../kit/ports.ts'
import { type Received, type Receiver, startReceiver } from '../kit/receiver.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

const slowMs = 15_000
const sorry = 'We are sorry. A fault keeps us from going on with this call. Please try again later.'

describe('a receiver of calls', () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse
  /** Thinks for 15 s before it answers anything. */
  let slow: Receiver
  let app: { id: string; token: string }

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
    slow = await startReceiver(scope)
    slow.answer = (request) =>
      new Promise((resolve) => {
        systemClock.after(slowMs, () => resolve(slowly(request)))
      })
    app = await house.service.api('POST', '/v1/tokens', { name: 'slow', scopes: ['calls:write'] })
  })
  afterAll(() => scope.close())

  const song = tune(7, 1.5)
  const slowly = ({ path }: Received) =>
    path === '/document'
      ? {
          status: 200,
          headers: { 'content-type': 'text/xml' },
          body: `<Response><Play>${program.url('/song.wav')}</Play></Response>`,
        }
      : { status: 204 }
  const assigned = async (assignment: object): Promise<string> => {
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
    return number
  }
  const callTo = async (number: string): Promise<PhoneCall> => (await house.phone(house.stranger())).call(number)
  const block = async (path: string, fields: Readonly<Record<string, string>>): Promise<string> => {
    const form = new URLSearchParams({ app_id: app.id, access_token: app.token, ...fields })
    const reply = await fetch(`${house.service.url}/open/ivr/${path}`, { method: 'POST', body: form })
    return ((await reply.json()) as { status: string }).status
  }
  const formTo = async (receiver: Receiver, path: string): Promise<Record<string, string>> => {
    const find = (): Received[] => receiver.received.filter((request) => request.path === path)
    const [request] = await eventually(find, (all) => all.length > 0, 40_000)
    return Object.fromEntries(new URLSearchParams(request?.body))
  }

  it('that takes 15 s holds up nobody but its own call, in every style', async () => {
    program.sound('/song.wav', await readFile(house.wav(song)))
    const byBlocks = await callTo(await assigned({ kind: 'notify', url: `${slow.url}/answer`, token: app.id }))
    const byDocument = await callTo(await documents.numberOf(`${slow.url}/document`))
    await house.service.api('POST', '/v1/webhooks', { url: `${slow.url}/hook`, events: ['call.action'] })
    const caller = house.stranger()
    const byActions = (await house.phone(caller)).call(await assigned({ kind: 'api' }))
    const heard = byDocument.answered.then(() => byDocument.listen())

    // Told before it answers, so a program may act while its own answer is on the way.
    const { session = '' } = await formTo(slow, '/answer')
    const msg = `<url>${program.url('/song.wav')}</url>`
    expect(await block('middle/play', { session, msg, notify_url: `${slow.url}/played` })).toBe('success_ok')
    expect(await formTo(slow, '/played')).toMatchObject({ session, ivr_block: 'play', call_state: 'ongoing' })
    const { id } = await house.callFrom(caller)
    await house.service.api('POST', `/v1/calls/${id}/actions`, { block: 'answer' })
    await byActions.answered

    await byDocument.ended
    expect(likeness(await (await heard).stop(), song, 200)).toBeGreaterThan(0.6)
    // The notice of the block was taken after 15 s: the session is as it was.
    const tried = `/v1/webhooks/deliveries?event=ivr.play&state=delivered`
    await house.service.until<{ items: readonly object[] }>(tried, ({ items }) => items.length === 1, 30_000)
    expect(await block('middle/play', { session, msg, notify_url: `${slow.url}/again` })).toBe('success_ok')
    expect(await block('end/hangup', { session, force: 'enabled' })).toBe('success_ok')
    await byBlocks.ended
    byActions.hangup()
  })

  it('that goes down in mid-call is followed by the fallback of the number; without one the caller hears an apology', async () => {
    const receiver = await startReceiver(scope)
    const dead = `http://127.0.0.1:${await freePort()}/gone`
    const urls = { url: `${receiver.url}/first`, fallbackUrl: `${receiver.url}/fallback` }
    const first = await callTo(await assigned({ kind: 'notify', token: app.id, ...urls }))
    const { session = '' } = await formTo(receiver, '/first')
    expect(await block('middle/play', { session, msg: 'Hello.', notify_url: dead })).toBe('success_ok')
    expect(await formTo(receiver, '/fallback')).toMatchObject({ session, ivr_block: 'play', call_state: 'ongoing' })
    expect(await block('end/hangup', { session, force: 'enabled' })).toBe('success_ok')
    await first.ended

    const second = await callTo(await assigned({ kind: 'notify', token: app.id, url: `${receiver.url}/second` }))
    const { session: other = '' } = await formTo(receiver, '/second')
    expect(await block('middle/hold', { session: other, notify_url: dead })).toBe('success_ok')
    await second.answered
    const heard = second.listen()
    expect(await second.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(await house.saysIn(await heard.stop(), sorry)).toBeGreaterThan(0.7)
  })

  it('that is dead keeps back nothing that the same call tells to others', async () => {
    const dead = `http://127.0.0.1:${await freePort()}/gone`
    const ann = await house.signedIn()
    const user = `<User>sip:${ann.username}@phone.plivo.com</User>`
    const dial = `<Dial callbackUrl="${dead}" action="${program.url('/dialled')}" redirect="false">${user}</Dial>`
    const number = await documents.numberOf(program.at('/dial', dial), { hangup_url: program.url('/over') })
    const call = await callTo(number)
    const rung = await ann.nextCall()
    await rung.answer()
    await call.answered
    rung.hangup()

    expect(await program.until('/dialled')).toMatchObject({ DialStatus: 'completed' })
    expect(await program.until('/over')).toMatchObject({ Event: 'Hangup' })
    await call.ended
  })
})
