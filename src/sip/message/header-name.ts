import { isToken } from './scan.ts'

export interface HeaderName {
  /** Lower case, compact forms expanded: what is compared. */
  readonly key: string
  /** What is written. */
  readonly name: string
  /** May stand once in a message: with two of them two readers could choose differently. */
  readonly single: boolean
  /** Its value is a comma list of which each part stands for itself (RFC 3261 §7.3.1). */
  readonly list: boolean
}

// RFC 3261 §20 and its registered extensions; the letter is the compact form.
const known: readonly (readonly [name: string, compact?: string])[] = [
  ['Via', 'v'],
  ['From', 'f'],
  ['To', 't'],
  ['Call-ID', 'i'],
  ['CSeq'],
  ['Contact', 'm'],
  ['Max-Forwards'],
  ['Content-Length', 'l'],
  ['Content-Type', 'c'],
  ['Content-Encoding', 'e'],
  ['Content-Disposition'],
  ['Content-Language'],
  ['Route'],
  ['Record-Route'],
  ['Path'],
  ['Service-Route'],
  ['Allow'],
  ['Supported', 'k'],
  ['Unsupported'],
  ['Require'],
  ['Proxy-Require'],
  ['Accept'],
  ['Accept-Encoding'],
  ['Accept-Language'],
  ['Accept-Contact', 'a'],
  ['Reject-Contact', 'j'],
  ['Request-Disposition', 'd'],
  ['Authorization'],
  ['Proxy-Authorization'],
  ['WWW-Authenticate'],
  ['Proxy-Authenticate'],
  ['Authentication-Info'],
  ['Expires'],
  ['Min-Expires'],
  ['Session-Expires', 'x'],
  ['Min-SE'],
  ['Date'],
  ['Event', 'o'],
  ['Allow-Events', 'u'],
  ['Subscription-State'],
  ['Refer-To', 'r'],
  ['Referred-By', 'b'],
  ['Replaces'],
  ['Identity', 'y'],
  ['Subject', 's'],
  ['Organization'],
  ['Priority'],
  ['Reason'],
  ['Retry-After'],
  ['RSeq'],
  ['RAck'],
  ['Server'],
  ['User-Agent'],
  ['Timestamp'],
  ['Warning'],
  ['MIME-Version'],
  ['In-Reply-To'],
  ['Reply-To'],
  ['Alert-Info'],
  ['Call-Info'],
  ['Error-Info'],
  ['P-Asserted-Identity'],
  ['P-Preferred-Identity'],
  ['Privacy'],
  ['Diversion'],
  ['History-Info'],
  ['Remote-Party-ID'],
  ['SIP-ETag'],
  ['SIP-If-Match'],
]

const listFields: ReadonlySet<string> = new Set([
  'via',
  'route',
  'record-route',
  'contact',
  'path',
  'service-route',
  'require',
  'proxy-require',
  'supported',
  'allow',
  'unsupported',
  'allow-events',
  'accept',
  'diversion',
  'history-info',
  'p-asserted-identity',
])

const singleFields: ReadonlySet<string> = new Set([
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-length',
  'content-type',
  'expires',
  'min-expires',
  'event',
])

const bySpelling = new Map<string, HeaderName>()
for (const [name, compact] of known) {
  const key = name.toLowerCase()
  const entry = { key, name, single: singleFields.has(key), list: listFields.has(key) }
  for (const spelling of [name, entry.key, name.toUpperCase()]) bySpelling.set(spelling, entry)
  if (compact !== undefined) for (const letter of [compact, compact.toUpperCase()]) bySpelling.set(letter, entry)
}

/** @returns `undefined` when it is no token, and so no header name. */
export function headerName(text: string): HeaderName | undefined {
  const found = bySpelling.get(text)
  if (found !== undefined) return found
  const key = text.toLowerCase()
  return bySpelling.get(key) ?? (isToken(text) ? { key, name: text, single: false, list: false } : undefined)
}
