import { z } from 'zod'
import { CommandFailed, commandName, exitCodes, plain } from './output.ts'

/** RFC 9457, with every bad field. */
const problemShape = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), sentence: z.string() })).optional(),
})

export interface FieldFault {
  /** JSON pointer into what was sent, e.g. `/targets/0/seconds`; '' for the whole. */
  readonly field: string
  readonly sentence: string
}

/** The service refused. The message names every bad field; a command that knows better words for them makes its own. */
export class Refused extends CommandFailed {
  readonly fields: readonly FieldFault[]
  constructor(sentence: string, fields: readonly FieldFault[] = []) {
    super(fields.length === 0 ? sentence : listFields(fields))
    this.fields = fields
  }
}

/** A line for each field; where its name is not told otherwise, the pointer without its slash. */
export function listFields(fields: readonly FieldFault[], name: (field: string) => string = bare): string {
  return fields.map(({ field, sentence }) => `${plain(name(field))}: ${plain(sentence)}`).join('\n')
}
const bare = (field: string): string => (field === '' ? 'the request' : field.slice(1))

const json = 'application/json'

export interface ClientOptions {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: string | undefined
  /** What to do where it is refused. */
  readonly tokenHint?: string
  readonly signal: AbortSignal
  /** For a whole answer; a stream of events may stay silent as long as it likes. */
  readonly timeoutMs?: number
}

/** The API of a running service. Every method rejects with `CommandFailed`, ready to be printed. */
export class ApiClient {
  readonly #url: string
  readonly #token: string | undefined
  readonly #tokenHint: string
  readonly #signal: AbortSignal
  readonly #timeoutMs: number

  constructor(options: ClientOptions) {
    this.#url = options.url
    this.#token = options.token
    this.#tokenHint = options.tokenHint ?? 'Set OFFHOOK_TOKEN to the right one.'
    this.#signal = options.signal
    this.#timeoutMs = options.timeoutMs ?? 30_000
  }

  get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    return this.#call('GET', path, undefined, shape)
  }

  /** Every page of a list, or the first `limit` of it. */
  async list<T>(path: string, item: z.ZodType<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
    const shape = z.object({ items: z.array(item), next: z.string().optional() })
    const items: T[] = []
    for (let after: string | undefined, more = true; more; ) {
      const query = `limit=${Math.min(200, limit - items.length)}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`
      const page = await this.get(`${path}?${query}`, shape)
      items.push(...page.items)
      after = page.next
      more = after !== undefined && items.length < limit
    }
    return items
  }

  /** An answer that is no JSON, as it comes; the pieces may be cut anywhere. */
  async *text(path: string, accept: string): AsyncGenerator<string> {
    const response = await this.#fetch('GET', path, undefined, this.#signal, accept)
    if (!response.ok) throw this.#refused(response.status, readJson(await response.text()))
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true })
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  post<T>(path: string, body: unknown, shape: z.ZodType<T>): Promise<T> {
    return this.#call('POST', path, body, shape)
  }

  /** What is no JSON, e.g. CSV. */
  postText<T>(path: string, text: string, type: string, shape: z.ZodType<T>): Promise<T> {
    return this.#call('POST', path, text, shape, type)
  }

  put<T>(path: string, body: unknown, shape: z.ZodType<T>): Promise<T> {
    return this.#call('PUT', path, body, shape)
  }

  patch<T>(path: string, body: unknown, shape: z.ZodType<T>): Promise<T> {
    return this.#call('PATCH', path, body, shape)
  }

  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path, undefined, z.unknown())
  }

  async #call<T>(method: string, path: string, body: unknown, shape: z.ZodType<T>, type = json): Promise<T> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#timeoutMs)])
    const response = await this.#fetch(method, path, body, signal, json, type)
    const text = await response.text().catch((error: unknown) => {
      throw this.#unreachable(error)
    })
    const value = readJson(text)
    if (!response.ok) throw this.#refused(response.status, value)
    const parsed = shape.safeParse(value)
    if (!parsed.success) {
      throw new CommandFailed(
        `${this.#url} answered ${method} ${path} with something that this command does not understand (${z.prettifyError(parsed.error).split('\n')[0]}). Is it an Offhook of another version?`,
      )
    }
    return parsed.data
  }

  /** Server-sent events (WHATWG HTML §9.2) until the service closes the stream or the user interrupts. */
  async *events(path: string): AsyncGenerator<{ readonly event: string; readonly data: unknown }> {
    const response = await this.#fetch('GET', path, undefined, this.#signal, 'text/event-stream')
    if (!response.ok) throw this.#refused(response.status, readJson(await response.text()))
    if (response.body === null) return
    let rest = ''
    let carriage = ''
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body) {
        const text = carriage + decoder.decode(chunk, { stream: true })
        // A CR at the very end may be half of a CRLF.
        carriage = text.endsWith('\r') ? '\r' : ''
        rest += text.slice(0, text.length - carriage.length).replace(/\r\n?/g, '\n')
        for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
          const event = readEvent(rest.slice(0, end))
          rest = rest.slice(end + 2)
          if (event !== undefined) yield event
        }
      }
    } catch (error) {
      if (this.#signal.aborted) return
      throw this.#unreachable(error)
    }
  }

  async #fetch(method: string, path: string, body: unknown, signal: AbortSignal, accept = json, type = json) {
    try {
      return await fetch(`${this.#url}${path}`, {
        method,
        signal,
        redirect: 'error',
        headers: {
          accept,
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { 'content-type': type }),
        },
        ...(body === undefined ? {} : { body: type === json ? JSON.stringify(body) : String(body) }),
      })
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  /** The problem's own sentence, or every bad field. */
  #refused(status: number, body: unknown): Refused {
    const problem = problemShape.safeParse(body)
    const { title, detail, errors } = problem.success ? problem.data : {}
    const sentence = plain(detail ?? title ?? `The service answered with status ${status}.`)
    return new Refused(status === 401 ? `${sentence}\n${this.#tokenHint}` : sentence, errors)
  }

  #unreachable(error: unknown): CommandFailed {
    if (this.#signal.aborted) return new CommandFailed('Interrupted.')
    if (error instanceof Error && error.name === 'TimeoutError') {
      return new CommandFailed(
        `${this.#url} did not answer within ${this.#timeoutMs / 1000} seconds.`,
        exitCodes.unreachable,
      )
    }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    return new CommandFailed(
      `No service answers at ${this.#url} (${why}). Start it with npm start, or set OFFHOOK_URL to where it runs; ${commandName} doctor looks for the cause.`,
      exitCodes.unreachable,
    )
  }
}

function readJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Not ours, then: a proxy's page, say. The caller tells by the shape.
    return undefined
  }
}

function readEvent(block: string): { event: string; data: unknown } | undefined {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') event = value
    if (name === 'data') data.push(value)
  }
  return data.length === 0 ? undefined : { event, data: readJson(data.join('\n')) }
}
