import { Attributes, type Findings } from '../attributes.ts'
import { quoted } from '../fault.ts'
import { longestText } from '../text-params.ts'
import type { WebTarget } from '../web-target.ts'
import { textOf, type XmlElement } from '../xml.ts'
import { readBodyUrl } from './sound.ts'

export interface Hangup {
  readonly element: 'Hangup'
  readonly reason: 'rejected' | 'busy' | undefined
  /** Hangs up so many seconds later, while the elements that follow run on. */
  readonly schedule: number | undefined
}

export interface Redirect {
  readonly element: 'Redirect'
  readonly target: WebTarget
}

export interface Message {
  readonly element: 'Message'
  readonly src: string
  readonly dst: readonly string[]
  readonly text: string
  readonly callback: WebTarget | undefined
}

export function readHangup(element: XmlElement, findings: Findings): Hangup {
  const attributes = new Attributes(element, findings)
  const schedule = attributes.integer('schedule', undefined, { min: 1, max: 86_400 })
  const reason = attributes.choice('reason', ['rejected', 'busy'], undefined)
  attributes.done()
  // With a schedule there is a call that was taken: it cannot be refused any more.
  return { element: 'Hangup', reason: schedule === undefined ? reason : undefined, schedule }
}

export function readRedirect(element: XmlElement, findings: Findings): Redirect | undefined {
  const attributes = new Attributes(element, findings)
  const method = attributes.method('method')
  attributes.done()
  const target = readBodyUrl(element, findings, method)
  return target === undefined ? undefined : { element: 'Redirect', target }
}

export function readMessage(element: XmlElement, findings: Findings): Message {
  const attributes = new Attributes(element, findings)
  const src = attributes.text('src')
  const dst = attributes.text('dst')
  attributes.choice('type', ['sms'], 'sms')
  const callback = attributes.url('callbackUrl', 'callbackMethod')
  attributes.done()
  const text = textOf(element)
  if (src === undefined) findings.fault(element, 'src is missing; it takes the number that sends.', 'src')
  if (dst === undefined) findings.fault(element, 'dst is missing; it takes numbers joined by <.', 'dst')
  if (text === '') findings.fault(element, 'it is empty, but holds the text to be sent.')
  const longest = longestText(text)
  if (text.length > longest) {
    findings.fault(element, `it holds ${text.length} characters (${quoted(text)}), but takes at most ${longest}.`)
  }
  const receivers = (dst ?? '')
    .split('<')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  return { element: 'Message', src: src ?? '', dst: receivers, text, callback }
}
