import { type Address, extensionPattern, readAddress, readNumber } from '../../phone/address.ts'
import type { CallSource } from '../../phone/call.ts'
import type { HostPort } from '../../sip/message/host.ts'
import type { NameAddr, SipRequest } from '../../sip/message/message.ts'
import { parseNameAddr } from '../../sip/message/name-addr.ts'
import { formatUri, type SipUri, type TelUri, type Uri } from '../../sip/message/uri.ts'
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
 * Who is called: the Request-URI. A carrier that we sign in at may call the contact that we registered, whose user is our
 * account there; the number called then stands in P-Called-Party-ID (RFC 7315 §4.2) or To, or is the only one of that trunk.
 */
export async function calledParty(
  request: SipRequest,
  source: CallSource,
  directory: Directory,
  country: string | undefined,
): Promise<Address> {
  const raw = formatUri(request.uri)
  const user = userOf(request.uri)
  if (user === undefined || user === '') return { kind: 'uri', uri: raw, raw }
  if (source.kind === 'trunk') {
    const trunk = (await directory.trunks()).find(({ id }) => id === source.id)
    const meant = trunk?.username === user ? await meantByTrunk(request, source.id, directory) : undefined
    if (meant !== undefined) return { kind: 'number', e164: meant, raw }
  }
  return await partyOf(user, raw, directory, country)
}

/**
 * Whom a party of a call means by a URI. A user that we know is ours at any host, as phones write any that leads to us; one that we do
 * not know is somebody there, unless the host is ours.
 */
export async function meantBy(
  uri: SipUri | TelUri,
  directory: Directory,
  country: string | undefined,
  isOurs: (host: HostPort) => boolean,
): Promise<Address> {
  const raw = formatUri(uri)
  const user = userOf(uri)
  if (user === undefined || user === '') return { kind: 'uri', uri: raw, raw }
  const party = await partyOf(user, raw, directory, country)
  if (party.kind !== 'extension' || uri.scheme === 'tel' || isOurs(uri)) return party
  return (await directory.credentials(party.username)) === undefined ? { kind: 'uri', uri: raw, raw } : party
}

/** Who is called by a user part, or by the digits that a switch has. */
export async function partyOf(
  user: string,
  raw: string,
  directory: Directory,
  country: string | undefined,
): Promise<Address> {
  const extension = (await directory.credentials(user)) !== undefined
  const ours = extension ? undefined : await ownNumber(user, directory)
  if (ours !== undefined) return { kind: 'number', e164: ours, raw: user }
  const found = readAddress(user, { isExtension: () => extension, ...(country === undefined ? {} : { country }) })
  return found ?? { kind: 'uri', uri: raw, raw }
}

async function meantByTrunk(request: SipRequest, trunk: string, directory: Directory): Promise<string | undefined> {
  const party = request.headers.get('P-Called-Party-ID')
  const named = party === undefined ? undefined : parseNameAddr(party)
  for (const { uri } of [...(named === undefined ? [] : [named]), request.to]) {
    const user = userOf(uri)
    const ours = user === undefined ? undefined : await ownNumber(user, directory)
    if (ours !== undefined) return ours
  }
  const [only, ...others] = await directory.numbersOfTrunk(trunk)
  return others.length === 0 ? only : undefined
}

/** Digits that are a number of ours but for the `+` are taken for it, as many carriers leave it out. */
async function ownNumber(user: string, directory: Directory): Promise<string | undefined> {
  if (!/^\+?[1-9]\d{4,14}$/.test(user)) return undefined
  const e164 = user.startsWith('+') ? user : `+${user}`
  return (await directory.owns(e164)) ? e164 : undefined
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

/** Who calls, as a switch has it. */
export function partyNamed(
  scheme: string,
  { number, name }: { readonly number: string; readonly name: string },
  country: string | undefined,
): Address {
  const raw = `${scheme}:${number}`
  if (number === '' || /^(?:anonymous|unavailable|restricted|unknown)$/i.test(number)) return { kind: 'anonymous', raw }
  const e164 = readNumber(number, country)
  if (e164 !== undefined) return { kind: 'number', e164, raw: number, ...named(name) }
  return { kind: 'uri', uri: raw, raw, ...named(name) }
}

function named(name: string | undefined): { name: string } | undefined {
  const clean = name
    ?.replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 100)
  return clean === undefined || clean === '' ? undefined : { name: clean }
}

/** Outside the house an extension is seen by its number, or by that of the trunk. @param trunk the id of the one that carries the call */
export async function callerId(
  from: Address,
  { outside, trunk }: { readonly outside: boolean; readonly trunk: string | undefined },
  directory: Directory,
): Promise<Address> {
  if (!outside || from.kind !== 'extension') return from
  const own = await directory.callerIdOf(from.username)
  const e164 = own ?? (trunk === undefined ? undefined : await directory.callerIdOfTrunk(trunk))
  return e164 === undefined
    ? from
    : { kind: 'number', e164, raw: e164, ...(from.name === undefined ? {} : { name: from.name }) }
}
