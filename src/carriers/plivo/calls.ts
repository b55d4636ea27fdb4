import { z } from 'zod'
import { MaybePlaced } from '../../phone/engine.ts'
import { Problem } from '../../phone/problem.ts'
import { NoAnswer, oneLine } from '../http.ts'
import { type AskPlivo, faultOf } from './client.ts'

export interface PlivoCallRequest {
  readonly from: string
  readonly to: string
  /** 1–600 seconds. */
  readonly seconds: number
  readonly answerUrl: string
  readonly ringUrl: string
  readonly hangupUrl: string
}

const Fired = z.looseObject({ request_uuid: z.union([z.string(), z.array(z.string())]).optional() })

/**
 * Has Plivo call somebody; it asks the URLs by POST.
 * @returns its name of the request, where it gives one
 * @throws Problem `carrier_failed`, MaybePlaced
 */
export async function placePlivoCall(ask: AskPlivo, request: PlivoCallRequest): Promise<string | undefined> {
  const { from, to, seconds, answerUrl, ringUrl, hangupUrl } = request
  const reply = await ask('POST', 'Call/', {
    ...{ from: from.replace(/^\+/, ''), to: to.replace(/^\+/, ''), ring_timeout: seconds },
    ...{ answer_url: answerUrl, answer_method: 'POST', ring_url: ringUrl, ring_method: 'POST' },
    ...{ hangup_url: hangupUrl, hangup_method: 'POST' },
  }).catch((error: unknown) => {
    if (error instanceof NoAnswer && error.sent) throw new MaybePlaced(error.message)
    if (error instanceof NoAnswer) throw refused(oneLine(error.message).replace(/\.$/, ''))
    throw error
  })
  if (reply.status >= 500) throw new MaybePlaced(`Plivo may not have placed the call: ${faultOf(reply)}`)
  if (reply.status >= 300) throw refused(faultOf(reply).replace(/\.$/, ''))
  const read = Fired.safeParse(reply.body)
  return read.success ? [read.data.request_uuid].flat()[0] : undefined
}

/** Ends a call that is up. */
export const hangUpPlivoCall = (ask: AskPlivo, call: string): Promise<void> =>
  told(ask('DELETE', `Call/${encodeURIComponent(call)}/`))

/** Stops a request to call somebody who has not answered. */
export const cancelPlivoCall = (ask: AskPlivo, request: string): Promise<void> =>
  told(ask('DELETE', `Request/${encodeURIComponent(request)}/`))

/** Has it ask there what to do with the call now. */
export const redirectPlivoCall = (ask: AskPlivo, call: string, url: string): Promise<void> =>
  told(ask('POST', `Call/${encodeURIComponent(call)}/`, { legs: 'aleg', aleg_url: url, aleg_method: 'POST' }))

/** A call that is gone already is what was wanted. */
async function told(asking: ReturnType<AskPlivo>): Promise<void> {
  const reply = await asking
  if (reply.status >= 300 && reply.status !== 404) throw new Error(faultOf(reply))
}

const refused = (why: string): Problem => new Problem('carrier_failed', `Plivo did not place the call: ${why}.`)
