import { lookup } from 'node:dns/promises'
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Clock, Timer } from '../base/clock.ts'
import type { Scope } from '../base/scope.ts'
import { unlessAborted } from '../base/unless-aborted.ts'
import { Problem } from '../phone/problem.ts'
import { classifyAddress, networkList } from './address.ts'
import { bare, credentialsOf, readUrl, shown } from './url.ts'

export interface GuardedRequest {
  /** `http:` or `https:`; a user and password in it are sent as Basic credentials. */
  readonly url: string
  readonly method: 'GET' | 'POST' | 'HEAD' | 'PUT' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** For all of it: names, connections, redirects, the body. */
  readonly timeoutMs: number
  /** For the name and the connection of each hop, with TLS; as `timeoutMs` unless given. What is late is a failure of kind `connection`. */
  readonly connectMs?: number
  readonly maxBytes: number
  /** Unless given, a longer body is a failure; `cut` keeps the first `maxBytes`. */
  readonly longer?: 'fail' | 'cut'
  readonly maxRedirects: number
  /**
   * Makes the request for where a redirect leads, if its headers depend on the URL. Unless given, method and body are as
   * RFC 9110 §15.4 has them, and headers go along, secret ones within the origin.
   */
  readonly redirected?: (url: string, method: GuardedRequest['method']) => Redirected
  /** Beginnings of media types that are taken with a 2xx, e.g. `audio/`; any unless given. */
  readonly types?: readonly string[]
  /** Gives it up, as a failure of kind `given_up`. */
  readonly signal?: AbortSignal
}

export type Redirected = Pick<GuardedRequest, 'url' | 'headers' | 'body'>

export interface GuardedResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Where it came from after redirects, without credentials. */
  readonly url: string
  readonly ms: number
}

/** The URL is fine, but nothing usable came from there. The message is a sentence for people, without credentials. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed'
  readonly kind: 'name' | 'connection' | 'timeout' | 'too_large' | 'type' | 'redirects' | 'given_up'
  constructor(kind: FetchFailed['kind'], sentence: string) {
    super(sentence)
    this.kind = kind
  }
}

/** @throws Problem `url_not_allowed`; FetchFailed for everything that goes wrong on the way */
export type GuardedFetch = (request: GuardedRequest) => Promise<GuardedResponse>

export interface GuardOptions {
  /** Networks of the operator that may be fetched from although they are not public. */
  readonly allow: readonly string[]
  readonly clock: Clock
  /** Closing it closes connections. */
  readonly scope: Scope
  /** All addresses of a name; the system's resolver unless given. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
}

export interface Guard {
  readonly fetch: GuardedFetch
  /**
   * What can be said of a URL before it is asked: its name is looked up, for at most two seconds.
   * @returns `unresolved` where the name has no address now, `late` where that was not found out in time
   * @throws Problem `url_not_allowed`
   */
  check(url: string): Promise<'resolved' | 'unresolved' | 'late'>
}

/** Whoever sets a URL waits so long at most for its name. */
const checkMs = 2000

const systemResolve = async (name: string): Promise<readonly string[]> =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address)

