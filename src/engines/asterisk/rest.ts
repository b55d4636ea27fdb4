import type { Clock } from '../../base/clock.ts'

/** A request is a few milliseconds of work for Asterisk; one that takes this long will not be answered. */
const answerMs = 10_000

export interface AriAccess {
  /** `http://127.0.0.1:8088/ari`; no slash at its end. */
  readonly url: string
  readonly username: string
  readonly password: string
}

/** Asterisk answered, and not with what was asked for. */
export class AriRefused extends Error {
  override readonly name = 'AriRefused'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Nothing came back. */
export class AriAway extends Error {
  override readonly name = 'AriAway'
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Requests of ARI. */
export class AriRest {
  readonly #access: AriAccess
  readonly #clock: Clock
  readonly #authorization: string

  constructor(access: AriAccess, clock: Clock) {
    this.#access = access
    this.#clock = clock
    this.#authorization = `Basic ${Buffer.from(`${access.username}:${access.password}`).toString('base64')}`
  }

  get(path: string, query?: Query): Promise<unknown> {
    return this.#ask('GET', path, query)
  }

  post(path: string, query?: Query, body?: object): Promise<unknown> {
    return this.#ask('POST', path, query, body)
  }

  put(path: string, body: object): Promise<unknown> {
    return this.#ask('PUT', path, {}, body)
  }

  /** Whether there is such a thing. */
  async has(path: string): Promise<boolean> {
    try {
      await this.#ask('GET', path)
      return true
    } catch (error) {
      if (isGone(error)) return false
      throw error
    }
  }

  /** What is gone already is as good as deleted. @returns whether it was there */
  async delete(path: string, query?: Query): Promise<boolean> {
    try {
      await this.#ask('DELETE', path, query)
      return true
    } catch (error) {
      if (isGone(error)) return false
      throw error
    }
  }

  /** @throws AriRefused, AriAway */
  async #ask(method: string, path: string, query: Query = {}, body?: object): Promise<unknown> {
    const url = new URL(`${this.#access.url}${path}`)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value))
    const late = new AbortController()
    const timer = this.#clock.after(answerMs, () => late.abort(new Error(`no answer within ${answerMs / 1000} s`)))
    try {
      const response = await fetch(url, {
        method,
        headers: {
          authorization: this.#authorization,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: late.signal,
        redirect: 'error',
      })
      const text = await response.text()
      if (!response.ok) throw new AriRefused(response.status, saysWhy(text) ?? `HTTP ${response.status}`)
      return text === '' ? undefined : (JSON.parse(text) as unknown)
    } catch (error) {
      if (error instanceof AriRefused) throw error
      throw new AriAway(`Asterisk did not answer ${method} ${path}: ${reasonOf(error)}`, { cause: error })
    } finally {
      timer.stop()
    }
  }
}

/** Whether Asterisk has no such thing, or not any more. */
export const isGone = (error: unknown): boolean => error instanceof AriRefused && error.status === 404

/** `fetch` has what happened in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** `{"message": …}`, or `{"error": …}` where Asterisk ran out of something. */
function saysWhy(text: string): string | undefined {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null) return undefined
    if ('message' in json && typeof json.message === 'string') return json.message
    return 'error' in json && typeof json.error === 'string' ? json.error : undefined
  } catch {
    // Its web server answers some errors with a page.
    return undefined
  }
}
