import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import type { ShownCall } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'
import { BlockHouse } from './blocks-kit.ts'
import { DocumentHouse } from './documents-kit.ts'

describe('what the block API of the running service refuses', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let blocks: BlockHouse

  beforeAll(async () => {
    blocks = await BlockHouse.open(scope)
  })
  afterAll(() => scope.close())

  it('refuses with the code of the fault, by GET and by POST, always with HTTP 200', async () => {
    const reader = await blocks.newApp('reader', ['calls:read'])
    const ask = async (path: string, fields: Record<string, string>, method = 'POST', over = {}) => {
      const form = new URLSearchParams({ app_id: blocks.app.id, access_token: blocks.app.token, ...fields })
      const url = `${blocks.house.service.url}/open/ivr/${path}`
      const reply = method === 'GET' ? await fetch(`${url}?${form}`) : await fetch(url, { method, body: form, ...over })
      expect(reply.status).toBe(200)
      return ((await reply.json()) as { status: string }).status
    }
    const session = `S${'0'.repeat(24)}`
    const notify_url = blocks.hook('g')
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
      const { number } = await blocks.house.service.api<{ number: string }>('POST', '/v1/numbers', {})
      const assignment = { kind: 'notify', token: blocks.app.id, ...urls }
      await blocks.house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
      return (await blocks.house.phone(blocks.house.stranger())).call(number)
    }
    const first = await callTo({ url: dead, fallbackUrl: blocks.hook('f-answer') })
    const { session } = await blocks.next('f-answer')
    await blocks.ivr.hangup(session)
    await first.ended

    const second = await callTo({ url: dead })
    await second.answered
    const heard = second.listen()
    expect(await second.ended).toMatchObject({ by: 'remote', how: 'bye' })
    const sorry = 'We are sorry. A fault keeps us from going on with this call. Please try again later.'
    expect(await blocks.house.saysIn(await heard.stop(), sorry)).toBeGreaterThan(0.7)
  })

  it('a call that is recorded through another interface is not monitored twice', async () => {
    const ann = await blocks.house.signedIn()
    const { session = '' } = await blocks.ivr.dial(ann.username, { notifyUrl: blocks.hook('i-dial') })
    const call = await ann.nextCall()
    await call.answer()
    await blocks.next('i-dial')
    const { status } = await new DocumentHouse(blocks.house).rest('POST', `Call/call_${session.slice(1)}/Record/`, {})
    expect(status).toBe(202)
    expect((await blocks.ivr.monitor(session, { notifyUrl: blocks.hook('i-monitor') })).status()).toBe(
      'error_monitor_in_progress',
    )
    await blocks.ivr.hangup(session)
    await call.ended
  })

  it('a room of a token is nothing to documents and the interface around them', async () => {
    const ann = await blocks.house.signedIn()
    const { session = '' } = await blocks.ivr.dial(ann.username, { notifyUrl: blocks.hook('k-dial') })
    const call = await ann.nextCall()
    await call.answer()
    await blocks.next('k-dial')
    const { room } = await blocks.ivr.transfer(session, 'room:', { notifyUrl: blocks.hook('k-room') })
    await blocks.line(session, 'room')
    const documents = new DocumentHouse(blocks.house)

    expect((await documents.rest('GET', 'Conference/')).body).toMatchObject({ conferences: [] })
    const path = `Conference/${encodeURIComponent(`${blocks.app.id}/${room}`)}/`
    expect((await documents.rest('GET', path)).status).toBe(404)
    expect((await documents.rest('DELETE', path)).status).toBe(404)
    expect((await documents.rest('DELETE', 'Conference/')).status).toBe(204)

    const { state } = await blocks.house.service.api<ShownCall>('GET', `/v1/calls/call_${session.slice(1)}`)
    expect(state).toBe('up')
    await blocks.ivr.hangup(session, { force: true })
    await call.ended
  })

  it('what cannot be said is refused, and the session goes on', async () => {
    const ann = await blocks.house.signedIn()
    const { session = '' } = await blocks.ivr.dial(ann.username, { notifyUrl: blocks.hook('h-dial') })
    const call = await ann.nextCall()
    await call.answer()
    await blocks.next('h-dial')
    const say = async (msg: string) =>
      (await blocks.ivr.play(session, msg, { notifyUrl: blocks.hook('h-play') })).status()

    expect(await say('<speech language="xx-xx">Hi</speech>')).toBe('error_msg_invalid_language')
    expect(await say('…')).toBe('error_msg_empty')
    expect(await say(`<url>${blocks.hooks.url}/a.wav</url>`)).toBe('error_msg_download_failed')
    expect(await say('<url>http://10.0.0.1/a.wav</url>')).toBe('error_msg_invalid_url')
    expect((await blocks.ivr.transfer(session, 'nobody-here')).status()).toBe('error_dest_invalid')
    expect(await say('<speech gender="male">Fine</speech>')).toBe('success_ok')
    await blocks.next('h-play')
    await blocks.ivr.hangup(session)
    await call.ended
  })

  it('leaves nothing behind', async () => {
    await blocks.house.service.stop()
  })
})
