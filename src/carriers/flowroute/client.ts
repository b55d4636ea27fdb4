import { z } from 'zod'

export interface FlowrouteAccount {
  /** Base URL, no slash at its end. */
  readonly url: string
  readonly accessKey: string
  readonly secretKey: string
}

export interface FlowrouteReply {
  readonly status: number
  /** `undefined` where it was no JSON. */
  readonly body: unknown
}

/** It could not be reached, or gave no answer in time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** Asks the interface of Flowroute: JSON:API, HTTP Basic. @throws NoAnswer */
export type AskFlowroute = (method: string, path: string, body?: object) => Promise<FlowrouteReply>

const timeoutMs = 15_000
/** The longest list that it gives has 200 numbers of some 500 bytes. */
const mostBytes = 1024 * 1024

export function flowrouteClient({ url, accessKey, secretKey }: FlowrouteAccount): AskFlowroute {
  const authorization = `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString('base64')}`
  return async (method, path, body) => {
    try {
      const reply = await fetch(`${url}${path}`, {
        ...{ method, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) },
        headers: {
          ...{ authorization, accept: 'application/vnd.api+json' },
          ...(body === undefined ? {} : { 'content-type': 'application/vnd.api+json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: reply.status, body: readJson(await bodyOf(reply)) }
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      throw new NoAnswer(`Flowroute gave no answer: ${cause instanceof Error ? cause.message : String(cause)}.`)
    }
  }
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

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A page of a proxy, or nothing: the status says what it was.
    return undefined
  }
}

const Errors = z.object({
  errors: z.array(z.object({ title: z.string().optional(), detail: z.string().optional() })).min(1),
})

/** What it says is wrong, on one line. */
export function faultOf({ status, body }: FlowrouteReply): string {
  const parsed = Errors.safeParse(body)
  const said = parsed.success
    ? parsed.data.errors.map(({ title, detail }) => detail ?? title ?? '').filter((text) => text !== '')
    : []
  if (said.length > 0) return `Flowroute says (${status}): ${oneLine(said.join('; '))}`
  return status === 401 || status === 403
    ? `Flowroute refuses the keys of this service (${status}).`
    : `Flowroute answered with status ${status}.`
}

/** Text of somebody else, for logs and answers. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
