import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { callByAfricasTalking } from '../../../src/carriers/africas-talking/voice.ts'
import { placePlivoCall } from '../../../src/carriers/plivo/calls.ts'
import { plivoClient } from '../../../src/carriers/plivo/client.ts'
import type { Trunk } from '../../../src/engines/embedded/directory.ts'
import { africasTalking } from '../../../src/engines/hosted/africas-talking.ts'
import { HostedAudio } from '../../../src/engines/hosted/audio.ts'
import { HostedEngine } from '../../../src/engines/hosted/engine.ts'
import type { Address } from '../../../src/phone/address.ts'
import { MaybePlaced } from '../../../src/phone/engine.ts'
import { type CallId, newId } from '../../../src/phone/id.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'

const scope = new Scope('test')
const us = '+254711082880'
const them = '+254722000020'
const trunk: Trunk = {
  id: 'trk_1',
  name: 'africa',
  uri: 'africastalking:{number}',
  register: false,
  maxCalls: 9,
  addresses: [],
}
const number = (e164: string): Address => ({ kind: 'number', e164, raw: e164 })
let company: Receiver
let clock: FakeClock
let engine: HostedEngine

beforeAll(async () => {
  company = await startReceiver(scope)
})
afterAll(() => scope.close())
beforeEach(() => {
  company.received.length = 0
  company.answer = () => ({ status: 502, body: 'bad gateway' })
  clock = new FakeClock()
  const account = { url: company.url, username: 'sandbox', apiKey: 'at-key' }
  engine = new HostedEngine({
    company: {
      dialect: africasTalking,
      reach: {},
      place: ({ id, from, to }) => callByAfricasTalking({ ...account, from }, to, id),
    },
    ...{ clock, log: silentLogger, country: undefined },
    directory: {
      trunks: async () => [trunk],
      owns: async (e164) => e164 === us,
      forbids: async () => undefined,
      callerIdOf: async () => undefined,
      callerIdOfTrunk: async () => us,
    },
    observer: { timeline: () => {}, placed: () => {}, refused: () => {} },
    audio: new HostedAudio({ base: () => 'http://phone.test', fetcher: () => Promise.reject(new Error('none')) }),
    url: (call, n, about) => `http://phone.test/${call}/${n}/${about}`,
    fetchRecording: () => Promise.reject(new Error('none')),
  })
})

const place = (id: CallId) => engine.originateBy(trunk, { id, from: number(us), to: number(them), seconds: 30 })
/** Until the company was asked, and what it said is known here. */
const asked = async (): Promise<void> => {
  while (company.received.length === 0) await new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a call whose placing had no clear answer', () => {
  it('is the call that the company asks about', async () => {
    const id = newId('call', clock.wall())
    const placed = place(id)
    await asked()
    const fields = { sessionId: 'ses-1', clientRequestId: id, isActive: '1', direction: 'Outbound' }
    void engine.take({ ...fields, callerNumber: them, destinationNumber: us }, undefined)

    expect((await placed).id).toBe(id)
    expect(company.received).toHaveLength(1)
  })

  it('has failed, and may be tried again, only when it cannot ring any more', async () => {
    const placed = place(newId('call', clock.wall()))
    let over = false
    const end = placed.catch((error: unknown) => {
      over = true
      return error
    })
    await asked()
    clock.advance(30_000)
    await asked()
    const before = over
    clock.advance(20_000)

    expect(before).toBe(false)
    expect(await end).toMatchObject({
      end: {
        code: 'unreachable',
        sentence: expect.stringMatching(
          /may not have placed the call: it answered 502\. Nothing was heard of the call within 30 s/,
        ),
      },
    })
  })
})

it('a request to Plivo that may have come there may have placed the call', async () => {
  const urls = { answerUrl: 'http://a.test', ringUrl: 'http://a.test', hangupUrl: 'http://a.test' }
  const call = (url: string) =>
    placePlivoCall(plivoClient({ url, authId: 'MA', authToken: 't' }), { from: us, to: them, seconds: 30, ...urls })

  await expect(call(company.url)).rejects.toBeInstanceOf(MaybePlaced)
  const refused = await call('http://127.0.0.1:2').catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'carrier_failed' })
  expect(refused).not.toBeInstanceOf(MaybePlaced)
})
