import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { type Notification, Offhook, parseNotification } from '../../src/client/index.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'
import { type Receiver, startReceiver } from '../kit/receiver.ts'
import { DocumentHouse } from './documents-kit.ts'

describe('the block API of the running service, by its client', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let hooks: Receiver
  let app: { id: string; token: string }
  let ivr: Offhook['ivr']

  beforeAll(async () => {
    const OFFHOOK_RTP_PORTS = await freePort(256).then((first) => `${first}-${first + 255}`)
    house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8', OFFHOOK_RTP_PORTS } })
    hooks = await startReceiver(scope)
    app = await newApp('menu')
    ivr = clientOf(app).ivr
  })
  afterAll(() => scope.close())

  const newApp = (name: string, scopes = ['calls:write']) =>
    house.service.api<{ id: string; token: string }>('POST', '/v1/tokens', { name, scopes })
  const clientOf = ({ id, token }: { id: string; token: string }) =>
    new Offhook({ url: house.service.url, appId: id, accessToken: token })
  /** Waits for a line of the story of a session's call. */
  const line = (session: string, kind: string) =>
    house.service.until<ShownCall>(`/v1/calls/call_${session.slice(1)}`, ({ timeline }) =>
      timeline.some((event) => event.kind === kind),
    )
  const hook = (name: string) => `${hooks.url}/${name}?app_state=${name}`
  /** The notifications to a path, oldest first. */
  const told = (name: string): Notification[] =>
    hooks.received
      .filter(({ path }) => path === `/${name}?app_state=${name}`)
      .map(({ body }) => parseNotification(body))
  const next = async (name: string, count = 1): Promise<Notification> => {
    const seen = await eventually(
      () => told(name),
      (all) => all.length >= count,
      20_000,
    )
    expect(seen, `notifications to ${name}`).toHaveLength(count)
    return seen[count - 1] as Notification
  }

  it('dial, play, gather, record, hold, transfer that fails, hangup: each is told in its turn', async () => {
    const ann = await house.signedIn()
    const away = await house.extension()
    const dialed = await ivr.dial(ann.username, {
      msg: '<speech gender="male">Hello</speech>',
      tag: 'myapp',
      notifyUrl: hook('a-dial'),
    })
    expect([dialed.status(), dialed.isSuccess()]).toEqual(['success_ok', true])
    const session = dialed.session as string
    const txnRef = dialed.txnRef as string
    expect([session, txnRef]).toEqual([expect.stringMatching(/^S/), expect.stringMatching(/^TX-/)])

    expect((await ivr.play(session, 'Too soon')).status()).toBe('error_session_not_ready')
    const call = await ann.nextCall()
    const heard = call.listen()
    await call.answer()
    const base = { session, txnRef, callState: 'ongoing' }
    expect(await next('a-dial')).toEqual({
      ...base,
      block: 'dial',
      tag: 'myapp',
      dialStatus: 'answered',
      dest: ann.username,
    })
    expect(await house.saysIn(await heard.stop(), 'Hello')).toBeGreaterThan(0.8)

    expect((await ivr.play(session, 'Welcome', { notifyUrl: hook('a-play') })).status()).toBe('success_ok')
    expect(await next('a-play')).toEqual({ ...base, block: 'play' })

    const gather = { msg: 'Press', maxDigits: 2, timeout: 10, notifyUrl: hook('a-gather') }
    expect((await ivr.gather(session, gather)).status()).toBe('success_ok')
    expect((await ivr.gather(session, gather)).status()).toBe('error_session_not_ready')
    await call.press('42')
    expect(await next('a-gather')).toEqual({ ...base, block: 'gather', digits: '42' })

    expect((await ivr.gather(session, { timeout: 1, attempts: 2, notifyUrl: hook('a-none') })).status()).toBe(
      'success_ok',
    )
    expect(await next('a-none')).toEqual({ ...base, block: 'gather', digits: '' })

    expect((await ivr.record(session, { maxDuration: 30, notifyUrl: hook('a-record') })).status()).toBe('success_ok')
    await line(session, 'record')
    await call.play(house.wav(tune(61, 2)))
    await call.press('#')
    const recorded = await next('a-record')
    expect(recorded).toMatchObject({ ...base, block: 'record' })
    expect(likeness(await house.download(recorded.recordUrl as string), tune(61, 1.5))).toBeGreaterThan(0.8)

    expect((await ivr.unhold(session)).status()).toBe('error_session_not_on_hold')
    expect((await ivr.hold(session, { msg: 'Wait' })).status()).toBe('success_ok')
    expect(
      (
        await eventually(
          () => ivr.play(session, 'No'),
          (r) => r.status() === 'error_session_not_ready',
        )
      ).status(),
    ).toBe('error_session_not_ready')
    const unheld = await eventually(
      () => ivr.unhold(session, { notifyUrl: hook('a-unhold') }),
      (result) => result.isSuccess(),
    )
    expect(unheld.status()).toBe('success_ok')
    expect(await next('a-unhold')).toEqual({ ...base, block: 'unhold' })

    const transfer = { onFailure: 'continue', notifyUrl: hook('a-transfer') } as const
    expect((await ivr.transfer(session, away, transfer)).status()).toBe('success_ok')
    expect(await next('a-transfer')).toEqual({
      ...base,
      block: 'transfer',
      transferStatus: 'unanswered',
      dest: away,
    })

    expect((await ivr.hangup(session, { msg: 'Bye', tag: 'last', notifyUrl: hook('a-hangup') })).status()).toBe(
      'success_ok',
    )
    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(await next('a-hangup')).toEqual({
      ...base,
      block: 'hangup',
      callState: 'ended',
      from: 'anonymous',
      to: ann.username,
      tag: 'last',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      duration: 1,
      currency: 'USD',
      rate: 0,
      debit: 0,
    })
    const after = await eventually(
      () => ivr.play(session, 'Late'),
      (result) => result.status() === 'error_session_ended',
    )
    expect(after.status()).toBe('error_session_ended')
  })

  it('a call to a number with a notify URL is told, answered by the first block, and its end told at the last URL', async () => {
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, {
      assignment: { kind: 'notify', url: hook('b-answer'), token: app.id },
    })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    const answer = await next('b-answer')
    expect(answer).toEqual({
      block: 'answer',
      callState: 'ringing',
      session: expect.stringMatching(/^S/),
      txnRef: expect.stringMatching(/^TX-/),
      from: stranger,
      to: number,
    })

    const other = clientOf(await newApp('other'))
    expect((await other.ivr.play(answer.session, 'Hi')).status()).toBe('error_session_access_denied')
    expect((await ivr.play(answer.session, 'Hi', { notifyUrl: hook('b-play') })).status()).toBe('success_ok')
    await call.answered
    await next('b-play')
    expect((await ivr.record(answer.session, { tag: 'r', notifyUrl: hook('b-record') })).status()).toBe('success_ok')
    await line(answer.session, 'record')
    await call.play(house.wav(tune(62, 1)))
    call.hangup()
    expect(await next('b-record')).toMatchObject({
      block: 'record',
      callState: 'ended',
      tag: 'r',
      from: stranger,
      to: number,
      duration: 1,
      recordUrl: expect.stringContaining('/r/'),
    })
    expect(told('b-play')).toHaveLength(1)
  })

  it('a transfer that is answered ends the call when the talk is over', async () => {
    const [ann, bob] = [await house.signedIn(), await house.signedIn()]
    const { session } = await ivr.dial(ann.username, { notifyUrl: hook('c-dial') })
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    await next('c-dial')
    await ivr.transfer(session as string, bob.username, { notifyUrl: hook('c-transfer') })
    const atBob = await bob.nextCall()
    await atBob.answer()
    await line(session as string, 'bridged')
    atBob.hangup()

    expect(await next('c-transfer')).toMatchObject({
      callState: 'ended',
      transferStatus: 'answered',
      dest: bob.username,
    })
    expect(await atAnn.ended).toMatchObject({ by: 'remote', how: 'bye' })
  })

  it.each([
    ['is busy', 486, 'busy'],
    ['does not answer', 480, 'unanswered'],
    ['is nowhere', 404, 'failed'],
  ] as const)('a dial to one who %s is told with its end', async (_, status, word) => {
    const ann = await house.signedIn()
    const { session } = await ivr.dial(ann.username, { tag: word, notifyUrl: hook(`d-${word}`) })
    ;(await ann.nextCall()).refuse(status)

    expect(await next(`d-${word}`)).toMatchObject({
      block: 'dial',
      session,
      callState: 'ended',
      dialStatus: word,
      tag: word,
      duration: 0,
    })
  })

  it('a hangup gives up a call that rings, and cuts off whatever is said', async () => {
    const ann = await house.signedIn()
    const first = await ivr.dial(ann.username, { notifyUrl: hook('e-dial') })
    const ringing = await ann.nextCall()
    ringing.ring()
    expect((await ivr.hangup(first.session as string, { notifyUrl: hook('e-hangup') })).status()).toBe('success_ok')
    expect(await ringing.ended).toMatchObject({ how: 'cancel' })
    expect(await next('e-hangup')).toMatchObject({ block: 'hangup', callState: 'ended', duration: 0 })
    expect(told('e-dial')).toEqual([])

    const second = await ivr.dial(ann.username, { notifyUrl: hook('e-second') })
    const up = await ann.nextCall()
    await up.answer()
    await next('e-second')
    const long = 'one two three four five six seven eight nine ten '.repeat(10)
    await ivr.play(second.session as string, long, { notifyUrl: hook('e-play') })
    expect((await ivr.hangup(second.session as string, { force: true })).status()).toBe('success_ok')
    expect(await up.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(told('e-play')).toEqual([])
  })

  it('without a notify URL a dial says its words and hangs up, and a duration ends it', async () => {
    const ann = await house.signedIn()
    await ivr.dial(ann.username, { msg: 'This is all' })
    const call = await ann.nextCall()
    await call.answer()
    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })

    await ivr.dial(ann.username, { maxDuration: 1, notifyUrl: hook('f-dial') })
    const limited = await ann.nextCall()
    await limited.answer()
    expect(await limited.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(await next('f-dial', 2)).toMatchObject({ callState: 'ended', duration: 1 })
  })

  it('refuses with the code of the fault, by GET and by POST, always with HTTP 200', async () => {
    const reader = await newApp('reader', ['calls:read'])
    const ask = async (path: string, fields: Record<string, string>, method = 'POST', over = {}) => {
      const form = new URLSearchParams({ app_id: app.id, access_token: app.token, ...fields })
      const url = `${house.service.url}/open/ivr/${path}`
      const reply = method === 'GET' ? await fetch(`${url}?${form}`) : await fetch(url, { method, body: form, ...over })
      expect(reply.status).toBe(200)
      return ((await reply.json()) as { status: string }).status
    }
    const session = `S${'0'.repeat(24)}`
    const notify_url = hook('g')
    const table: readonly (readonly [string, string, Record<string, string>])[] = [
      ['error_app_id_param_missing', 'start/dial', { app_id: '' }],
      ['error_access_token_param_missing', 'start/dial', { access_token: '' }],
      ['error_invalid_app_id', 'start/dial', { app_id: 'nobody' }],
      ['error_invalid_access_token', 'start/dial', { access_token: 'wrong' }],
      ['error_permission_denied', 'start/dial', { app_id: reader.id, access_token: reader.token }],
      ['error_dest_param_missing', 'start/dial', {}],
      ['error_dest_invalid', 'start/dial', { dest: 'nobody-here' }],
      ['error_dest_not_supported', 'start/dial', { dest: '+15550999' }],
      ['error_dest_not_supported', 'start/dial', { dest: '+19005550142' }],
      ['error_caller_id_invalid', 'start/dial', { dest: 'sip:a@127.0.0.1:9', caller_id: '+15559999' }],
      ['error_invalid_max_duration', 'start/dial', { dest: 'sip:a@127.0.0.1:9', max_duration: '0' }],
      ['error_invalid_notify_url', 'start/dial', { dest: 'sip:a@127.0.0.1:9', notify_url: 'http://10.0.0.1/' }],
      [
        'error_unable_to_resolve_notify_url',
        'start/dial',
        { dest: 'sip:a@127.0.0.1:9', notify_url: 'http://nobody.invalid/' },
      ],
      ['error_session_param_missing', 'middle/play', {}],
      ['error_invalid_session', 'middle/play', { session: 'S1' }],
      ['error_invalid_session', 'middle/hold', { session }],
      ['error_notify_url_param_missing', 'middle/gather', { session }],
      ['error_invalid_max_digits', 'middle/gather', { session, notify_url, max_digits: '256' }],
      ['error_invalid_timeout', 'middle/gather', { session, notify_url, timeout: '0' }],
      ['error_invalid_attempts', 'middle/gather', { session, notify_url, attempts: '0' }],
      ['error_invalid_max_duration', 'middle/record', { session, notify_url, max_duration: '0' }],
      ['error_on_failure_invalid', 'end/transfer', { session, dest: '1001', on_failure: 'no' }],
      ['error_invalid_room', 'end/transfer', { session, dest: 'room:?' }],
      ['error_tag_invalid_length', 'middle/unhold', { session, tag: 'x'.repeat(257) }],
      ['error_msg_empty', 'middle/play', { session, msg: ' ' }],
      ['error_msg_invalid_length', 'middle/play', { session, msg: 'x'.repeat(1001) }],
      ['error_msg_invalid_xml', 'middle/play', { session, msg: '<b>' }],
      ['error_malformed_params', 'end/hangup', { session, force: 'maybe' }],
      ['error_invalid_session', 'end/hangup', { session }],
    ]
    for (const [code, path, fields] of table) {
      expect(await ask(path, fields), `POST ${path} ${JSON.stringify(fields)}`).toBe(code)
      expect(await ask(path, fields, 'GET'), `GET ${path} ${JSON.stringify(fields)}`).toBe(code)
    }
    expect(await ask('middle/play', {}, 'PUT')).toBe('error_invalid_http_method')
    expect(await ask('middle/play', {}, 'DELETE')).toBe('error_invalid_http_method')
    expect(await ask('middle/play', {}, 'POST', { body: '{}', headers: { 'content-type': 'application/json' } })).toBe(
      'error_malformed_params',
    )
    expect(await ask('middle/play', {}, 'POST', { body: new URLSearchParams('tag=a&tag=b') })).toBe(
      'error_malformed_params',
    )
  })

  it('a number whose notify URL is away tells its fallback; without one the caller hears an apology', async () => {
    const dead = `http://127.0.0.1:${await freePort()}/gone`
    const callTo = async (urls: object) => {
      const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
      const assignment = { kind: 'notify', token: app.id, ...urls }
      await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
      return (await house.phone(house.stranger())).call(number)
    }
    const first = await callTo({ url: dead, fallbackUrl: hook('f-answer') })
    const { session } = await next('f-answer')
    await ivr.hangup(session)
    await first.ended

    const second = await callTo({ url: dead })
    await second.answered
    const heard = second.listen()
    expect(await second.ended).toMatchObject({ by: 'remote', how: 'bye' })
    const sorry = 'We are sorry. A fault keeps us from going on with this call. Please try again later.'
    expect(await house.saysIn(await heard.stop(), sorry)).toBeGreaterThan(0.7)
  })

  it('a call that is recorded through another interface is not monitored twice', async () => {
    const ann = await house.signedIn()
    const { session = '' } = await ivr.dial(ann.username, { notifyUrl: hook('i-dial') })
    const call = await ann.nextCall()
    await call.answer()
    await next('i-dial')
    const { status } = await new DocumentHouse(house).rest('POST', `Call/call_${session.slice(1)}/Record/`, {})
    expect(status).toBe(202)
    expect((await ivr.monitor(session, { notifyUrl: hook('i-monitor') })).status()).toBe('error_monitor_in_progress')
    await ivr.hangup(session)
    await call.ended
  })

  it('a room of a token is nothing to documents and the interface around them', async () => {
    const ann = await house.signedIn()
    const { session = '' } = await ivr.dial(ann.username, { notifyUrl: hook('k-dial') })
    const call = await ann.nextCall()
    await call.answer()
    await next('k-dial')
    const { room } = await ivr.transfer(session, 'room:', { notifyUrl: hook('k-room') })
    await line(session, 'room')
    const documents = new DocumentHouse(house)

    expect((await documents.rest('GET', 'Conference/')).body).toMatchObject({ conferences: [] })
    const path = `Conference/${encodeURIComponent(`${app.id}/${room}`)}/`
    expect((await documents.rest('GET', path)).status).toBe(404)
    expect((await documents.rest('DELETE', path)).status).toBe(404)
    expect((await documents.rest('DELETE', 'Conference/')).status).toBe(204)

    const { state } = await house.service.api<ShownCall>('GET', `/v1/calls/call_${session.slice(1)}`)
    expect(state).toBe('up')
    await ivr.hangup(session, { force: true })
    await call.ended
  })

  it('what cannot be said is refused, and the session goes on', async () => {
    const ann = await house.signedIn()
    const { session = '' } = await ivr.dial(ann.username, { notifyUrl: hook('h-dial') })
    const call = await ann.nextCall()
    await call.answer()
    await next('h-dial')
    const say = async (msg: string) => (await ivr.play(session, msg, { notifyUrl: hook('h-play') })).status()

    expect(await say('<speech language="xx-xx">Hi</speech>')).toBe('error_msg_invalid_language')
    expect(await say('…')).toBe('error_msg_empty')
    expect(await say(`<url>${hooks.url}/a.wav</url>`)).toBe('error_msg_download_failed')
    expect(await say('<url>http://10.0.0.1/a.wav</url>')).toBe('error_msg_invalid_url')
    expect((await ivr.transfer(session, 'nobody-here')).status()).toBe('error_dest_invalid')
    expect(await say('<speech gender="male">Fine</speech>')).toBe('success_ok')
    await next('h-play')
    await ivr.hangup(session)
    await call.ended
  })

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