/** Fetches for users what the operator's own network must not give away (server-side request forgery). */
export function openGuard({ allow, clock, scope, resolve = systemResolve }: GuardOptions): Guard {
  const allowed = networkList(allow)
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, maxFreeSockets: 64 }),
    'https:': new HttpsAgent({ keepAlive: true, maxFreeSockets: 64 }),
  }
  scope.add('guarded connections', () => {
    agents['http:'].destroy()
    agents['https:'].destroy()
  })

  /** The name is looked up once, and the connection goes to the address that was checked. */
  async function addressOf(url: URL): Promise<string> {
    const host = bare(url.hostname)
    let addresses: readonly string[]
    try {
      addresses = isIP(host) === 0 ? await resolve(host) : [host]
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new FetchFailed('name', `The name ${host} cannot be resolved (${code ?? 'unknown fault'}).`)
    }
    // A name that also leads inside is not asked for its other addresses: it is not to be trusted at all.
    for (const address of addresses) admit(address, host)
    const [address] = addresses
    if (address === undefined) throw new FetchFailed('name', `The name ${host} has no address.`)
    return address
  }

  function admit(address: string, host: string): void {
    const kind = classifyAddress(address)
    if (kind === 'public' || allowed(address)) return
    const where = address === host ? address : `${host} is ${address}, which`
    throw new Problem(
      'url_not_allowed',
      `${where} is not a public address (${kind}). The operator may allow it with OFFHOOK_WEBHOOK_ALLOW.`,
    )
  }

  function read(text: string): URL {
    const url = readUrl(text)
    const host = bare(url.hostname)
    if (isIP(host) !== 0) admit(host, host)
    return url
  }

  async function fetch(request: GuardedRequest): Promise<GuardedResponse> {
    const began = clock.now()
    const cancel = new AbortController()
    const timer = clock.after(request.timeoutMs, () =>
      cancel.abort(new FetchFailed('timeout', `There was no whole answer within ${request.timeoutMs / 1000} s.`)),
    )
    let connecting: Timer | undefined
    const patience: Patience = {
      signal: cancel.signal,
      begin({ host }) {
        const { connectMs } = request
        if (connectMs === undefined) return
        connecting = clock.after(connectMs, () =>
          cancel.abort(
            new FetchFailed('connection', `There was no connection to ${host} within ${connectMs / 1000} s.`),
          ),
        )
      },
      connected: () => connecting?.stop(),
    }
    const giveUp = (): void => cancel.abort(new FetchFailed('given_up', 'Nobody waits for the answer any more.'))
    try {
      const first = read(request.url)
      request.signal?.addEventListener('abort', giveUp)
      if (request.signal?.aborted) giveUp()
      return await unlessAborted(follow(first, request, patience, began), cancel.signal)
    } catch (error) {
      cancel.abort() // whatever is still open of it
      throw error
    } finally {
      timer.stop()
      connecting?.stop()
      request.signal?.removeEventListener('abort', giveUp)
    }
  }

  async function follow(
    first: URL,
    request: GuardedRequest,
    patience: Patience,
    began: number,
  ): Promise<GuardedResponse> {
    let url = first
    let { method, body } = request
    let headers: Headers = { ...credentialsOf(first), ...request.headers }
    for (let hops = 0; ; hops++) {
      patience.begin(url)
      const address = await addressOf(url)
      const response = await send({ url, address, method, headers, ...(body === undefined ? {} : { body }), patience })
      const status = response.statusCode ?? 0
      const location = response.headers.location
      if (request.maxRedirects === 0 || !redirects.has(status) || location === undefined) {
        const bytes = await readBody(response, request)
        return { status, headers: response.headers, body: bytes, url: shown(url), ms: clock.now() - began }
      }
      response.destroy()
      if (hops >= request.maxRedirects) {
        throw new FetchFailed('redirects', `There were more than ${request.maxRedirects} redirects.`)
      }
      let next = read(URL.canParse(location, url.href) ? new URL(location, url.href).href : location)
      // RFC 9110 §15.4: 307 and 308 keep the method; the others make a GET of everything but HEAD.
      if (status !== 307 && status !== 308 && method !== 'HEAD') {
        method = 'GET'
        body = undefined
      }
      // What was meant for one origin is not told to another.
      if (next.origin !== url.origin) headers = withoutSecrets(headers)
      if (request.redirected !== undefined) {
        const again = request.redirected(next.href, method)
        next = read(again.url)
        body = again.body
        headers = { ...onlySecrets(headers), ...again.headers }
      }
      url = next
    }
  }

  async function send(wire: Wire): Promise<IncomingMessage> {
    const { protocol } = wire.url
    const agent = agents[protocol === 'https:' ? 'https:' : 'http:']
    try {
      return await exchange(wire, agent)
    } catch (error) {
      // The other side closed an idle connection just as it was used again: nothing was answered on it.
      if (!(error instanceof StaleConnection)) throw error
      return exchange(wire, undefined)
    }
  }

  async function check(text: string): ReturnType<Guard['check']> {
    const url = read(text)
    const late = new AbortController()
    const timer = clock.after(checkMs, () => late.abort(late))
    try {
      await unlessAborted(addressOf(url), late.signal)
      return 'resolved'
    } catch (error) {
      if (error === late) return 'late'
      if (error instanceof FetchFailed) return 'unresolved'
      throw error
    } finally {
      timer.stop()
    }
  }

  return { fetch, check }
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

