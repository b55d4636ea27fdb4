import { withTopVia } from '../message/build.ts'
import type { Flow, SipRequest, Via } from '../message/message.ts'

/**
 * Writes where the request really came from into its topmost Via: `received` when it is not what sent-by says (RFC 3261
 * §18.2.1), `rport` when it was asked for (RFC 3581 §4, which then wants `received` in every case).
 */
export function markReceived(request: SipRequest, flow: Flow): SipRequest {
  const top = request.vias[0]
  if (top === undefined) return request
  const asked = top.params.has('rport')
  if (!asked && top.host === flow.remoteAddress && !top.params.has('received')) return request
  const params = new Map(top.params)
  // A sender does not know these; what it wrote there would send our answers elsewhere.
  params.delete('received')
  if (asked) params.set('rport', String(flow.remotePort))
  if (asked || top.host !== flow.remoteAddress) params.set('received', flow.remoteAddress)
  return withTopVia(request, { ...top, params })
}

/**
 * Where the answer to a request goes by datagram (§18.2.2): the address it came from. The port is the one it came from
 * when `rport` asks for it, or when sent-by names another address, so that a translator stands between us and that
 * port would lead nowhere; else the port of sent-by. `maddr` is not followed: it is for multicast, and would let any
 * sender aim our answers.
 */
export function responseFlow(top: Via, flow: Flow): Flow {
  if (flow.transport !== 'UDP') return flow
  const port = top.params.has('rport') || top.host !== flow.remoteAddress ? flow.remotePort : (top.port ?? 5060)
  return { ...flow, remotePort: port }
}
