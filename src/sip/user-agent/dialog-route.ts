import { isIP } from 'node:net'
import { isPrivateAddress } from '../../base/private-address.ts'
import { type Dialog, requestLine } from '../dialog/dialog.ts'
import type { Flow } from '../message/message.ts'
import type { Uri } from '../message/uri.ts'
import type { Target } from '../transaction/layer.ts'

/**
 * Whether a Contact cannot be reached as it is written, so that the flow it came by is used in its place: a private
 * address that came from another one, a name that never resolves (RFC 7118 §5), or the far end of a stream, which
 * takes no new connections on the port of its end.
 */
export function needsFlow(contact: Uri, flow: Flow): boolean {
  if (flow.transport !== 'UDP') return true
  if (contact.scheme !== 'sip' && contact.scheme !== 'sips') return true
  if (contact.host === flow.remoteAddress) return false
  return isIP(contact.host) === 0 ? contact.host.endsWith('.invalid') : isPrivateAddress(contact.host)
}

/** @param pinned the dialog was made over this flow on purpose (a registered contact), or the flow is gone: `undefined` */
export async function dialogTarget(
  dialog: Dialog,
  flow: Flow | undefined,
  pinned: boolean,
  locate: (uri: Uri) => Promise<Target>,
): Promise<Target> {
  const { nextHop, routes } = requestLine(dialog)
  if (flow !== undefined && routes.length === 0 && (pinned || needsFlow(nextHop, flow))) return { flow }
  return locate(nextHop)
}
