import { describe, expect, it } from 'vitest'
import {
  type Dialog,
  type DialogEvent,
  dialogOfRequest,
  dialogOfResponse,
  requestLine,
  transition,
} from '../../../src/sip/dialog/dialog.ts'
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.ts'
import { parseMessage } from '../../../src/sip/message/parse.ts'
import { formatUri } from '../../../src/sip/message/uri.ts'

function read(startLine: string, lines: readonly string[]): SipRequest | SipResponse {
  const message = parseMessage(Buffer.from(`${[startLine, ...lines, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`))
  if (!('kind' in message)) throw new Error(JSON.stringify(message))
  return message as SipRequest | SipResponse
}

const via = 'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1'
const common = (to: string, cseq: string) => [
  via,
  'From: <sip:a@x>;tag=a',
  `To: <sip:b@x>${to}`,
  'Call-ID: c',
  `CSeq: ${cseq}`,
]
const request = (method: string, cseq: number, more: readonly string[] = [], to = '') =>
  read(`${method} sip:b@x SIP/2.0`, [...common(to, `${cseq} ${method}`), 'Max-Forwards: 70', ...more]) as SipRequest
const response = (status: number, cseq: string, tag: string, more: readonly string[] = []) =>
  read(`SIP/2.0 ${status} X`, [...common(tag === '' ? '' : `;tag=${tag}`, cseq), ...more]) as SipResponse

const contact = (host: string) => `Contact: <sip:b@${host}>`
const routes = ['Record-Route: <sip:p1;lr>', 'Record-Route: <sip:p2;lr>, <sip:p3;lr>']

function made(result: ReturnType<typeof dialogOfRequest>): Dialog {
  if (result.kind === 'fault') throw new Error(result.sentence)
  return result.dialog
}
const uas = (more = [contact('b1')]) => made(dialogOfRequest(request('INVITE', 7, more), 'ours'))
const uac = (status = 200, more = [contact('b1')]) =>
  made(dialogOfResponse(request('INVITE', 7), response(status, '7 INVITE', 'theirs', more)))
const follow = (dialog: Dialog, ...events: readonly DialogEvent[]) =>
  events.reduce((now, event) => {
    const step = transition(now, event)
    return step.kind === 'ok' ? step.dialog : now
  }, dialog)
const target = (dialog: Dialog) => formatUri(dialog.remoteTarget)
const route = (dialog: Dialog) => dialog.routeSet.map(({ uri }) => formatUri(uri))

