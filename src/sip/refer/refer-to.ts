import type { Headers } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { formatUri, parseUri, type SipUri, type TelUri } from '../message/uri.ts'
import { formatReplaces, parseReplaces, type Replaces } from './replaces.ts'

/** Who is to be called, and which of that side's dialogs the call takes the place of (RFC 3515 §2.1, RFC 3891 §5). */
export interface ReferTarget {
  /** Without the headers that came in it. */
  readonly uri: SipUri | TelUri
  readonly replaces?: Replaces
}

export type ReferToRead =
  | { readonly kind: 'target'; readonly target: ReferTarget }
  | { readonly kind: 'fault'; readonly sentence: string }

const fault = (sentence: string): ReferToRead => ({ kind: 'fault', sentence })

/** Refer-To of a REFER; there must be exactly one. */
export function readReferTo(headers: Headers): ReferToRead {
  const all = [...headers.entries()].filter(([name]) => name === 'Refer-To')
  const value = all[0]?.[1]
  if (value === undefined) return fault('Refer-To is missing.')
  if (all.length > 1) return fault('Refer-To stands there more than once.')
  const uri = parseNameAddr(value)?.uri
  if (uri === undefined) return fault('Refer-To cannot be read.')
  if (uri.scheme === 'tel') return { kind: 'target', target: { uri } }
  if (uri.scheme === 'other') return fault('Refer-To must be a SIP or tel URI.')
  const { headers: raw, ...bare } = uri
  const asked = fieldsOf(raw ?? '')
  if (asked === undefined) return fault('The headers in Refer-To cannot be read.')
  // Anything but a call would be a request that the other side makes us send in its place.
  if ((uri.params.get('method') ?? 'INVITE').toUpperCase() !== 'INVITE') return fault('Refer-To asks for no INVITE.')
  const text = asked.get('replaces')
  if (text === undefined) return { kind: 'target', target: { uri: bare } }
  const replaces = parseReplaces(text)
  return replaces === undefined
    ? fault('The Replaces in Refer-To cannot be read.')
    : { kind: 'target', target: { uri: bare, replaces } }
}

/** The value of Refer-To. @throws TypeError where the URI is none that can be called */
export function formatReferTo(to: string, replaces?: Replaces): string {
  const uri = parseUri(to)
  if (uri === undefined || uri.scheme === 'other')
    throw new TypeError(`to: ${JSON.stringify(to)} is not a SIP or tel URI`)
  if (replaces === undefined) return `<${formatUri(uri)}>`
  if (uri.scheme === 'tel') throw new TypeError('to: a tel URI can carry no Replaces')
  const headers = `Replaces=${encodeURIComponent(formatReplaces(replaces))}`
  return `<${formatUri({ ...uri, headers })}>`
}

function fieldsOf(raw: string): Map<string, string> | undefined {
  const found = new Map<string, string>()
  for (const field of raw.split('&')) {
    if (field === '') continue
    const at = field.indexOf('=')
    if (at < 1) return undefined
    try {
      found.set(decodeURIComponent(field.slice(0, at)).toLowerCase(), decodeURIComponent(field.slice(at + 1)))
    } catch {
      // Escapes that are no UTF-8: told by the answer.
      return undefined
    }
  }
  return found
}
