import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { notificationBody } from '../../../src/api/compat/blocks/notification.ts'
import { ClientError, Offhook, parseNotification } from '../../../src/client/index.ts'

describe('the client', () => {
  const got: { path: string; type: string | undefined; form: Record<string, string> }[] = []
  let answer = '{"status":"success_ok"}'
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      got.push({
        path: `${request.method} ${request.url}`,
        type: request.headers['content-type'],
        form: Object.fromEntries(new URLSearchParams(body)),
      })
      response.end(answer)
    })
  })
  let client: Offhook
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    client = new Offhook({ url, appId: 'tok_1', accessToken: 'oh_secret' })
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  const notifyUrl = 'http://app.test/hook'
  const sent = (path: string, form: Record<string, string>) => ({
    path: `POST /open/ivr/${path}`,
    type: 'application/x-www-form-urlencoded;charset=UTF-8',
    form: { app_id: 'tok_1', access_token: 'oh_secret', ...form },
  })

  it('dials, and gives session and transaction', async () => {
    answer = '{"status":"success_ok","session":"S4643","txn_ref":"TX-1234"}'
    const result = await client.ivr.dial('+6511111111', {
      msg: 'Hello & bye',
      callerId: '+6500000000',
      maxDuration: 60,
    })

    expect(got.pop()).toEqual(
      sent('start/dial', { dest: '+6511111111', msg: 'Hello & bye', caller_id: '+6500000000', max_duration: '60' }),
    )
    expect([result.isSuccess(), result.status(), result.session, result.txnRef, result.room]).toEqual([
      true,
      'success_ok',
      'S4643',
      'TX-1234',
      undefined,
    ])
  })

  it.each([
    ['middle/play', () => client.ivr.play('S1', 'Hi', { tag: 'a' }), { msg: 'Hi', tag: 'a' }],
    [
      'middle/gather',
      () => client.ivr.gather('S1', { notifyUrl, maxDigits: 1, timeout: 60, attempts: 3 }),
      { notify_url: notifyUrl, max_digits: '1', timeout: '60', attempts: '3' },
    ],
    [
      'middle/record',
      () => client.ivr.record('S1', { notifyUrl, maxDuration: 60 }),
      { notify_url: notifyUrl, max_duration: '60' },
    ],
    [
      'middle/monitor',
      () => client.ivr.monitor('S1', { notifyUrl, monitorNotifyUrl: notifyUrl }),
      { notify_url: notifyUrl, monitor_notify_url: notifyUrl },
    ],
    ['middle/hold', () => client.ivr.hold('S1', { msg: 'Wait' }), { msg: 'Wait' }],
    ['middle/unhold', () => client.ivr.unhold('S1', { notifyUrl }), { notify_url: notifyUrl }],
    [
      'end/transfer',
      () => client.ivr.transfer('S1', 'room:', { onFailure: 'continue' }),
      { dest: 'room:', on_failure: 'continue' },
    ],
    ['end/hangup', () => client.ivr.hangup('S1', { force: true }), { force: 'enabled' }],
    ['end/hangup', () => client.ivr.hangup('S1', { msg: 'Bye', force: false }), { msg: 'Bye' }],
  ] as const)('sends %s', async (path, send, form) => {
    answer = '{"status":"error_session_ended"}'
    const result = await send()

    expect(got.pop()).toEqual(sent(path, { session: 'S1', ...form }))
    expect([result.isSuccess(), result.status()]).toEqual([false, 'error_session_ended'])
  })

  it.each(['<html>', '{}', '[]', 'null', '{"status":1}'])('takes %s for no answer', async (body) => {
    answer = body
    await expect(client.ivr.hold('S1')).rejects.toBeInstanceOf(ClientError)
  })

  it('says where nothing answered', async () => {
    const gone = new Offhook({ url: 'http://127.0.0.1:1', appId: 'a', accessToken: 'b' })
    await expect(gone.ivr.hangup('S1')).rejects.toThrow('http://127.0.0.1:1/open/ivr/end/hangup gave no answer')
  })
})

describe('parseNotification', () => {
  it('reads what the service sends', () => {
    const notice = {
      session: 'S1',
      txnRef: 'TX-1',
      state: 'ended',
      tag: 'a&b',
      from: '+15550142',
      to: '+15550100',
      result: { block: 'record', recordUrl: 'http://x/r?a=1&b=2' },
      ended: { at: 0, seconds: 61 },
    } as const
    const read = parseNotification(notificationBody(notice))

    expect(read).toEqual({
      block: 'record',
      callState: 'ended',
      session: 'S1',
      txnRef: 'TX-1',
      tag: 'a&b',
      from: '+15550142',
      to: '+15550100',
      recordUrl: 'http://x/r?a=1&b=2',
      date: '1970-01-01 00:00:00',
      duration: 2,
      currency: 'USD',
      rate: 0,
      debit: 0,
    })
    expect(parseNotification({ ...Object.fromEntries(new URLSearchParams(notificationBody(notice))) })).toEqual(read)
  })

  it.each([
    ['session=S1&txn_ref=TX-1', /lacks call_state/],
    ['call_state=over&session=S1&txn_ref=TX-1', /call_state is "over"/],
    ['call_state=ended&session=S1&txn_ref=TX-1&duration=', /duration is ""/],
    ['call_state=ongoing&session=S1&txn_ref=TX-1&dial_status=ok', /dial_status is "ok"/],
  ])('refuses %s', (body, why) => {
    expect(() => parseNotification(body)).toThrow(why)
  })
})
