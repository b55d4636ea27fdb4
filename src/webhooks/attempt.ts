import { randomInt } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Problem } from '../phone/problem.ts'
import type { StoredTry } from '../store/shapes.ts'
import type { DeliveryRow } from '../store/webhook-deliveries.ts'
import { retryAfterMs } from './backoff.ts'
import { FetchFailed, type GuardedFetch } from './guard.ts'
import type { Secrets } from './secrets.ts'
import { signPlivo } from './sign/plivo.ts'
import { signStandard } from './sign/standard.ts'

/** Receivers that think for 15 s are slow, not away. */
const tryMs = 20_000
/** How much of an answer is kept, and read where somebody waits for it. */
const keptBytes = 2048
const wantedBytes = 128 * 1024

export interface Attempt {
  readonly tries: readonly StoredTry[]
  /** `refused`: trying again is of no use. */
  readonly result: 'delivered' | 'again' | 'refused'
  readonly retryAfterMs: number
  /** The body of a 2xx, whole where it was wanted. */
  readonly answer?: string
}

export interface AttemptOptions {
  readonly fetch: GuardedFetch
  readonly clock: Clock
  readonly userAgent: string
}

/**
 * One attempt: the URL, and where that fails the fallback. Never rejects for what a receiver does.
 * @param options `wanted`: somebody waits for the answer
 */
export async function attempt(
  row: DeliveryRow,
  secrets: Secrets,
  options: AttemptOptions & { readonly wanted: boolean },
): Promise<Attempt> {
  const first = await tryOnce(row, secrets.url ?? row.url, secrets, options)
  if (first.result === 'delivered' || row.fallbackUrl === null) return { ...first, tries: [first.tried] }
  const second = await tryOnce(row, secrets.fallbackUrl ?? row.fallbackUrl, secrets, options)
  const tries = [first.tried, second.tried]
  if (second.result === 'delivered') return { ...second, tries }
  const result = first.result === 'refused' && second.result === 'refused' ? 'refused' : 'again'
  return { tries, result, retryAfterMs: Math.max(first.retryAfterMs, second.retryAfterMs) }
}

interface Tried {
  readonly tried: StoredTry
  readonly result: Attempt['result']
  readonly retryAfterMs: number
  readonly answer?: string
}

async function tryOnce(
  row: DeliveryRow,
  target: string,
  secrets: Secrets,
  { fetch, clock, userAgent, wanted }: AttemptOptions & { readonly wanted: boolean },
): Promise<Tried> {
  const at = clock.wall()
  const began = clock.now()
  const { method, contentType, body } = row
  const url = method === 'GET' && body !== '' ? withQuery(target, body) : target
  const headers = {
    'user-agent': userAgent,
    ...(method === 'GET' ? {} : { 'content-type': contentType }),
    ...signatureOf(row, url, secrets, at),
  }
  const noted = { at, url: withoutCredentials(url), headers }
  try {
    const response = await fetch({
      ...{ url, method, headers, timeoutMs: tryMs, longer: 'cut', maxRedirects: 0 },
      maxBytes: wanted ? wantedBytes : keptBytes,
      ...(method === 'GET' ? {} : { body }),
    })
    const { status, ms } = response
    const good = status >= 200 && status < 300
    const kept = response.body.subarray(0, keptBytes).toString('utf8')
    const tried = { ...noted, ms: round(ms), status, response: kept }
    if (good) return { tried, result: 'delivered', retryAfterMs: 0, answer: response.body.toString('utf8') }
    return {
      tried: { ...tried, fault: faultOf(status) },
      // RFC 9110 §15.5.11: gone, and meant to stay so.
      result: status === 410 ? 'refused' : 'again',
      retryAfterMs: retryAfterMs(response.headers['retry-after'], clock.wall()),
    }
  } catch (error) {
    const ms = round(clock.now() - began)
    const fault = error instanceof Error ? error.message : String(error)
    if (error instanceof Problem) return { tried: { ...noted, ms, fault }, result: 'refused', retryAfterMs: 0 }
    if (!(error instanceof FetchFailed)) throw error
    return { tried: { ...noted, ms, fault }, result: 'again', retryAfterMs: 0 }
  }
}

const round = (ms: number): number => Math.round(ms * 10) / 10

const faultOf = (status: number): string =>
  status >= 300 && status < 400
    ? `It was answered ${status}; webhooks follow no redirects.`
    : `It was answered ${status}, not 2xx.`

function withQuery(text: string, query: string): string {
  const url = new URL(text)
  url.search = url.search === '' ? query : `${url.search}&${query}`
  return url.href
}

function withoutCredentials(text: string): string {
  const url = new URL(text)
  url.username = ''
  url.password = ''
  return url.href
}

/** Made anew for each try: the time is signed, and a nonce is used once. */
function signatureOf(row: DeliveryRow, url: string, secrets: Secrets, wall: number): Record<string, string> {
  switch (row.dialect) {
    case 'standard': {
      const signed = { id: row.message, timestamp: Math.floor(wall / 1000), body: row.method === 'GET' ? '' : row.body }
      return signStandard(signed, secrets.standard ?? [])
    }
    case 'plivo': {
      if (secrets.plivo === undefined) return {}
      const { token, mainToken } = secrets.plivo
      const params = row.method === 'GET' ? [] : [...new URLSearchParams(row.body)]
      return signPlivo({ method: row.method, url, params, nonce: newNonce() }, token, mainToken)
    }
    case 'blocks':
      return {}
  }
}

/** 20 digits. */
export const newNonce = (): string => Array.from({ length: 20 }, () => randomInt(10)).join('')
