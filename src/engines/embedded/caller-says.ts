import { type Address, readNumber } from '../../phone/address.ts'
import type { CallerSays } from '../../phone/call.ts'
import type { NameAddr, SipRequest } from '../../sip/message/message.ts'
import { parseNameAddr } from '../../sip/message/name-addr.ts'
import { formatUri } from '../../sip/message/uri.ts'

/** A caller may write thousands; they are kept for the whole call. */
const mostHeaders = 32
const longestValue = 256

export function callerSays(request: SipRequest, country: string | undefined): CallerSays {
  const diverted = divertedFrom(request, country)
  return { headers: ownHeaders(request), ...(diverted === undefined ? {} : { divertedFrom: diverted }) }
}

/** The first of each name, as the values of two could not be told apart. */
function ownHeaders({ headers }: SipRequest): Readonly<Record<string, string>> {
  const found = new Map<string, readonly [name: string, value: string]>()
  for (const [name, value] of headers.entries()) {
    if (!/^X-[A-Za-z0-9-]{1,62}$/i.test(name) || found.has(name.toLowerCase())) continue
    if (found.size === mostHeaders) break
    const line = value.replace(/\p{Cc}+/gu, ' ').trim()
    found.set(name.toLowerCase(), [name, line.slice(0, longestValue)])
  }
  return Object.fromEntries(found.values())
}

/** The topmost Diversion is the last one (RFC 5806 §4.1): who sent the call to us. */
function divertedFrom(request: SipRequest, country: string | undefined): Address | undefined {
  const [diversion] = request.headers.all('Diversion')
  const last = (diversion === undefined ? undefined : parseNameAddr(diversion)) ?? beforeTheCause(request)
  return last === undefined ? undefined : partyOf(last, country)
}

/** The entry that a `cause` of its successor says was left (RFC 4458 §2, RFC 7044 §5.1). */
function beforeTheCause({ headers }: SipRequest): NameAddr | undefined {
  const entries = headers.all('History-Info').map((text) => parseNameAddr(text))
  const left = entries.findLastIndex((entry) => {
    const uri = entry?.uri
    return uri !== undefined && (uri.scheme === 'sip' || uri.scheme === 'sips') && uri.params.has('cause')
  })
  return left > 0 ? entries[left - 1] : undefined
}

function partyOf({ uri, displayName }: NameAddr, country: string | undefined): Address | undefined {
  const raw = formatUri(uri)
  const user = uri.scheme === 'tel' ? uri.number : uri.scheme === 'other' ? undefined : uri.user?.split(';')[0]
  if (user === undefined || user === '') return undefined
  if (/^anonymous$/i.test(user)) return { kind: 'anonymous', raw }
  const name = displayName?.replace(/\p{Cc}+/gu, ' ').trim()
  const named = name === undefined || name === '' ? {} : { name: name.slice(0, 100) }
  const e164 = readNumber(/^[1-9][0-9]{7,14}$/.test(user) ? `+${user}` : user, country)
  return e164 === undefined ? { kind: 'uri', uri: raw, raw, ...named } : { kind: 'number', e164, raw: user, ...named }
}
