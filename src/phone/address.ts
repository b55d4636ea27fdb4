import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** Who is called or calls. `raw` is what the network or the user sent; the other fields are its normal form. */
export type Address =
  | { readonly kind: 'number'; readonly e164: string; readonly raw: string; readonly name?: string }
  | { readonly kind: 'extension'; readonly username: string; readonly raw: string; readonly name?: string }
  | { readonly kind: 'uri'; readonly uri: string; readonly raw: string; readonly name?: string }
  | { readonly kind: 'anonymous'; readonly raw: string }

/** Letters, digits and `._-`, 1 to 64 of them: what may stand in a SIP user part and on a command line unescaped. */
export const extensionPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const e164Pattern = /^\+[1-9][0-9]{4,14}$/

export interface ReadAddress {
  /** The country of numbers written without `+` and country code, ISO 3166-1 alpha-2. */
  country?: string
  /** Whether a bare user such as `1001` names an extension. Asked first, so that short extensions win. */
  isExtension?: (username: string) => boolean
}

/**
 * Reads what a person or a network wrote as an address: E.164 with or without separators, `tel:`, a `sip:` URI, an
 * extension, or a national number of `country`. Text that is none of these is `undefined`.
 */
export function readAddress(text: string, options: ReadAddress = {}): Address | undefined {
  const raw = text.trim()
  if (raw === '') return undefined
  if (/^(?:anonymous|unavailable|restricted)(?:@|$)/i.test(raw)) return { kind: 'anonymous', raw }
  if (/^sips?:/i.test(raw)) {
    return /^sips?:[^\s<>"@]*@?[^\s<>"@]+$/i.test(raw) ? { kind: 'uri', uri: raw, raw } : undefined
  }
  if (options.isExtension?.(raw)) return { kind: 'extension', username: raw, raw }
  const number = readNumber(raw.replace(/^tel:/i, ''), options.country)
  if (number !== undefined) return { kind: 'number', e164: number, raw }
  return extensionPattern.test(raw) ? { kind: 'extension', username: raw, raw } : undefined
}

/** E.164 of a written number, or `undefined`. Fiction ranges such as +1 555 01xx are accepted though no one can hold them. */
export function readNumber(text: string, country?: string): string | undefined {
  const compact = text.replace(/[\s().\-/]/g, '')
  const international = compact.startsWith('00') ? `+${compact.slice(2)}` : compact
  if (e164Pattern.test(international)) return international
  if (country === undefined || !/^[0-9*#+]+$/.test(international)) return undefined
  const parsed = parsePhoneNumberFromString(
    international,
    country as Parameters<typeof parsePhoneNumberFromString>[1] & string,
  )
  return parsed?.isPossible() ? parsed.number : undefined
}

/** One line for people: `"Ann" <+15550100>`, `1001`, `sip:a@b`, `anonymous`. */
export function describeAddress(address: Address): string {
  const plain = addressKey(address)
  return address.kind !== 'anonymous' && address.name !== undefined ? `"${address.name}" <${plain}>` : plain
}

/** The normal form alone; equal for equal addresses. */
export function addressKey(address: Address): string {
  switch (address.kind) {
    case 'number':
      return address.e164
    case 'extension':
      return address.username
    case 'uri':
      return address.uri
    case 'anonymous':
      return 'anonymous'
  }
}
