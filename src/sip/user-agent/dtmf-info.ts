import type { Body } from '../message/build.ts'
import type { SipRequest } from '../message/message.ts'

export interface InfoKey {
  /** One of `0-9A-D*#`. */
  readonly key: string
  readonly ms: number
}

/** Both forms in which INFO carries a key; nobody wrote an RFC on them. */
export const dtmfTypes = ['application/dtmf-relay', 'application/dtmf']

const defaultMs = 160
const keys: Readonly<Record<string, string>> = { 10: '*', 11: '#', 12: 'A', 13: 'B', 14: 'C', 15: 'D' }

export const dtmfRelay = ({ key, ms }: InfoKey): Body => ({
  type: 'application/dtmf-relay',
  content: `Signal=${key}\r\nDuration=${ms}\r\n`,
})

/** @param type media type in lower case without parameters. @returns `undefined` where there is no key in it */
export function readInfoKey(request: SipRequest, type: string): InfoKey | undefined {
  if (request.body.length > 200) return undefined
  const text = request.body.toString('latin1').trim()
  if (type === 'application/dtmf') return keyOf(text, defaultMs)
  const signal = /^\s*Signal\s*=\s*([^\s]{1,2})\s*$/im.exec(text)
  const duration = /^\s*Duration\s*=\s*(\d{1,5})\s*$/im.exec(text)
  return signal === null ? undefined : keyOf(signal[1]!, duration === null ? defaultMs : Number(duration[1]))
}

function keyOf(text: string, ms: number): InfoKey | undefined {
  // Some send the event codes of RFC 4733 for keys beyond 9.
  const key = keys[text] ?? text.toUpperCase()
  return /^[0-9A-D*#]$/.test(key) ? { key, ms: Math.min(Math.max(ms, 40), 10_000) } : undefined
}
