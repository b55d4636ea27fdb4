import { z } from 'zod'
import { MaybePlaced } from '../../phone/engine.ts'
import { Problem } from '../../phone/problem.ts'
import { askHttp, NoAnswer, oneLine } from '../http.ts'

const company = "Africa's Talking"

export interface AfricasTalkingVoice {
  /** Base URL of its calls, no slash at its end. */
  readonly url: string
  readonly username: string
  readonly apiKey: string
  /** A number of the account, whose voice callback is `/communicate` here. */
  readonly from: string
}

const Queued = z.object({
  entries: z
    .array(z.object({ status: z.string().optional(), sessionId: z.string().max(200).nullish() }))
    .nullish()
    .transform((entries) => entries ?? []),
  errorMessage: z.string().nullish(),
})

/**
 * Has it call somebody; what is to be spoken it asks for, with `request`, once it is answered.
 * @returns its name of the call, where it gives one
 * @throws Problem `carrier_failed`, MaybePlaced
 */
export async function callByAfricasTalking(
  { url, username, apiKey, from }: AfricasTalkingVoice,
  to: string,
  request: string,
): Promise<string | undefined> {
  const refuse = (why: string): Problem => new Problem('carrier_failed', `${company} did not place the call: ${why}.`)
  const body = new URLSearchParams({ username, from, to, clientRequestId: request }).toString()
  const headers = { apikey: apiKey, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  const reply = await askHttp(company, { method: 'POST', url: `${url}/call`, headers, body }).catch(
    (error: unknown) => {
      if (error instanceof NoAnswer && error.sent) throw new MaybePlaced(error.message)
      if (error instanceof NoAnswer) throw refuse(oneLine(error.message).replace(/\.$/, ''))
      throw error
    },
  )
  const read = Queued.safeParse(reply.body)
  if (reply.status >= 500)
    throw new MaybePlaced(`${company} may not have placed the call: it answered ${reply.status}.`)
  if (reply.status >= 300 || !read.success) throw refuse(`it answered ${reply.status}`)
  const { entries, errorMessage } = read.data
  const [entry] = entries
  if (entry?.status !== 'Queued') throw refuse(oneLine(entry?.status ?? errorMessage ?? 'it named no call'))
  const session = entry.sessionId ?? ''
  return session === '' || session === 'None' ? undefined : session
}
