import type { Headers } from '../message/message.ts'
import { parseParams } from '../message/params.ts'

/** Session-Expires (RFC 4028 §4). `refresher` is seen from the transaction: `uac` sent its request. */
export interface SessionExpires {
  readonly seconds: number
  readonly refresher?: 'uac' | 'uas'
}

/** @returns `undefined` where there is none, or one that cannot be read: a session without expiry */
export function readSessionExpires(headers: Headers): SessionExpires | undefined {
  const value = headers.get('Session-Expires')
  const seconds = readDelta(value)
  if (value === undefined || seconds === undefined) return undefined
  const semicolon = value.indexOf(';')
  const refresher = semicolon < 0 ? undefined : parseParams(value, semicolon)?.get('refresher')?.toLowerCase()
  return refresher === 'uac' || refresher === 'uas' ? { seconds, refresher } : { seconds }
}

export const formatSessionExpires = ({ seconds, refresher }: SessionExpires): string =>
  refresher === undefined ? String(seconds) : `${seconds};refresher=${refresher}`

/** Seconds of Min-SE (§5). */
export const readMinSe = (headers: Headers): number | undefined => readDelta(headers.get('Min-SE'))

export const supportsTimer = (headers: Headers): boolean =>
  headers.all('Supported').some((tag) => tag.toLowerCase() === 'timer') ||
  headers.all('Require').some((tag) => tag.toLowerCase() === 'timer')

function readDelta(value: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,10})\s*(?:;|$)/.exec(value ?? '')?.[1]
  // delta-seconds go up to 2^32-1; nothing that a timer can hold is lost by the cut.
  return digits === undefined ? undefined : Math.min(Number(digits), 2_000_000)
}
