import { type Address, extensionPattern, readAddress, readNumber } from '../../phone/address.ts'
import type { CallSource } from '../../phone/call.ts'
import type { NameAddr, SipRequest } from '../../sip/message/message.ts'
import { parseNameAddr } from '../../sip/message/name-addr.ts'
import { formatUri, type Uri } from '../../sip/message/uri.ts'
import type { Directory } from './directory.ts'

/** The user part without parameters such as `;phone-context=…`, or the number of a tel URI. */
function userOf(uri: Uri): string | undefined {
  switch (uri.scheme) {
    case 'tel':
      return uri.number
    case 'sip':
    case 'sips':
      return uri.user?.split(';')[0]
    case 'other':
      return undefined
  }
}

/**
 * Who is called: the Request-URI. Digits that are a number of ours but for the `+` are taken for it, as many carriers
 * leave it out.
 */
export async function calledParty(
  request: SipRequest,
  directory: Directory,
  country: string | undefined,
): Promise<Address> {
  const raw = formatUri(request.uri)
  const user = userOf(request.uri)
  if (user === undefined || user === '') return { kind: 'uri', uri: raw, raw }
  const extension = (await directory.credentials(user)) !== undefined
  if (/^[1-9]\d{4,14}$/.test(user) && !extension && (await directory.owns(`+${user}`))) {
    return { kind: 'number', e164: `+${user}`, raw: user }
  }
  const found = readAddress(user, { isExtension: () => extension, ...(country === undefined ? {} : { country }) })
  return found ?? { kind: 'uri', uri: raw, raw }
}

/**
 * Who calls. An extension is who it proved to be. Others are believed what they say of themselves: P-Asserted-Identity
 * (RFC 3325) before From, as both kinds of network that may call without proof are trusted.
 */
export function callingParty(request: SipRequest, source: CallSource, country: string | undefined): Address {
  if (source.kind === 'extension') {
    const name = request.from.displayName
    return { kind: 'extension', username: source.username, raw: formatUri(request.from.uri), ...named(name) }
  }
  const asserted = request.headers.get('P-Asserted-Identity')
  const identity: NameAddr = (asserted === undefined ? undefined : parseNameAddr(asserted)) ?? request.from
  const raw = formatUri(identity.uri)
  const privacy = request.headers.get('Privacy') ?? ''
  const user = userOf(identity.uri)
  if (user === undefined || /^anonymous$/i.test(user) || /\b(?:id|user)\b/i.test(privacy))
    return { kind: 'anonymous', raw }
  const e164 = readNumber(user, country)
  if (e164 !== undefined) return { kind: 'number', e164, raw: user, ...named(identity.displayName) }
  return {
    kind: 'uri',
    uri: extensionPattern.test(user) ? raw : formatUri(request.from.uri),
    raw,
    ...named(identity.displayName),
  }
}

function named(name: string | undefined): { name: string } | undefined {
  const clean = name
    ?.replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 100)
  return clean === undefined || clean === '' ? undefined : { name: clean }
}
