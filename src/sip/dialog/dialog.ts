import type { NameAddr, SipRequest, SipResponse } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import type { Uri } from '../message/uri.ts'

/** RFC 3261 §12, as data. `uac`: we sent the request that made it. */
export interface Dialog {
  readonly state: 'early' | 'confirmed' | 'terminated'
  readonly role: 'uac' | 'uas'
  readonly callId: string
  /** From of our requests; carries our tag. */
  readonly local: NameAddr
  /** To of our requests; carries the other side's tag, unless that speaks RFC 2543. */
  readonly remote: NameAddr
  readonly localTag: string
  /** '' where the other side has none (§12.1.1). */
  readonly remoteTag: string
  /** Request-URI of our requests: the other side's Contact, the latest one. */
  readonly remoteTarget: Uri
  /** In the order in which our requests pass them. */
  readonly routeSet: readonly NameAddr[]
  /** Of our last request. */
  readonly localCSeq: number
  /** Of the other side's last request; absent before the first. */
  readonly remoteCSeq?: number
}

export type DialogEvent =
  /** A request of the other side, other than ACK and CANCEL. */
  | { readonly kind: 'request_received'; readonly request: SipRequest }
  /** We answered a request of theirs. */
  | { readonly kind: 'response_sent'; readonly method: string; readonly status: number }
  /** An answer to a request of ours. */
  | { readonly kind: 'response_received'; readonly response: SipResponse }
  /** We are about to send a request other than ACK and CANCEL; its CSeq is `localCSeq` afterwards. */
  | { readonly kind: 'request_made' }
  | { readonly kind: 'ended' }

export type DialogStep =
  | { readonly kind: 'ok'; readonly dialog: Dialog }
  /** To be answered; the dialog stays as it was. */
  | { readonly kind: 'refused'; readonly status: 400 | 481 | 500; readonly sentence: string }

export type DialogMade =
  | { readonly kind: 'dialog'; readonly dialog: Dialog }
  | { readonly kind: 'fault'; readonly sentence: string }

/** Methods that carry a Contact and move the target: RFC 3261 §12.2, RFC 3311 §5.1. */
const targetRefresh: ReadonlySet<string> = new Set(['INVITE', 'UPDATE'])

/** The UAS's dialog, early until a 2xx is sent (§12.1.1). @param localTag what our answers carry in To */
export function dialogOfRequest(request: SipRequest, localTag: string): DialogMade {
  const contact = contactOf(request)
  if (contact === undefined) return { kind: 'fault', sentence: 'The request has no usable Contact.' }
  const routeSet = routes(request)
  if (routeSet === undefined) return { kind: 'fault', sentence: 'A Record-Route of the request cannot be read.' }
  return {
    kind: 'dialog',
    dialog: {
      state: 'early',
      role: 'uas',
      callId: request.callId,
      local: { ...request.to, params: new Map([...request.to.params, ['tag', localTag]]) },
      remote: request.from,
      localTag,
      remoteTag: request.from.params.get('tag') ?? '',
      remoteTarget: contact,
      routeSet,
      // §12.2.1.1 lets a side choose its first number; it must leave room to count up to 2^31.
      localCSeq: 0,
      remoteCSeq: request.cseq.number,
    },
  }
}

/** The UAC's dialog from a 101–299 answer with a tag (§12.1.2). Each tag of a fork makes its own. */
export function dialogOfResponse(request: SipRequest, response: SipResponse): DialogMade {
  const final = response.status >= 200
  const contact = contactOf(response)
  // A provisional answer without Contact occurs; until the 2xx nothing is sent there but CANCEL, which does not need it.
  if (contact === undefined && final) return { kind: 'fault', sentence: 'The answer has no usable Contact.' }
  const routeSet = routes(response)
  if (routeSet === undefined) return { kind: 'fault', sentence: 'A Record-Route of the answer cannot be read.' }
  return {
    kind: 'dialog',
    dialog: {
      state: final ? 'confirmed' : 'early',
      role: 'uac',
      callId: request.callId,
      local: request.from,
      remote: response.to,
      localTag: request.from.params.get('tag') ?? '',
      remoteTag: response.to.params.get('tag') ?? '',
      remoteTarget: contact ?? request.uri,
      routeSet: [...routeSet].reverse(),
      localCSeq: request.cseq.number,
    },
  }
}

export function transition(dialog: Dialog, event: DialogEvent): DialogStep {
  switch (event.kind) {
    case 'request_received':
      return requestReceived(dialog, event.request)
    case 'response_sent':
      return ok(responseSent(dialog, event.method, event.status))
    case 'response_received':
      return responseReceived(dialog, event.response)
    case 'request_made':
      return ok({ ...dialog, localCSeq: dialog.localCSeq + 1 })
    case 'ended':
      return ok({ ...dialog, state: 'terminated' })
  }
}

