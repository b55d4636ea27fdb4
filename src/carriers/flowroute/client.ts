import { z } from 'zod'
import { askHttp, type HttpReply, oneLine } from '../http.ts'

export interface FlowrouteAccount {
  /** Base URL, no slash at its end. */
  readonly url: string
  readonly accessKey: string
  readonly secretKey: string
}

/** Asks the interface of Flowroute: JSON:API, HTTP Basic. @throws NoAnswer */
export type AskFlowroute = (method: string, path: string, body?: object) => Promise<HttpReply>

export function flowrouteClient({ url, accessKey, secretKey }: FlowrouteAccount): AskFlowroute {
  const authorization = `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString('base64')}`
  return (method, path, body) =>
    askHttp('Flowroute', {
      ...{ method, url: `${url}${path}` },
      headers: {
        ...{ authorization, accept: 'application/vnd.api+json' },
        ...(body === undefined ? {} : { 'content-type': 'application/vnd.api+json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
}

const Errors = z.object({
  errors: z.array(z.object({ title: z.string().optional(), detail: z.string().optional() })).min(1),
})

/** What it says is wrong, on one line. */
export function faultOf({ status, body }: Pick<HttpReply, 'status' | 'body'>): string {
  const parsed = Errors.safeParse(body)
  const said = parsed.success
    ? parsed.data.errors.map(({ title, detail }) => detail ?? title ?? '').filter((text) => text !== '')
    : []
  if (said.length > 0) return `Flowroute says (${status}): ${oneLine(said.join('; '))}`
  return status === 401 || status === 403
    ? `Flowroute refuses the keys of this service (${status}).`
    : `Flowroute answered with status ${status}.`
}
