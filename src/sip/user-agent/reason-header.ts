import type { SipRequest, SipResponse } from '../message/message.ts'
import { parseParams } from '../message/params.ts'
import { quote, unquote } from '../message/scan.ts'

/** RFC 3326. */
export interface Reason {
  readonly q850?: number
  readonly text?: string
}

/** Entries to send; none when there is nothing to say. Control characters in the text become spaces. */
export function reasonEntries({ q850, text }: Reason): [string, string][] {
  if (q850 === undefined) return []
  const words = text === undefined ? '' : `;text=${quote(text.replace(/\p{Cc}+/gu, ' '))}`
  return [['Reason', `Q.850;cause=${q850}${words}`]]
}

/** The Q.850 cause of a message, and the first text of any of its Reason values. */
export function readReason(message: SipRequest | SipResponse): Reason {
  let q850: number | undefined
  let text: string | undefined
  for (const value of message.headers.all('Reason')) {
    const semicolon = value.indexOf(';')
    const params = semicolon < 0 ? undefined : parseParams(value, semicolon)
    if (params === undefined) continue
    const cause = params.get('cause') ?? ''
    if (/^q\.850\s*$/i.test(value.slice(0, semicolon).trim()) && /^\d{1,3}$/.test(cause)) q850 ??= Number(cause)
    const words = params.get('text')
    if (words !== undefined) text ??= unquote(words)
  }
  return { ...(q850 === undefined ? {} : { q850 }), ...(text === undefined ? {} : { text }) }
}
