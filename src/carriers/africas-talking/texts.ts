import { z } from 'zod'
import { MaybeTaken, type TextCarrier, type TextCode, type TextResult, Throttled } from '../../phone/carrier.ts'
import { askHttp, type HttpReply, oneLine, orMaybeTaken, retryAfterMs } from '../http.ts'

export const africasTalkingName = 'africastalking'
const company = "Africa's Talking"

export interface AfricasTalkingAccount {
  /** Base URL, no slash at its end. */
  readonly url: string
  readonly username: string
  readonly apiKey: string
}

const Sent = z.object({
  SMSMessageData: z.object({
    Message: z.string().optional(),
    Recipients: z.array(
      z.object({
        statusCode: z.coerce.number().optional(),
        status: z.string().optional(),
        messageId: z.string().max(200).optional(),
      }),
    ),
  }),
})

/** Of each receiver; 100 to 102 are on their way. */
const codes: Readonly<Record<number, readonly [kind: 'failed' | 'rejected', code: TextCode]>> = {
  401: ['rejected', 'blocked'],
  402: ['failed', 'bad_sender'],
  403: ['failed', 'bad_receiver'],
  404: ['failed', 'bad_receiver'],
  405: ['failed', 'no_credit'],
  406: ['rejected', 'blocked'],
  407: ['failed', 'no_route'],
  409: ['rejected', 'blocked'],
  502: ['rejected', 'carrier_fault'],
}

/** Texts by Africa's Talking, one receiver a request. */
export function africasTalkingTexts({ url, username, apiKey }: AfricasTalkingAccount): TextCarrier {
  return {
    reports: true,
    async send({ from, to, body }) {
      // Without a sender it shows one of its own.
      const sender = /^(?:\+?[0-9]{3,15}|[A-Za-z0-9 &._-]{1,11})$/.test(from) && from !== 'offhook' ? { from } : {}
      const form = new URLSearchParams({ username, to, message: body, ...sender, bulkSMSMode: '1', enqueue: '1' })
      const asking = askHttp(company, {
        ...{ method: 'POST', url: `${url}/version1/messaging`, body: form.toString() },
        headers: { apikey: apiKey, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      })
      return read(await orMaybeTaken(asking))
    },
  }
}

function read(reply: HttpReply): TextResult {
  const { status, headers } = reply
  if (status === 429) throw new Throttled(`${company} is asked too often.`, retryAfterMs(headers))
  if (status >= 500) throw new Error(`${company} answered with status ${status}.`)
  if (status === 401 || status === 403)
    return {
      kind: 'failed',
      sentence: `${company} refuses the key of this service (${status}).`,
      code: 'carrier_fault',
    }
  const sent = Sent.safeParse(reply.body)
  if (status >= 300)
    return { kind: 'failed', sentence: `${company} answered with status ${status}.`, code: 'carrier_fault' }
  if (!sent.success) throw new MaybeTaken(`${company} answered with what is not understood.`)
  const { Message: said = '', Recipients: receivers } = sent.data.SMSMessageData
  const [receiver] = receivers
  if (receiver === undefined) {
    const sentence = `${company} says: ${oneLine(said) || 'no receiver was taken'}.`
    return { kind: 'failed', sentence, code: /sender/i.test(said) ? 'bad_sender' : 'carrier_fault' }
  }
  const { statusCode: code = 0, messageId } = receiver
  if (code >= 100 && code <= 102)
    return messageId === undefined || /^none$/i.test(messageId) ? { kind: 'sent' } : { kind: 'sent', refs: [messageId] }
  const sentence = `${company} says: ${oneLine(receiver.status ?? 'no words')} (${code}).`
  // Faults of its own, which may pass.
  if (code === 500 || code === 501) throw new Error(sentence)
  const [kind, why] = codes[code] ?? (['failed', 'carrier_fault'] as const)
  return { kind, sentence, code: why }
}
