import { formatHostPort, parseHostPort } from './host.ts'

/** RFC 3261 §19.1. Parameter names are in lower case; values as they came; '' for a flag such as `lr`. User and password are unescaped. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  readonly user?: string
  readonly password?: string
  /** A name, an IPv4 address, or an IPv6 address without brackets. Lower case. */
  readonly host: string
  readonly port?: number
  readonly params: ReadonlyMap<string, string>
  /** What stands after `?`, raw. */
  readonly headers?: string
}

/** RFC 3966; kept whole. */
export interface TelUri {
  readonly scheme: 'tel'
  readonly number: string
  readonly params: ReadonlyMap<string, string>
}

/** Any other absolute URI, as in `From: <http://a>`. A request that is sent to one is answered 416. */
export interface OtherUri {
  readonly scheme: 'other'
  /** Whole, as it came. */
  readonly text: string
}

export type Uri = SipUri | TelUri | OtherUri

const noParams: ReadonlyMap<string, string> = new Map()
const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/
const forbidden = /[\s<>"\p{Cc}]/u
const telNumber = /^\+?[0-9A-Fa-f*#.()-]+$/

/** @returns `undefined` when the text is no URI, or breaks the syntax of its scheme. Escapes must be UTF-8. */
export function parseUri(text: string): Uri | undefined {
  const name = scheme.exec(text)?.[1]
  if (name === undefined || forbidden.test(text)) return undefined
  const rest = text.slice(name.length + 1)
  switch (name.toLowerCase()) {
    case 'sip':
      return parseSipUri('sip', rest)
    case 'sips':
      return parseSipUri('sips', rest)
    case 'tel':
      return parseTelUri(rest)
    default:
      return rest === '' ? undefined : { scheme: 'other', text }
  }
}

function parseSipUri(scheme: 'sip' | 'sips', rest: string): SipUri | undefined {
  // The user part comes first: it may itself hold `;`, `?` and `/`, but never a bare `@` (RFC 3261 §25.1).
  const at = rest.indexOf('@')
  let user: string | undefined
  let password: string | undefined
  if (at >= 0) {
    const info = rest.slice(0, at)
    const colon = info.indexOf(':')
    user = decode(colon < 0 ? info : info.slice(0, colon))
    if (user === undefined || user === '') return undefined
    if (colon >= 0) {
      password = decode(info.slice(colon + 1))
      if (password === undefined) return undefined
    }
  }
  let end = rest.length
  let headers: string | undefined
  const question = rest.indexOf('?', at + 1)
  if (question >= 0) {
    headers = rest.slice(question + 1)
    end = question
  }
  const semicolon = rest.indexOf(';', at + 1)
  const hostEnd = semicolon >= 0 && semicolon < end ? semicolon : end
  const target = parseHostPort(rest.slice(at + 1, hostEnd))
  const params = target && parseUriParams(rest.slice(hostEnd, end))
  if (target === undefined || params === undefined) return undefined
  const uri: { -readonly [K in keyof SipUri]: SipUri[K] } = { scheme, host: target.host, params }
  if (user !== undefined) uri.user = user
  if (password !== undefined) uri.password = password
  if (target.port !== undefined) uri.port = target.port
  if (headers !== undefined) uri.headers = headers
  return uri
}

function parseTelUri(rest: string): TelUri | undefined {
  const semicolon = rest.indexOf(';')
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon)
  const params = parseUriParams(semicolon < 0 ? '' : rest.slice(semicolon))
  return params && telNumber.test(number) ? { scheme: 'tel', number, params } : undefined
}

function parseUriParams(text: string): ReadonlyMap<string, string> | undefined {
  if (text === '') return noParams
  const params = new Map<string, string>()
  for (const part of text.slice(1).split(';')) {
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase()
    if (name === '' || part.includes('@')) return undefined
    if (!params.has(name)) params.set(name, equals < 0 ? '' : part.slice(equals + 1))
  }
  return params
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // A malformed escape: the whole URI counts as malformed, and that is what the caller is told.
    return undefined
  }
}

// user-unreserved and unreserved (§25.1); a password may hold less, so `;?/` are escaped there.
const notInUser = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/gu
const notInPassword = /[^A-Za-z0-9\-_.!~*'()&=+$,]/gu

const encode = (text: string, pattern: RegExp): string => text.replace(pattern, encodeOne)

function encodeOne(character: string): string {
  // encodeURIComponent refuses half a surrogate pair.
  return /\p{Cs}/u.test(character) ? '%EF%BF%BD' : encodeURIComponent(character)
}

/** The text of a URI. What is no URI text (a parameter with `>` or a line break in it) throws a `TypeError`. */
export function formatUri(uri: Uri): string {
  const text = join(uri)
  if (forbidden.test(text))
    throw new TypeError('a URI may not hold white space, quotes, angle brackets or control characters')
  return text
}

function join(uri: Uri): string {
  switch (uri.scheme) {
    case 'other':
      return uri.text
    case 'tel':
      return `tel:${uri.number}${joinParams(uri.params)}`
    case 'sip':
    case 'sips': {
      const password = uri.password === undefined ? '' : `:${encode(uri.password, notInPassword)}`
      const user = uri.user === undefined ? '' : `${encode(uri.user, notInUser)}${password}@`
      const headers = uri.headers === undefined ? '' : `?${uri.headers}`
      return `${uri.scheme}:${user}${formatHostPort(uri)}${joinParams(uri.params)}${headers}`
    }
  }
}

function joinParams(params: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of params) {
    if (/[;?=@]/.test(name) || /[;?@]/.test(value)) throw new TypeError('a URI parameter holds a separator')
    text += value === '' ? `;${name}` : `;${name}=${value}`
  }
  return text
}
