import { type Address, addressKey } from '../../phone/address.ts'
import { formatHostPort } from '../../sip/message/host.ts'
import type { DialContext } from './dial.ts'
import { userPart } from './user-part.ts'

/**
 * Asks the other side to call the target itself (REFER, RFC 3515) and leaves it the talk: neither signalling nor audio goes through us.
 * @returns whether it took that and the target answered; otherwise the other side is ours still
 */
export async function referOut(
  context: DialContext,
  target: Exclude<Address, { kind: 'anonymous' }>,
): Promise<boolean> {
  const { session } = context.leg
  const name = addressKey(target)
  if (!context.answered()) await context.alive(context.answer())
  context.note('transfer', `asking the other side to call ${name} itself`, { target: name })
  const end = await context.alive(
    session.refer({
      to: uriOf(context, target),
      progress: (status) => context.note('transfer', `the other side tells of ${name}: ${status}`, { target: name }),
    }),
  )
  switch (end.kind) {
    case 'answered':
      context.note('transfer', `the other side was answered ${end.status} by ${name}`, { target: name })
      return end.status < 300
    case 'refused':
      context.note('transfer', `the other side does not call ${name} itself (${end.status})`, { target: name })
      return false
    case 'untold':
      context.note('transfer', `the other side never told how ${name} answered`, { target: name })
      return false
  }
}

/** An extension is reached at us, a number where the other side came from. */
function uriOf({ leg, source }: DialContext, target: Exclude<Address, { kind: 'anonymous' }>): string {
  if (target.kind === 'uri') return target.uri
  const { localAddress, localPort, remoteAddress, remotePort, transport } = leg.session.flow
  const away = target.kind === 'number' && source.kind === 'trunk'
  const place = away ? { host: remoteAddress, port: remotePort } : { host: localAddress, port: localPort }
  const user = target.kind === 'number' ? target.e164 : target.username
  return `sip:${userPart(user)}@${formatHostPort(place)};transport=${transport.toLowerCase()}`
}