describe('a dialog', () => {
  it('of a request has the tags, the target and the routes in their order (§12.1.1)', () => {
    const dialog = uas([contact('b1'), ...routes])
    expect(dialog).toMatchObject({ state: 'early', role: 'uas', localTag: 'ours', remoteTag: 'a', remoteCSeq: 7 })
    expect(dialog.local.params.get('tag')).toBe('ours')
    expect(route(dialog)).toEqual(['sip:p1;lr', 'sip:p2;lr', 'sip:p3;lr'])
  })

  it('of an answer has the routes reversed (§12.1.2)', () => {
    const dialog = uac(180, [contact('b1'), ...routes])
    expect(dialog).toMatchObject({ state: 'early', role: 'uac', localTag: 'a', remoteTag: 'theirs', localCSeq: 7 })
    expect(route(dialog)).toEqual(['sip:p3;lr', 'sip:p2;lr', 'sip:p1;lr'])
  })

  it('takes the routes and the target of the 2xx over those of the 18x (§13.2.2.4)', () => {
    const answer = response(200, '7 INVITE', 'theirs', [contact('b2'), 'Record-Route: <sip:p9;lr>'])
    const dialog = follow(uac(180, [contact('b1'), ...routes]), { kind: 'response_received', response: answer })
    expect([dialog.state, target(dialog), route(dialog)]).toEqual(['confirmed', 'sip:b@b2', ['sip:p9;lr']])
  })

  it('keeps its routes for good once it is up', () => {
    const again = request('INVITE', 8, [contact('b3'), 'Record-Route: <sip:p9;lr>'], ';tag=ours')
    const dialog = follow(
      uas([contact('b1'), ...routes]),
      { kind: 'response_sent', method: 'INVITE', status: 200 },
      { kind: 'request_received', request: again },
    )
    expect([target(dialog), route(dialog).length]).toEqual(['sip:b@b3', 3])
  })

  it.each<[string, Dialog, DialogEvent, Dialog['state']]>([
    ['180 sent', uas(), { kind: 'response_sent', method: 'INVITE', status: 180 }, 'early'],
    ['200 sent', uas(), { kind: 'response_sent', method: 'INVITE', status: 200 }, 'confirmed'],
    ['486 sent', uas(), { kind: 'response_sent', method: 'INVITE', status: 486 }, 'terminated'],
    ['BYE answered', uas(), { kind: 'response_sent', method: 'BYE', status: 200 }, 'terminated'],
    ['183 received', uac(180), { kind: 'response_received', response: response(183, '7 INVITE', 'theirs') }, 'early'],
    [
      '487 received',
      uac(180),
      { kind: 'response_received', response: response(487, '7 INVITE', 'theirs') },
      'terminated',
    ],
    [
      '488 to a re-INVITE',
      uac(),
      { kind: 'response_received', response: response(488, '8 INVITE', 'theirs') },
      'confirmed',
    ],
    ['481 to INFO', uac(), { kind: 'response_received', response: response(481, '8 INFO', 'theirs') }, 'terminated'],
    ['408 to INFO', uac(), { kind: 'response_received', response: response(408, '8 INFO', 'theirs') }, 'terminated'],
    ['500 to INFO', uac(), { kind: 'response_received', response: response(500, '8 INFO', 'theirs') }, 'confirmed'],
    ['200 to BYE', uac(), { kind: 'response_received', response: response(200, '8 BYE', 'theirs') }, 'terminated'],
    ['the end', uac(), { kind: 'ended' }, 'terminated'],
  ])('by %s', (_, dialog, event, state) => {
    expect(follow(dialog, event).state).toBe(state)
  })

  it.each([
    ['a lower CSeq', uas(), request('INFO', 6), 500],
    ['a request after the end', follow(uas(), { kind: 'ended' }), request('INFO', 9), 481],
    ['a Contact that cannot be read', uas(), request('INVITE', 8, ['Contact: <tel:1>']), 400],
  ])('refuses %s and stays as it was', (_, dialog, received, status) => {
    expect(transition(dialog, { kind: 'request_received', request: received })).toMatchObject({
      kind: 'refused',
      status,
    })
  })

  it('lets a gap in CSeq pass, and only target refreshes move the target', () => {
    const dialog = follow(uas(), { kind: 'request_received', request: request('INFO', 99, [contact('evil')]) })
    expect([dialog.remoteCSeq, target(dialog)]).toEqual([99, 'sip:b@b1'])
  })

  it('counts our requests', () => {
    expect(follow(uac(), { kind: 'request_made' }, { kind: 'request_made' }).localCSeq).toBe(9)
  })

  it('lives with a peer that has no tag (RFC 2543)', () => {
    expect(made(dialogOfResponse(request('INVITE', 1), response(200, '1 INVITE', '', [contact('b')]))).remoteTag).toBe(
      '',
    )
  })

  it('needs a Contact to become real', () => {
    expect(dialogOfRequest(request('INVITE', 1), 'ours').kind).toBe('fault')
    expect(dialogOfResponse(request('INVITE', 1), response(200, '1 INVITE', 't')).kind).toBe('fault')
  })
})

describe('a request in the dialog', () => {
  it('goes to the target without routes', () => {
    expect(requestLine(uas())).toMatchObject({ uri: { host: 'b1' }, routes: [], nextHop: { host: 'b1' } })
  })

  it('goes to a loose router with the target as Request-URI', () => {
    const line = requestLine(uas([contact('b1'), ...routes]))
    expect(line).toMatchObject({ uri: { host: 'b1' }, nextHop: { host: 'p1' } })
    expect(line.routes.map(({ uri }) => formatUri(uri))).toEqual(['sip:p1;lr', 'sip:p2;lr', 'sip:p3;lr'])
  })

  it('goes to a strict router as its Request-URI, with the target as the last Route (§12.2.1.1)', () => {
    const line = requestLine(uas([contact('b1'), 'Record-Route: <sip:p1>, <sip:p2;lr>']))
    expect([formatUri(line.uri), formatUri(line.nextHop)]).toEqual(['sip:p1', 'sip:p1'])
    expect(line.routes.map(({ uri }) => formatUri(uri))).toEqual(['sip:p2;lr', 'sip:b@b1'])
  })
})
