import { MaybeTaken } from '../phone/carrier.ts'

export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpReply {
  readonly status: number
  readonly headers: Headers
  /** `undefined` where it was no JSON. */
  readonly body: unknown
}

/** It could not be reached, or gave no answer in time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** Whether the request may have come there all the same. */
  readonly sent: boolean
  constructor(sentence: string, sent: boolean) {
    super(sentence)
    this.sent = sent
  }
}

const timeoutMs = 15_000
/** Lists of numbers are the longest that companies answer with. */
const mostBytes = 1024 * 1024
/** Faults of a connection that was never made. */
const unsent: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
  ...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
])

/** @param who in sentences, e.g. `Flowroute` @throws NoAnswer */
export async function askHttp(who: string, { method, url, headers, body }: HttpRequest): Promise<HttpReply> {
  try {
    const reply = await fetch(url, {
      ...{ method, headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) },
      ...(body === undefined ? {} : { body }),
    })
    const text = unquoted(await bodyOf(reply), headers)
    return { status: reply.status, headers: reply.headers, body: readJson(text) }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
    const sentence = cause instanceof Error ? cause.message : String(cause)
    throw new NoAnswer(`${who} gave no answer: ${oneLine(sentence)}.`, !unsent.has(code))
  }
}

/** For what sends texts: a request that may have been taken is told as such. @throws MaybeTaken, NoAnswer */
export async function orMaybeTaken<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking
  } catch (error) {
    throw error instanceof NoAnswer && error.sent ? new MaybeTaken(error.message) : error
  }
}

/** Seconds that it asks to be left alone for, within reason; two where it names none. */
export function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? '')
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : 2000
}

async function bodyOf(reply: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of reply.body ?? []) {
    size += part.length
    if (size > mostBytes) throw new Error(`its answer is longer than ${mostBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** What a company says of a fault stands in logs and answers: it may quote what it was asked with. */
function unquoted(text: string, headers: HttpRequest['headers']): string {
  const [, basic = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? []
  const [, ...password] = Buffer.from(basic, 'base64').toString('utf8').split(':')
  const secrets = [headers.apikey ?? '', basic, password.join(':')].filter((secret) => secret !== '')
  return secrets.reduce((said, secret) => said.replaceAll(secret, '(secret)'), text)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A page of a proxy, or nothing: the status says what it was.
    return undefined
  }
}

/** Text of somebody else, for logs and answers. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)

/** Numbers of at least seven digits have their country code; shorter ones are codes of a network, others are names. */
export const plus = (text: string): string => (/^[1-9][0-9]{6,14}$/.test(text) ? `+${text}` : text)

/** Of what names something: where a zero byte were replaced, it would name something else. */
export const hasNoZero = (text: string): boolean => !text.includes('\0')

/** The database takes no zero byte. */
export const withoutZero = (text: string): string => text.replaceAll('\0', '\ufffd')
