import type { SipUri, Uri } from './uri.ts'

// These name where a request goes, so they count also where only one URI has them (RFC 3261 §19.1.4).
const alwaysCompared = ['user', 'ttl', 'method', 'maddr', 'transport']

/** Whether two URIs are equal by RFC 3261 §19.1.4 (SIP), or name one number (tel). */
export function sameUri(a: Uri, b: Uri): boolean {
  if (isSip(a) && isSip(b)) return a.scheme === b.scheme && sameSipUri(a, b)
  return a.scheme === 'tel' && b.scheme === 'tel' && digits(a.number) === digits(b.number)
}

const isSip = (uri: Uri): uri is SipUri => uri.scheme === 'sip' || uri.scheme === 'sips'

function sameSipUri(a: SipUri, b: SipUri): boolean {
  if (a.user !== b.user || a.password !== b.password || a.host !== b.host || a.port !== b.port) return false
  if ((a.headers ?? '') !== (b.headers ?? '')) return false
  for (const name of alwaysCompared) if (lower(a.params.get(name)) !== lower(b.params.get(name))) return false
  for (const [name, value] of a.params) {
    const other = b.params.get(name)
    if (other !== undefined && lower(other) !== lower(value)) return false
  }
  return true
}

const lower = (text: string | undefined): string | undefined => text?.toLowerCase()
const digits = (number: string): string => number.replace(/[-.()\s]/g, '').toLowerCase()
