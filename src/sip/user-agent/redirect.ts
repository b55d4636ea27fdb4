import type { Headers, SipResponse } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { sameUri } from '../message/same-uri.ts'
import type { SipUri, TelUri, Uri } from '../message/uri.ts'

/** Where an INVITE may still go (RFC 3261 §8.1.3.4), as data. */
export interface Redirects {
  /** How many more targets are tried. */
  readonly left: number
  readonly tried: readonly Uri[]
  /** Best first. */
  readonly waiting: readonly SipUri[]
}

export interface RedirectPolicy {
  /** How many targets are tried after the first. */
  readonly most: number
  /** Whether we may call there: whoever redirects chooses who pays. */
  allow(uri: SipUri): boolean
}

export const newRedirects = (first: Uri, most: number): Redirects => ({ left: most, tried: [first], waiting: [] })

export type RedirectStep =
  | { readonly kind: 'next'; readonly uri: SipUri; readonly redirects: Redirects }
  | { readonly kind: 'end' }

/** What follows on a refusal: the best Contact of a 3xx, or the next of an earlier one. */
export function follow(
  { left, tried, waiting }: Redirects,
  response: Pick<SipResponse, 'status' | 'headers'>,
  allow: (uri: SipUri) => boolean,
): RedirectStep {
  // 6xx speaks for every target; 401 and 407 want credentials that are not for third parties.
  if (left <= 0 || response.status >= 600) return { kind: 'end' }
  const moved = response.status < 400
  if (!moved && tried.length === 1) return { kind: 'end' }
  const secure = tried[0]?.scheme === 'sips'
  const fresh = (uri: SipUri): boolean => !tried.some((other) => sameUri(other, uri))
  const found = moved
    ? contacts(response.headers)
        .contacts.filter((uri) => uri.scheme !== 'tel')
        .filter((uri) => (!secure || uri.scheme === 'sips') && allow(uri))
    : []
  const [next, ...rest] = [...found, ...waiting].filter(fresh)
  if (next === undefined) return { kind: 'end' }
  return { kind: 'next', uri: next, redirects: { left: left - 1, tried: [...tried, next], waiting: rest } }
}

/** By falling q (§20.10), those of one q as they stand. `unusable` is what cannot be called, as it came. */
export function contacts(headers: Headers): {
  readonly contacts: readonly (SipUri | TelUri)[]
  readonly unusable: readonly string[]
} {
  const found: { readonly uri: SipUri | TelUri; readonly q: number }[] = []
  const unusable: string[] = []
  for (const value of headers.all('Contact')) {
    const contact = parseNameAddr(value)
    if (contact === undefined || contact.uri.scheme === 'other') {
      unusable.push(value)
      continue
    }
    const q = Number(contact.params.get('q') ?? '1')
    found.push({ uri: bare(contact.uri), q: Number.isFinite(q) ? q : 1 })
  }
  return { contacts: found.sort((a, b) => b.q - a.q).map(({ uri }) => uri), unusable }
}

/** What stands after `?` would be headers of our request. */
function bare(uri: SipUri | TelUri): SipUri | TelUri {
  if (uri.scheme === 'tel') return uri
  const { headers: _, ...rest } = uri
  return rest
}
