import type { NameAddr } from './message.ts'
import { formatParams, parseParams } from './params.ts'
import { closingQuote, isToken, quote, unquote } from './scan.ts'
import { formatUri, parseUri } from './uri.ts'

const display = /^[^"<>\p{Cc}]*$/u

/** One value of From, To, Contact, Route and their like; `undefined` when malformed. */
export function parseNameAddr(text: string): NameAddr | undefined {
  let displayName: string | undefined
  let open: number
  const value = text.trim()
  if (value.startsWith('"')) {
    const close = closingQuote(value, 0)
    if (close < 0) return undefined
    displayName = unquote(value.slice(0, close + 1))
    open = value.indexOf('<', close)
    if (open < 0 || value.slice(close + 1, open).trim() !== '') return undefined
  } else {
    open = value.indexOf('<')
    if (open < 0) return parseAddrSpec(value)
    const words = value.slice(0, open).trim()
    if (!display.test(words)) return undefined
    if (words !== '') displayName = words
  }
  const close = value.indexOf('>', open)
  if (close < 0) return undefined
  const uri = parseUri(value.slice(open + 1, close))
  const params = parseParams(value, close + 1)
  if (uri === undefined || params === undefined) return undefined
  return displayName === undefined ? { uri, params } : { displayName, uri, params }
}

/** Without brackets what follows `;` belongs to the header, and neither `?` nor `,` may stand in the URI (§20.10). */
function parseAddrSpec(value: string): NameAddr | undefined {
  const semicolon = value.indexOf(';')
  const address = (semicolon < 0 ? value : value.slice(0, semicolon)).trimEnd()
  if (address.includes('?') || address.includes(',')) return undefined
  const uri = parseUri(address)
  const params = parseParams(value, semicolon < 0 ? value.length : semicolon)
  return uri && params && { uri, params }
}

/** Always in angle brackets; the display name is quoted unless it is one token. */
export function formatNameAddr({ displayName, uri, params }: NameAddr): string {
  const name = displayName === undefined ? '' : `${isToken(displayName) ? displayName : quote(displayName)} `
  return `${name}<${formatUri(uri)}>${formatParams(params)}`
}
