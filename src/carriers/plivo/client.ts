import { z } from 'zod'
import { askHttp, type HttpReply, oneLine } from '../http.ts'

export const plivoName = 'plivo'

export interface PlivoAccount {
  /** Base URL, no slash at its end. */
  readonly url: string
  readonly authId: string
  readonly authToken: string
}

/** Asks below the path of the account. @throws NoAnswer */
export type AskPlivo = (method: string, path: string, body?: object) => Promise<HttpReply>

export function plivoClient({ url, authId, authToken }: PlivoAccount): AskPlivo {
  const authorization = `Basic ${Buffer.from(`${authId}:${authToken}`).toString('base64')}`
  return (method, path, body) =>
    askHttp('Plivo', {
      ...{ method, url: `${url}/v1/Account/${encodeURIComponent(authId)}/${path}` },
      headers: {
        ...{ authorization, accept: 'application/json' },
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
}

const Fault = z.looseObject({ error: z.union([z.string(), z.record(z.string(), z.unknown())]) })

/** What it says is wrong, on one line. */
export function faultOf({ status, body }: Pick<HttpReply, 'status' | 'body'>): string {
  if (status === 401 || status === 403) return `Plivo refuses the keys of this service (${status}).`
  const parsed = Fault.safeParse(body)
  if (!parsed.success) return `Plivo answered with status ${status}.`
  const { error } = parsed.data
  return `Plivo says (${status}): ${oneLine(typeof error === 'string' ? error : JSON.stringify(error))}`
}
