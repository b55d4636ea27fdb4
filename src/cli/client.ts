import { z } from 'zod'
import { CommandFailed, exitCodes, plain } from './output.ts'

/** RFC 9457, with every bad field. */
const problemShape = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), sentence: z.string() })).optional(),
})

export interface ClientOptions {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: string | undefined
  readonly signal: AbortSignal
  /** For a whole answer; a stream of events may stay silent as long as it likes. */
  readonly timeoutMs?: number
}

/** The API of a running service. Every method rejects with `CommandFailed`, ready to be printed. */
export class ApiClient {
  readonly #url: string
  readonly #token: string | undefined
  readonly #signal: AbortSignal
  readonly #timeoutMs: number

  constructor(options: ClientOptions) {
    this.#url = options.url
    this.#token = options.token
    this.#signal = options.signal
    this.#timeoutMs = options.timeoutMs ?? 30_000
  }

  get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    return this.#call('GET', path, undefined, shape)
  }

  post<T>(path: string, body: unknown, shape: z.ZodType<T>): Promise<T> {
    return this.#call('POST', path, body, shape)
  }

  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path, undefined, z.unknown())
  }

  async #call<T>(method: string, path: string, body: unknown, shape: z.ZodType<T>): Promise<T> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#timeoutMs)])
    const response = await this.#fetch(method, path, body, signal)
    const text = await response.text().catch((error: unknown) => {
      throw this.#unreachable(error)
    })
    const value = readJson(text)
    if (!response.ok) throw refused(response.status, value)
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
    if (!response.ok) throw refused(response.status, readJson(await response.text()))
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

  async #fetch(method: string, path: string, body: unknown, signal: AbortSignal, accept = 'application/json') {
    try {
      return await fetch(`${this.#url}${path}`, {
        method,
        signal,
        redirect: 'error',
        headers: {
          accept,
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      throw this.#unreachable(error)
    }
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
      `No service answers at ${this.#url} (${why}). Start it with npm start, or set OFFHOOK_URL to where it runs; offhook doctor looks for the cause.`,
      exitCodes.unreachable,
    )
  }
}

/** The problem's own sentence and every bad field. */
function refused(status: number, body: unknown): CommandFailed {
  const problem = problemShape.safeParse(body)
  const { title, detail, errors } = problem.success ? problem.data : {}
  const sentence = plain(detail ?? title ?? `The service answered with status ${status}.`)
  const fields = (errors ?? []).map(
    ({ field, sentence }) => `  ${plain(field === '' ? 'body' : field)}: ${plain(sentence)}`,
  )
  const hint =
    status === 401 ? ['Set OFFHOOK_TOKEN to a valid token; the service prints its admin token when it starts.'] : []
  return new CommandFailed([sentence, ...fields, ...hint].join('\n'))
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
