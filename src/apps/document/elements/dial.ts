import { Attributes, daySeconds, type Findings } from '../attributes.ts'
import { quoted } from '../fault.ts'
import type { WebTarget } from '../web-target.ts'
import { elementsOf, textOf, type XmlElement } from '../xml.ts'

export interface DialNumber {
  readonly element: 'Number'
  /** As written, without what stands behind a comma or bar. */
  readonly number: string
  readonly sendDigits: string
  readonly sendOnPreanswer: boolean
}

export interface DialUser {
  readonly element: 'User'
  /** A SIP URI. */
  readonly uri: string
  readonly sendDigits: string
  readonly sendOnPreanswer: boolean
  /** Names without `X-PH-`. */
  readonly sipHeaders: ReadonlyMap<string, string>
  readonly credentials: { readonly username: string; readonly password: string } | undefined
}

export type DialMusic =
  | { readonly kind: 'ringback' }
  | { readonly kind: 'real' }
  | { readonly kind: 'none' }
  | { readonly kind: 'document'; readonly target: WebTarget }

export interface Dial {
  readonly element: 'Dial'
  readonly action: WebTarget | undefined
  readonly redirect: boolean
  /** Seconds of ringing; absent: as long as a network lets ring. */
  readonly timeout: number | undefined
  /** Seconds of talk. */
  readonly timeLimit: number
  readonly callerId: string | undefined
  readonly callerName: string | undefined
  readonly hangupOnStar: boolean
  readonly callback: WebTarget | undefined
  readonly confirm:
    | { readonly sound: WebTarget; readonly key: string | undefined; readonly timeout: number }
    | undefined
  readonly dialMusic: DialMusic
  readonly digitsMatch: readonly string[]
  readonly digitsMatchBLeg: readonly string[]
  readonly sipHeaders: ReadonlyMap<string, string>
  readonly targets: readonly (DialNumber | DialUser)[]
}

export function readDial(element: XmlElement, findings: Findings): Dial {
  const attributes = new Attributes(element, findings)
  const confirmSound = attributes.url('confirmSound')
  const confirmKey = attributes.fitting('confirmKey', /^[0-9*#]$/, 'one of 0-9, * and #', undefined)
  const confirmTimeout = attributes.integer('confirmTimeout', 120, { min: 1, most: daySeconds })
  const dial: Dial = {
    element: 'Dial',
    action: attributes.url('action', 'method'),
    redirect: attributes.flag('redirect', true),
    timeout: attributes.integer('timeout', undefined, { min: 1, most: daySeconds }),
    timeLimit: attributes.integer('timeLimit', 14_400, { min: 1, most: daySeconds }),
    callerId: attributes.text('callerId'),
    callerName: attributes.fitting('callerName', /^[^\r\n]{1,50}$/, 'at most 50 characters', undefined),
    hangupOnStar: attributes.flag('hangupOnStar', false),
    callback: attributes.url('callbackUrl', 'callbackMethod'),
    confirm: confirmSound === undefined ? undefined : { sound: confirmSound, key: confirmKey, timeout: confirmTimeout },
    dialMusic: readDialMusic(attributes),
    digitsMatch: readMatches(attributes, 'digitsMatch'),
    digitsMatchBLeg: readMatches(attributes, 'digitsMatchBLeg'),
    sipHeaders: readSipHeaders(attributes),
    targets: readTargets(element, findings),
  }
  attributes.done()
  return dial
}

function readDialMusic(attributes: Attributes): DialMusic {
  const word = attributes.text('dialMusic')?.toLowerCase()
  if (word === undefined) return { kind: 'ringback' }
  if (word === 'real' || word === 'none') return { kind: word }
  const target = attributes.url('dialMusic')
  return target === undefined ? { kind: 'ringback' } : { kind: 'document', target }
}

/** Entries of a digitsMatch list. */
export function readMatches(attributes: Attributes, name: string): readonly string[] {
  const written = attributes.fitting(
    name,
    /^\s*[0-9*#]{1,24}(?:\s*,\s*[0-9*#]{1,24}){0,31}\s*$/,
    'up to 32 strings of 0-9, * and # with commas between',
    '',
  )
  return written
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

/** `k=v,k2=v2`. Letters, digits and hyphens only in a name; a value of printable characters without comma: nothing of it can end a header line. */
export function readSipHeaders(attributes: Attributes): ReadonlyMap<string, string> {
  const written = attributes.text('sipHeaders')
  const headers = new Map<string, string>()
  for (const part of (written ?? '').split(',')) {
    if (part.trim() === '') continue
    const [, name, value] = /^\s*(?:X-PH-)?([A-Za-z0-9-]{1,24})=([\x20-\x7e]{0,48})$/i.exec(part) ?? []
    if (name === undefined || value === undefined) {
      attributes.refuse('sipHeaders', written ?? '', 'name=value pairs with commas between')
      break
    }
    headers.set(name, value.trim())
  }
  return headers
}

function readTargets(element: XmlElement, findings: Findings): readonly (DialNumber | DialUser)[] {
  if (textOf(element) !== '') findings.fault(element, 'it holds text; a number stands in a Number element.')
  const children = elementsOf(element)
  if (children.length === 0) findings.fault(element, 'it is empty, but holds Number or User elements.')
  return children.flatMap((child): (DialNumber | DialUser)[] => {
    switch (child.name) {
      case 'Number':
        return [readNumber(child, findings)]
      case 'User':
        return [readUser(child, findings)]
      default:
        findings.fault(child, 'it may not stand in Dial, which takes Number and User.')
        return []
    }
  })
}

const digitsToSend = (attributes: Attributes): string =>
  attributes.fitting('sendDigits', /^[0-9*#wW,]{1,100}$/, 'at most 100 of 0-9, *, #, w and W', '').replaceAll(',', 'w')

function readNumber(element: XmlElement, findings: Findings): DialNumber {
  const attributes = new Attributes(element, findings)
  attributes.choice('sendDigitsMode', ['rfc2833'], undefined)
  const sendDigits = digitsToSend(attributes)
  const sendOnPreanswer = attributes.flag('sendOnPreanswer', false)
  attributes.done()
  const written = textOf(element)
  // What follows would be further dial strings in the switch that such documents were written for.
  const number = (written.split(/[,|]/)[0] ?? '').trim()
  if (!/^\+?[0-9][0-9 ().-]{0,30}$/.test(number)) {
    findings.fault(element, `it holds ${quoted(written)}, but takes a phone number.`)
  }
  return { element: 'Number', number, sendDigits, sendOnPreanswer }
}

function readUser(element: XmlElement, findings: Findings): DialUser {
  const attributes = new Attributes(element, findings)
  attributes.choice('sendDigitsMode', ['rfc2833'], undefined)
  const username = attributes.text('sipAuthUsername')
  const password = attributes.fitting('sipAuthPassword', /^.{8,128}$/s, '8 to 128 characters', undefined)
  const user: DialUser = {
    element: 'User',
    uri: textOf(element),
    sendDigits: digitsToSend(attributes),
    sendOnPreanswer: attributes.flag('sendOnPreanswer', false),
    sipHeaders: readSipHeaders(attributes),
    credentials: username === undefined || password === undefined ? undefined : { username, password },
  }
  attributes.done()
  if (!/^sips?:[^\s<>"@;?,|]+@[^\s<>"@,|]+$/i.test(user.uri)) {
    findings.fault(element, `it holds ${quoted(user.uri)}, but takes a SIP URI such as sip:ann@example.com.`)
  }
  return user
}