function requestReceived(dialog: Dialog, request: SipRequest): DialogStep {
  if (dialog.state === 'terminated') return refused(481, 'The dialog has ended.')
  const { number, method } = request.cseq
  if (dialog.remoteCSeq !== undefined && number < dialog.remoteCSeq) {
    return refused(500, `CSeq ${number} came after ${dialog.remoteCSeq}.`)
  }
  const counted = { ...dialog, remoteCSeq: number }
  if (!targetRefresh.has(method) || !request.headers.has('Contact')) return ok(counted)
  const contact = contactOf(request)
  if (contact === undefined) return refused(400, 'The Contact of the request cannot be read.')
  return ok({ ...counted, remoteTarget: contact })
}

function responseSent(dialog: Dialog, method: string, status: number): Dialog {
  if (method === 'BYE' && status >= 200) return { ...dialog, state: 'terminated' }
  if (dialog.state !== 'early' || method !== 'INVITE' || status < 200) return dialog
  return { ...dialog, state: status < 300 ? 'confirmed' : 'terminated' }
}

function responseReceived(dialog: Dialog, response: SipResponse): DialogStep {
  const { status, cseq } = response
  if (cseq.method === 'BYE' && status >= 200) return ok({ ...dialog, state: 'terminated' })
  // §12.2.1.2: the other side knows nothing of the dialog, or does not answer any more.
  if (status === 481 || status === 408) return ok({ ...dialog, state: 'terminated' })
  if (!targetRefresh.has(cseq.method)) return ok(dialog)
  if (dialog.state === 'early' && cseq.method === 'INVITE') return earlyAnswered(dialog, response)
  if (status < 200 || status >= 300) return ok(dialog)
  const contact = contactOf(response)
  return ok(contact === undefined ? dialog : { ...dialog, remoteTarget: contact })
}

function earlyAnswered(dialog: Dialog, response: SipResponse): DialogStep {
  const { status } = response
  if (status >= 300) return ok({ ...dialog, state: 'terminated' })
  const contact = contactOf(response) ?? dialog.remoteTarget
  if (status < 200) return ok({ ...dialog, remoteTarget: contact })
  // The 2xx decides on the route set, whatever provisional answers said (§13.2.2.4).
  const routeSet = routes(response)
  return ok({
    ...dialog,
    state: 'confirmed',
    remoteTarget: contact,
    ...(routeSet === undefined ? {} : { routeSet: [...routeSet].reverse() }),
  })
}

export interface RequestLine {
  readonly uri: Uri
  readonly routes: readonly NameAddr[]
  /** What is resolved to find where the request is sent. */
  readonly nextHop: Uri
}

/** Request-URI and Route of a request in the dialog, loose or strict (§12.2.1.1). */
export function requestLine(dialog: Dialog): RequestLine {
  const [first, ...rest] = dialog.routeSet
  if (first === undefined) return { uri: dialog.remoteTarget, routes: [], nextHop: dialog.remoteTarget }
  if ((first.uri.scheme !== 'sip' && first.uri.scheme !== 'sips') || first.uri.params.has('lr')) {
    return { uri: dialog.remoteTarget, routes: dialog.routeSet, nextHop: first.uri }
  }
  // A strict router: it wants to be the Request-URI, without what is not allowed there (§19.1.1).
  const { headers: _, ...uri } = first.uri
  return { uri, routes: [...rest, { uri: dialog.remoteTarget, params: new Map() }], nextHop: uri }
}

/** What a dialog is found by: Call-ID, our tag, their tag. */
export const dialogKey = (callId: string, localTag: string, remoteTag: string): string =>
  `${callId}\n${localTag}\n${remoteTag}`

/** The key under which a request of the other side looks for its dialog. */
export const dialogKeyOfRequest = (request: SipRequest): string =>
  dialogKey(request.callId, request.to.params.get('tag') ?? '', request.from.params.get('tag') ?? '')

function contactOf(message: SipRequest | SipResponse): Uri | undefined {
  const values = message.headers.all('Contact')
  const contact = values.length === 0 ? undefined : parseNameAddr(values[0]!)
  return contact?.uri.scheme === 'sip' || contact?.uri.scheme === 'sips' ? contact.uri : undefined
}

function routes(message: SipRequest | SipResponse): NameAddr[] | undefined {
  const found: NameAddr[] = []
  for (const value of message.headers.all('Record-Route')) {
    const route = parseNameAddr(value)
    if (route === undefined) return undefined
    found.push(route)
  }
  return found
}

const ok = (dialog: Dialog): DialogStep => ({ kind: 'ok', dialog })
const refused = (status: 400 | 481 | 500, sentence: string): DialogStep => ({ kind: 'refused', status, sentence })
