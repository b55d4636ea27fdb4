import { type HeaderEntries, HeaderList } from './headers.ts'
import type { CSeq, NameAddr, SipRequest, SipResponse, Via } from './message.ts'
import { formatNameAddr, parseNameAddr } from './name-addr.ts'
import { isToken } from './scan.ts'
import { reasonPhrase } from './status.ts'
import type { Uri } from './uri.ts'
import { formatVia } from './via.ts'

export interface Body {
  readonly type: string
  readonly content: Buffer | string
}

export interface RequestParts {
  readonly method: string
  readonly uri: Uri
  readonly from: NameAddr
  readonly to: NameAddr
  readonly callId: string
  readonly cseq: number
  /** Default 70 (§8.1.1.6). */
  readonly maxForwards?: number
  /** The route set in order, written as Route. */
  readonly routes?: readonly NameAddr[]
  readonly contact?: NameAddr
  /** Behind those above, in this order. */
  readonly headers?: HeaderEntries
  readonly body?: Body
}

/**
 * A request without Via: the transaction layer puts one on top for each try. Throws a `TypeError` that names the
 * field when a part cannot be written (a line break in a value, a method that is no token).
 */
export function buildRequest(parts: RequestParts): SipRequest {
  if (!isToken(parts.method)) throw new TypeError('the method is not a token')
  const cseq: CSeq = { number: parts.cseq, method: parts.method }
  const headers = new HeaderList()
  for (const route of parts.routes ?? []) headers.add('Route', formatNameAddr(route))
  headers
    .add('Max-Forwards', String(parts.maxForwards ?? 70))
    .add('From', formatNameAddr(parts.from))
    .add('To', formatNameAddr(parts.to))
    .add('Call-ID', parts.callId)
    .add('CSeq', `${cseq.number} ${cseq.method}`)
  if (parts.contact !== undefined) headers.add('Contact', formatNameAddr(parts.contact))
  for (const [name, value] of parts.headers ?? []) headers.add(name, value)
  const body = addBody(headers, parts.body)
  const { method, uri, from, to, callId } = parts
  return { kind: 'request', method, uri, headers, body, callId, from, to, cseq, vias: [] }
}

export interface ResponseParts {
  readonly reason?: string
  /** Put into To where the request has none; without it To is echoed as it is. Never in a 100. */
  readonly toTag?: string
  readonly headers?: HeaderEntries
  readonly body?: Body
}

/**
 * An answer by §8.2.6: every Via, From, To, Call-ID and CSeq of the request; Timestamp in a 100; Record-Route in a
 * provisional or 2xx answer to a request outside of a dialog (§12.1.1).
 */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  if (!Number.isInteger(status) || status < 100 || status > 699) throw new RangeError('the status is not in 100–699')
  const headers = new HeaderList()
  for (const via of request.headers.all('Via')) headers.add('Via', via)
  if (status > 100 && status < 300 && !request.to.params.has('tag'))
    for (const route of request.headers.all('Record-Route')) headers.add('Record-Route', route)
  const to = taggedTo(request, status, parts.toTag)
  headers
    .add('From', request.headers.get('From') ?? '')
    .add('To', to)
    .add('Call-ID', request.callId)
    .add('CSeq', `${request.cseq.number} ${request.cseq.method}`)
  const timestamp = status === 100 ? request.headers.get('Timestamp') : undefined
  if (timestamp !== undefined) headers.add('Timestamp', timestamp)
  for (const [name, value] of parts.headers ?? []) headers.add(name, value)
  const body = addBody(headers, parts.body)
  return {
    kind: 'response',
    status,
    reason: parts.reason ?? reasonPhrase(status),
    headers,
    body,
    callId: request.callId,
    from: request.from,
    to: parseNameAddr(to) ?? request.to,
    cseq: request.cseq,
    vias: request.vias,
  }
}

function taggedTo(request: SipRequest, status: number, tag: string | undefined): string {
  const to = request.headers.get('To') ?? ''
  if (tag === undefined || status === 100 || request.to.params.has('tag')) return to
  if (!isToken(tag)) throw new TypeError('the tag is not a token')
  return `${to};tag=${tag}`
}

function addBody(headers: HeaderList, body: Body | undefined): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  headers.add('Content-Type', body.type)
  return typeof body.content === 'string' ? Buffer.from(body.content, 'utf8') : body.content
}

/** The same request with this Via on top. */
export function withVia(request: SipRequest, via: Via): SipRequest {
  const headers = HeaderList.of(request.headers).prepend('Via', formatVia(via))
  return { ...request, headers, vias: [via, ...request.vias] }
}

/** The same request with its topmost Via changed: how `received` and `rport` are filled in. */
export function withTopVia(request: SipRequest, via: Via): SipRequest {
  const headers = HeaderList.of(request.headers).setTop('Via', formatVia(via))
  return { ...request, headers, vias: [via, ...request.vias.slice(1)] }
}

/**
 * CANCEL (§9.1) and the ACK of a final answer other than 2xx (§17.1.1.3) belong to the INVITE's own transaction:
 * its Request-URI, topmost Via, From, Call-ID, CSeq number and Route. `to` is that of the answer for an ACK.
 */
export function buildHopByHop(
  invite: SipRequest,
  method: 'ACK' | 'CANCEL',
  to: { readonly value: NameAddr; readonly text: string },
  extra: HeaderEntries = [],
): SipRequest {
  const top = invite.vias[0]
  if (top === undefined) throw new TypeError('the INVITE was not sent: it has no Via')
  const headers = new HeaderList().add('Via', formatVia(top))
  for (const route of invite.headers.all('Route')) headers.add('Route', route)
  headers
    .add('Max-Forwards', '70')
    .add('From', invite.headers.get('From') ?? '')
    .add('To', to.text)
    .add('Call-ID', invite.callId)
    .add('CSeq', `${invite.cseq.number} ${method}`)
  for (const [name, value] of extra) headers.add(name, value)
  return {
    kind: 'request',
    method,
    uri: invite.uri,
    headers,
    body: Buffer.alloc(0),
    callId: invite.callId,
    from: invite.from,
    to: to.value,
    cseq: { number: invite.cseq.number, method },
    vias: [top],
  }
}
