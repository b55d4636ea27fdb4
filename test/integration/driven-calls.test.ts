import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'

interface ShownAction {
  readonly id: string
  readonly block: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
  readonly error: { readonly code: string; readonly sentence: string } | null
}

describe('calls driven by the API', { timeout: 30_000 }, () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
  })
  afterAll(() => scope.close())

  const post = (call: string, body: unknown) => house.service.request('POST', `/v1/calls/${call}/actions`, body)
  const act = async (call: string, body: unknown): Promise<ShownAction> => {
    const reply = await post(call, body)
    expect([reply.status, reply.body]).toMatchObject([202, { call }])
    return reply.body as ShownAction
  }
  const over = (call: string, { id }: ShownAction) =>
    house.service.until<ShownAction>(`/v1/calls/${call}/actions/${id}`, ({ state }) => state !== 'running')
  const done = async (call: string, body: unknown): Promise<ShownAction> => over(call, await act(call, body))

  /** A call that we placed to a phone, which picked up. */
  async function placed(): Promise<{ id: string; ann: PhoneCall; username: string }> {
    const phone = await house.signedIn()
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', {
      app: 'api',
      from: '+15550100',
      to: phone.username,
    })
    const ann = await phone.nextCall()
    await ann.answer()
    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'up')
    return { id, ann, username: phone.username }
  }

  it('placed: plays, gathers, records, and hangs up with a last message', async () => {
    const { id, ann } = await placed()
    const ear = ann.listen()
    const played = await done(id, { block: 'play', prompt: 'Welcome to the house of calls' })
    const gathering = await act(id, { block: 'gather', maxDigits: 4, prompt: { tone: 'dial' } })
    await ann.press('42#')
    const gathered = await over(id, gathering)
    const recording = await act(id, { block: 'record', maxSeconds: 20 })
    await ann.play(house.wav(tune(81, 1)))
    await ann.press('#')
    const recorded = await over(id, recording)
    await act(id, { block: 'hangup', message: 'Goodbye my friend' })
    expect(await ann.ended).toMatchObject({ by: 'remote', how: 'bye' })
    const heard = await ear.stop()

    expect(played).toMatchObject({ state: 'done', result: { kind: 'finished' }, error: null })
    expect(gathered.result).toEqual({ digits: '42', end: 'finish_key' })
    expect(recorded.result).toMatchObject({ end: 'key' })
    const { url } = await house.service.api<{ url: string }>('GET', `/v1/recordings/${recorded.result?.recording}`)
    expect(likeness(await house.download(url), tune(81, 1))).toBeGreaterThan(0.8)
    expect(await house.saysIn(heard, 'Welcome to the house of calls')).toBeGreaterThan(0.7)
    expect(await house.saysIn(heard, 'Goodbye my friend')).toBeGreaterThan(0.7)
    const { items } = await house.service.api<{ items: ShownAction[] }>('GET', `/v1/calls/${id}/actions`)
    expect(items.map(({ block }) => block)).toEqual(['play', 'gather', 'record', 'hangup'])
  })

  it('a gather that the caller cuts off keeps what was typed', async () => {
    const { id, ann } = await placed()
    const gathering = await act(id, { block: 'gather', maxDigits: 8, interDigitMs: 20_000 })
    await ann.press('42')
    ann.hangup()
    expect(await over(id, gathering)).toMatchObject({
      ...{ state: 'failed', result: { digits: '42', end: 'hangup' } },
      error: { code: 'call_ended' },
    })
  })

  it('come in by a number that is assigned to the API, ring until answered, and are put through', async () => {
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment: { kind: 'api' } })
    const from = house.stranger()
    const target = await house.signedIn()
    const caller = (await house.phone(from)).call(number)
    await caller.ringing
    const { id, state } = await house.callFrom(from)
    expect(state).toBe('ringing')
    await done(id, { block: 'answer' })
    await caller.answered
    const dialling = await act(id, { block: 'dial', targets: [{ to: target.username }], hangupOnStar: true })
    const callee = await target.nextCall()
    await callee.answer()
    await house.told(from, /both sides hear each other/)
    const ear = callee.listen()
    await caller.play(house.wav(tune(82, 1)))
    expect(likeness(await ear.stop(), tune(82, 1))).toBeGreaterThan(0.9)
    await caller.press('*')

    expect((await over(id, dialling)).result).toMatchObject({
      kind: 'answered',
      target: target.username,
      hungUpBy: 'caller',
    })
    await callee.ended
    await done(id, { block: 'transfer', to: await house.extension(), onFailure: 'continue' })
    const last = await act(id, { block: 'play', prompt: { tone: 'dial' } })
    await act(id, { block: 'hangup' })
    await caller.ended
    expect((await over(id, last)).error).toMatchObject({ code: 'call_ended' })
    expect((await house.endedCall(from)).end).toMatchObject({ code: 'completed', by: 'operator' })
    const late = await post(id, { block: 'play', prompt: 'x' })
    expect([late.status, late.body]).toMatchObject([409, { code: 'call_ended' }])
    // An assignment to the API does not keep a number from being given back.
    const gone = await house.service.request('DELETE', `/v1/numbers/${encodeURIComponent(number)}`)
    expect(gone.status).toBe(204)
  })

  it('end with an apology where nothing is asked of them for as long as their number or request says', async () => {
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    const assignment = { kind: 'api', idleSeconds: 10 }
    const path = `/v1/numbers/${encodeURIComponent(number)}`
    expect(await house.service.api('PATCH', path, { assignment })).toMatchObject({ assignment })
    const [from, ann] = [house.stranger(), await house.signedIn()]
    const caller = (await house.phone(from)).call(number)
    const { id } = await house.callFrom(from)
    await done(id, { block: 'answer' })
    const request = { app: 'api', from: '+15550100', to: ann.username, idleSeconds: 11 }
    const { id: other } = await house.service.api<ShownCall>('POST', '/v1/calls', request)
    const rung = await ann.nextCall()
    await rung.answer()

    const heard = caller.listen()
    await Promise.all([caller.ended, rung.ended])

    expect(await house.saysIn(await heard.stop(), 'We are sorry. A fault keeps us')).toBeGreaterThan(0.7)
    const sentence = (seconds: number) => `the call was given nothing to do through the API for ${seconds} s`
    for (const [call, seconds] of [[id, 10] as const, [other, 11] as const]) {
      const { end } = await house.service.until<ShownCall>(`/v1/calls/${call}`, ({ state }) => state === 'ended')
      expect(end).toMatchObject({ code: 'failed', sentence: expect.stringContaining(sentence(seconds)) })
    }
    const refused = await house.service.request('POST', '/v1/calls', { ...request, app: 'connect' })
    expect([refused.status, refused.body]).toMatchObject([400, { errors: [{ field: '/idleSeconds' }] }])
  })

  it('reach numbers outside by the trunk of the number that they came in to', async () => {
    const outside = await house.phone('+15550300')
    const uri = outside.uri.replace(/^sip:[^@]*@/, 'sip:')
    const trunk = await house.service.api<{ id: string }>('POST', '/v1/trunks', { name: 'of one number', uri })
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    const change = { assignment: { kind: 'api' }, trunk: trunk.id }
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, change)
    const from = house.stranger()
    const caller = (await house.phone(from)).call(number)
    const { id } = await house.callFrom(from)

    const dialling = await act(id, { block: 'dial', targets: [{ to: '+15550300' }] })
    const dialled = await outside.nextCall()
    await dialled.answer()
    await caller.answered
    dialled.hangup()
    expect((await over(id, dialling)).result).toMatchObject({ kind: 'answered' })
    const transfer = await act(id, { block: 'transfer', to: '+15550300' })
    const transferred = await outside.nextCall()
    await transferred.answer()
    await house.told(from, /both sides hear each other/)
    transferred.hangup()
    expect((await over(id, transfer)).result).toMatchObject({ kind: 'transferred' })
    await caller.ended
  })

  it('take one block at a time, and stop, and hold', async () => {
    const { id, ann } = await placed()
    const first = await act(id, { block: 'play', prompt: { tone: 'dial' } })
    const second = await post(id, { block: 'play', prompt: 'x' })
    expect([second.status, second.body]).toMatchObject([
      409,
      { code: 'block_running', detail: expect.stringContaining(first.id) },
    ])
    await done(id, { block: 'stop' })
    expect((await over(id, first)).result).toEqual({ kind: 'stopped' })
    await done(id, { block: 'hold' })
    const held = await post(id, { block: 'send', digits: '1' })
    expect([held.status, held.body]).toMatchObject([409, { code: 'on_hold' }])
    await done(id, { block: 'unhold' })
    const again = await post(id, { block: 'unhold' })
    expect([again.status, again.body]).toMatchObject([409, { code: 'not_on_hold' }])
    await done(id, { block: 'send', digits: '12#' })

    expect(await ann.heardKeys(3)).toBe('12#')
    await act(id, { block: 'hangup' })
    await ann.ended
  })

  it('are free for the next block when one is stopped whose prompt is still fetched', async () => {
    const { id, ann } = await placed()
    const server = createServer((socket) => socket.on('error', () => socket.destroy()))
    scope.add('silent server', () => void server.close())
    const asked = once(server, 'connection')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const slow = await act(id, { block: 'play', prompt: { url: `http://127.0.0.1:${port}/slow.wav` } })
    const [socket] = (await asked) as [Socket]
    await done(id, { block: 'stop' })

    expect((await over(id, slow)).result).toEqual({ kind: 'stopped' })
    expect((await done(id, { block: 'play', prompt: { tone: 'beep', ms: 50 } })).result).toEqual({ kind: 'finished' })
    socket.destroy()
    ann.hangup()
  })

  it('say what is wrong with a prompt that cannot be spoken, and which blocks there are', async () => {
    const { id, ann } = await placed()
    const unknown = await done(id, { block: 'play', prompt: { text: 'hello', language: 'zz' } })
    const wordless = await done(id, { block: 'play', prompt: '...' })
    const jump = await post(id, { block: 'jump' })

    expect([unknown, wordless].map(({ error }) => error?.code)).toEqual(['not_supported', 'invalid_request'])
    expect(unknown.error?.sentence).toContain('zz')
    expect(jump.body).toMatchObject({ errors: [{ field: '/block', sentence: expect.stringContaining('"gather"') }] })
    ann.hangup()
  })

  it('take no actions while they ring, and say why when they were never answered', async () => {
    const phone = await house.signedIn()
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', {
      app: 'api',
      from: '+15550100',
      to: phone.username,
    })
    const ann = await phone.nextCall()
    const ringing = await post(id, { block: 'play', prompt: 'x' })
    expect([ringing.status, ringing.body]).toMatchObject([409, { code: 'call_ringing' }])
    ann.refuse(486)
    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'ended')
    const late = await post(id, { block: 'play', prompt: 'x' })
    expect([late.status, late.body]).toMatchObject([409, { code: 'call_ended' }])
  })

  it('of other apps take no blocks but stop, send and hangup', async () => {
    const [ann, bob] = [await house.signedIn(), await house.signedIn()]
    const caller = ann.call(bob.username)
    const callee = await bob.nextCall()
    await callee.answer()
    await caller.answered
    const { id } = await house.told(ann.username, /both sides hear each other/)

    const refused = await post(id, { block: 'play', prompt: 'x' })
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'call_not_driven' }])
    await act(id, { block: 'hangup' })
    await Promise.all([caller.ended, callee.ended])
  })

  it('refuse what cannot be, and name the field', async () => {
    const { id, ann } = await placed()
    const fields = async (body: unknown) => {
      const { status, body: reply } = await post(id, body)
      const { errors } = reply as { errors?: readonly { field: string }[] }
      return [status, errors?.map(({ field }) => field)]
    }

    expect(await fields({ block: 'gather', maxDigits: 0 })).toEqual([400, ['/maxDigits']])
    expect(await fields({ block: 'dial', targets: [{ to: 'nobody' }] })).toEqual([400, ['/targets/0/to']])
    expect(await fields({ block: 'transfer', to: '+19005551234' })).toEqual([403, ['/to']])
    expect(await fields({ block: 'dance' })).toEqual([400, ['/block']])
    await act(id, { block: 'hangup' })
    await ann.ended
  })

  it('tell by events of the call what its actions gave', async () => {
    const { id, ann } = await placed()
    const { url, token } = house.service
    const reply = await fetch(`${url}/v1/calls/${id}/events`, { headers: { Authorization: `Bearer ${token}` } })
    let told = ''
    const reading = (async () => {
      for await (const chunk of reply.body ?? []) told += Buffer.from(chunk).toString('utf8')
    })()
    await done(id, { block: 'play', prompt: { tone: 'beep' } })
    await eventually(
      () => told,
      (text) => text.includes('"state":"done"'),
    )
    await act(id, { block: 'hangup' })
    await ann.ended
    await reading

    expect(reply.headers.get('content-type')).toContain('text/event-stream')
    expect(told).toMatch(/event: call\.action\ndata: .*"block":"play","state":"done","result":\{"kind":"finished"\}/)
    expect(told.trim().split('\n\n').at(-1)).toMatch(/^event: call\.ended\n/)
  })
})