type Headers = Readonly<Record<string, string>>

const isSecret = (name: string): boolean => /^(?:authorization|cookie)$/i.test(name)
const withoutSecrets = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !isSecret(name)))
const onlySecrets = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => isSecret(name)))

interface Wire {
  readonly url: URL
  readonly address: string
  readonly method: GuardedRequest['method']
  readonly headers: Headers
  readonly body?: string | Buffer
  readonly patience: Patience
}

/** How long is waited: the signal ends all of it. */
interface Patience {
  readonly signal: AbortSignal
  /** A connection is wanted from now on. */
  begin(to: URL): void
  connected(): void
}

class StaleConnection extends Error {}

/** Resolves when the headers are here. */
function exchange(wire: Wire, agent: HttpAgent | HttpsAgent | undefined): Promise<IncomingMessage> {
  const { url, address, method, headers, body, patience } = wire
  const { signal, connected } = patience
  const name = bare(url.hostname)
  const secure = url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)({
      host: address,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method,
      headers: {
        ...headers,
        host: url.host,
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      agent: agent ?? false,
      signal,
      maxHeaderSize: 32 * 1024,
      // The certificate must be for the name, although the connection goes to an address.
      ...(secure && isIP(name) === 0 ? { servername: name } : {}),
    })
    request.once('socket', (socket) => {
      if (request.reusedSocket) connected()
      else socket.once(secure ? 'secureConnect' : 'connect', connected)
    })
    request.once('response', resolve)
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason)
      else if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) {
        reject(new StaleConnection())
      } else reject(new FetchFailed('connection', sentenceOf(error, url.host)))
    })
    request.end(body)
  })
}

function sentenceOf({ code, message }: NodeJS.ErrnoException, host: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing listens at ${host}.`
    case 'ECONNRESET':
    case 'EPIPE':
      return `${host} closed the connection without an answer.`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `There is no way to ${host} (${code}).`
    default:
      if (code?.startsWith('HPE_')) return `${host} answered with something that is not HTTP.`
      return `The connection to ${host} failed: ${message} (${code ?? 'no code'}).`
  }
}

async function readBody(response: IncomingMessage, request: GuardedRequest): Promise<Buffer> {
  const { maxBytes, longer = 'fail', types } = request
  const type = (response.headers['content-type'] ?? '').toLowerCase()
  const good = (response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 300
  if (good && types !== undefined && !types.some((start) => type.startsWith(start))) {
    response.destroy()
    throw new FetchFailed(
      'type',
      `It is ${type === '' ? 'of no type' : JSON.stringify(type)}, not ${types.join(', ')}.`,
    )
  }
  const tooLarge = new FetchFailed('too_large', `It is larger than ${maxBytes} bytes.`)
  if (longer === 'fail' && Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy()
    throw tooLarge
  }
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part)
      size += part.length
      if (size <= maxBytes) continue
      if (longer === 'fail') throw tooLarge
      break
    }
  } catch (error) {
    if (error instanceof FetchFailed) throw error
    throw new FetchFailed('connection', 'The connection broke off within the answer.')
  }
  return Buffer.concat(parts).subarray(0, maxBytes)
}
