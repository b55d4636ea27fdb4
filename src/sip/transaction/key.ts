import { formatHostPort } from '../message/host.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { branchCookie } from '../message/token.ts'
import { formatUri } from '../message/uri.ts'
import { formatVia } from '../message/via.ts'

/** §17.1.3: the branch of the topmost Via and the method of CSeq, which tells a CANCEL from its INVITE. */
export function clientKey(branch: string, method: string): string {
  return `${method} ${branch}`
}

export function responseKey(response: SipResponse): string {
  return clientKey(response.vias[0]?.branch ?? '', response.cseq.method)
}

/** §17.2.3: branch, sent-by and method; an ACK finds its INVITE, `method` lets a CANCEL do so (§9.2). */
export function serverKey(request: SipRequest, method: string = request.method): string {
  const via = request.vias[0]
  const of = method === 'ACK' ? 'INVITE' : method
  if (via?.branch?.startsWith(branchCookie) && via.branch.length > branchCookie.length)
    return `${of} ${via.branch} ${formatHostPort({ host: via.host, port: via.port ?? 5060 })}`
  // RFC 2543: the Request-URI, From tag, Call-ID, CSeq number and the whole Via. To is left out: in an ACK it has the
  // tag of our answer, in the INVITE it has none.
  const tag = request.from.params.get('tag') ?? ''
  const top = via === undefined ? '' : formatVia(via)
  return `${of} 2543 ${JSON.stringify([uriText(request), tag, request.callId, request.cseq.number, top])}`
}

function uriText({ uri }: SipRequest): string {
  return uri.scheme === 'other' ? uri.text : formatUri(uri)
}

/** §8.2.2.2: what two requests share that came from one by different paths; `undefined` inside a dialog. */
export function mergeKey(request: SipRequest): string | undefined {
  const tag = request.from.params.get('tag')
  if (tag === undefined || request.to.params.has('tag')) return undefined
  return JSON.stringify([tag, request.callId, request.cseq.number, request.method])
}
