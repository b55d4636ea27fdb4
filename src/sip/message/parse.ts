import { isAscii } from 'node:buffer'
import { type HeaderName, headerName } from './header-name.ts'
import { HeaderList } from './headers.ts'
import { limits } from './limits.ts'
import type { CSeq, NameAddr, SipMessage, SipRequest, Via } from './message.ts'
import { parseNameAddr } from './name-addr.ts'
import { isToken, splitOutsideQuotes } from './scan.ts'
import { parseUri, type Uri } from './uri.ts'
import { parseVia } from './via.ts'

/** Why bytes are not a message that can be worked on. */
export interface ParseFault {
  readonly kind: 'fault'
  /** What a request with this fault is answered: 400, 505 or 513. */
  readonly status: 400 | 505 | 513
  /** The header at fault; `undefined` when it is the start line or the whole. */
  readonly header?: string
  /** For logs and for the reason phrase: no text of the sender is in it. */
  readonly sentence: string
  /**
   * The request, as far as it could be read: enough to answer it (§8.2.6). Absent when it is a response, or when
   * Via, From, To, Call-ID or CSeq are beyond reading. An unreadable Request-URI is `other` here.
   */
  readonly request?: SipRequest
}

/** The first fault counts: later ones are mostly its consequences. */
class Faults {
  first: Pick<ParseFault, 'status' | 'header' | 'sentence'> | undefined

  add(sentence: string, header?: string, status: ParseFault['status'] = 400): void {
    this.first ??= header === undefined ? { status, sentence } : { status, sentence, header }
  }
}

type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: Uri }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }

const requestLine = /^([A-Za-z0-9\-.!%*_+`'~]+) ([^ ]+) (SIP\/\d+\.\d+)$/i
const statusLine = /^(SIP\/\d+\.\d+) (\d{3})(?: (.*))?$/i
// No control character but the tab may stand in a head.
// Escaped ones in a quoted string (RFC 4475 §3.1.1.2) are refused as well: no log, page or line protocol behind us expects them.
// A CR or LF that is left inside a line would begin another one for a reader that takes it as an end.
const control = /[\0-\x08\x0a-\x1f\x7f]/
const cseqValue = /^(\d{1,10})[ \t]+([A-Za-z0-9\-.!%*_+`'~]+)$/
const callIdValue = /^[^\s\p{Cc}]+$/u

/**
 * Reads one message from a datagram, or from the bytes that the framing of a stream cut out. Never throws.
 * Bytes beyond Content-Length are ignored in a datagram (RFC 3261 §18.3).
 */
export function parseMessage(bytes: Buffer): SipMessage | ParseFault {
  const faults = new Faults()
  const start = skipBlank(bytes)
  const bodyAt = endOfHead(bytes, start)
  const headEnd = bodyAt < 0 ? bytes.length : bodyAt
  if (headEnd - start > limits.head) {
    faults.add(`the headers are longer than ${limits.head} bytes`, undefined, 513)
    return fault(faults)
  }
  if (bodyAt < 0) faults.add('the headers do not end with an empty line')
  // Latin-1 is read several times faster; for ASCII it is the same.
  const head = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8', start, headEnd)
  const lineEnd = head.indexOf('\n')
  const line = startLine(trimCr(lineEnd < 0 ? head : head.slice(0, lineEnd)), faults)
  const headers = readHeaders(head, lineEnd < 0 ? head.length : lineEnd + 1, faults)
  if (line === undefined) return fault(faults)

  const body = cutBody(bytes, headEnd, headers, faults)
  const from = address(headers, 'From', faults)
  const to = address(headers, 'To', faults)
  const callId = readCallId(headers, faults)
  const cseq = readCSeq(headers, faults)
  const vias = readVias(headers, faults)
  checkNumber(headers, 'Max-Forwards', 255, faults)
  if (line.kind === 'request' && cseq !== undefined && cseq.method !== line.method)
    faults.add('the method of CSeq is not that of the request', 'CSeq')

  if (from === undefined || to === undefined || callId === undefined || cseq === undefined || vias === undefined)
    return fault(faults)
  const rest = { headers, body, callId, from, to, cseq, vias }
  const message: SipMessage =
    line.kind === 'request'
      ? { kind: 'request', method: line.method, uri: line.uri, ...rest }
      : { kind: 'response', status: line.status, reason: line.reason, ...rest }
  if (faults.first === undefined) return message
  return message.kind === 'request' ? { ...fault(faults), request: message } : fault(faults)
}

function fault(faults: Faults): ParseFault {
  return { kind: 'fault', ...(faults.first ?? { status: 400, sentence: 'the message cannot be read' }) }
}

/** CR and LF before the start line are skipped (§7.5). */
export function skipBlank(bytes: Buffer, from = 0): number {
  let at = from
  while (bytes[at] === 0x0d || bytes[at] === 0x0a) at++
  return at
}

const emptyLine = Buffer.from('\r\n\r\n')

/**
 * Where the body begins: behind the first empty line; -1 when it has not come. Lines that end in LF alone are taken
 * where no CRLFCRLF is to be found.
 */
export function endOfHead(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(emptyLine, from)
  if (end >= 0) return end + 4
  let at = bytes.indexOf(0x0a, from)
  while (at >= 0) {
    if (bytes[at + 1] === 0x0a) return at + 2
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3
    at = bytes.indexOf(0x0a, at + 1)
  }
  return -1
}

function startLine(text: string, faults: Faults): StartLine | undefined {
  if (control.test(text)) faults.add('the start line holds a control character')
  if (text.length > limits.line) faults.add(`the start line is longer than ${limits.line} characters`)
  const status = statusLine.exec(text)
  if (status !== null) {
    const [, version = '', code = '', reason = ''] = status
    checkVersion(version, faults)
    const number = Number(code)
    if (number < 100 || number > 699) faults.add('the status code is not between 100 and 699')
    return { kind: 'response', status: number, reason }
  }
  const request = requestLine.exec(text)
  if (request !== null) {
    const [, method = '', target = '', version = ''] = request
    checkVersion(version, faults)
    return { kind: 'request', method, uri: requestUri(target, faults) }
  }
  faults.add('the start line is neither a request line nor a status line')
  // `METHOD whatever SIP/2.0`: the URI is broken, yet the request can be told that it is.
  const words = text.trim().split(/[ \t]+/)
  const [method = '', ...rest] = words
  if (words.length < 3 || !isToken(method) || !/^SIP\/\d+\.\d+$/i.test(rest.at(-1) ?? '')) return undefined
  return { kind: 'request', method, uri: { scheme: 'other', text: rest.slice(0, -1).join(' ') } }
}

function checkVersion(version: string, faults: Faults): void {
  if (version.toUpperCase() !== 'SIP/2.0') faults.add('only SIP/2.0 is spoken here', undefined, 505)
}

function requestUri(text: string, faults: Faults): Uri {
  const uri = parseUri(text)
  if (uri === undefined) faults.add('the Request-URI is malformed')
  else if ((uri.scheme === 'sip' || uri.scheme === 'sips') && uri.headers !== undefined)
    faults.add('the Request-URI may not hold headers')
  return uri ?? { scheme: 'other', text }
}

function readHeaders(head: string, from: number, faults: Faults): HeaderList {
  const headers = new HeaderList()
  let at = from
  while (at < head.length) {
    const colon = head.indexOf(':', at)
    let end = endOfLine(head, at)
    const name = colon < 0 || colon > end ? undefined : headerName(head.slice(at, colon).trimEnd())
    let value = name === undefined ? '' : head.slice(colon + 1, end).trim()
    const begin = at
    at = end + 1
    // A line that begins with white space continues the one before (§7.3.1).
    while (head[at] === ' ' || head[at] === '\t') {
      end = endOfLine(head, at)
      const more = head.slice(at, end).trim()
      if (more !== '') value = value === '' ? more : `${value} ${more}`
      if (value.length > limits.line) break
      at = end + 1
    }
    // The empty line at the end.
    if (at >= head.length && end - begin <= 1 && head.slice(begin, end).trim() === '') continue
    if (name === undefined) {
      faults.add('a header line has no name before a colon')
      continue
    }
    if (value.length > limits.line) {
      faults.add(`${name.name} is longer than ${limits.line} characters`, name.name)
      return headers
    }
    if (headers.size >= limits.headers) {
      faults.add(`there are more than ${limits.headers} headers`)
      return headers
    }
    if (name.single && headers.has(name.name)) {
      faults.add(`${name.name} stands there more than once`, name.name)
      continue
    }
    pushHeader(headers, name, value, faults)
  }
  return headers
}

function endOfLine(head: string, from: number): number {
  const end = head.indexOf('\n', from)
  return end < 0 ? head.length : end
}

function pushHeader(headers: HeaderList, name: HeaderName, value: string, faults: Faults): void {
  // Only after the fault was noted: nothing that was refused may be echoed in an answer.
  if (control.test(value)) faults.add(`${name.name} holds a control character`, name.name)
  else headers.push(name, value)
}

const trimCr = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** Content-Length counts (§20.14); without it a datagram's body goes to the end. */
function cutBody(bytes: Buffer, at: number, headers: HeaderList, faults: Faults): Buffer {
  const text = headers.get('Content-Length')
  if (text === undefined) return bytes.subarray(at)
  const length = contentLength(text)
  if (length === undefined) faults.add('Content-Length is not a number of bytes', 'Content-Length')
  else if (length > bytes.length - at) faults.add('the body is shorter than Content-Length says', 'Content-Length')
  return bytes.subarray(at, at + Math.min(length ?? 0, bytes.length - at))
}

export function contentLength(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function address(headers: HeaderList, name: 'From' | 'To', faults: Faults): NameAddr | undefined {
  const text = headers.get(name)
  const value = text === undefined ? undefined : parseNameAddr(text)
  if (value === undefined) faults.add(`${name} is ${text === undefined ? 'missing' : 'malformed'}`, name)
  return value
}

function readCallId(headers: HeaderList, faults: Faults): string | undefined {
  const text = headers.get('Call-ID')
  if (text !== undefined && callIdValue.test(text)) return text
  faults.add(`Call-ID is ${text === undefined ? 'missing' : 'malformed'}`, 'Call-ID')
  return undefined
}

function readCSeq(headers: HeaderList, faults: Faults): CSeq | undefined {
  const text = headers.get('CSeq')
  const match = text === undefined ? null : cseqValue.exec(text)
  if (match === null) {
    faults.add(`CSeq is ${text === undefined ? 'missing' : 'malformed'}`, 'CSeq')
    return undefined
  }
  const number = Number(match[1])
  // §8.1.1.5: less than 2**31.
  if (number >= 2 ** 31) faults.add('the number of CSeq is not below 2147483648', 'CSeq')
  return { number, method: match[2]! }
}

function readVias(headers: HeaderList, faults: Faults): readonly Via[] | undefined {
  const vias: Via[] = []
  for (const line of headers.lines('Via')) {
    for (const part of splitOutsideQuotes(line, ',')) {
      const via = parseVia(part)
      if (via !== undefined) vias.push(via)
      else faults.add('Via is malformed', 'Via')
    }
  }
  if (vias.length === 0) faults.add('Via is missing', 'Via')
  return vias.length === 0 ? undefined : vias
}

function checkNumber(headers: HeaderList, name: string, most: number, faults: Faults): void {
  const text = headers.get(name)
  if (text !== undefined && !(isToken(text) && /^\d{1,10}$/.test(text) && Number(text) <= most))
    faults.add(`${name} is not a number between 0 and ${most}`, name)
}
