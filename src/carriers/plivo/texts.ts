import { z } from 'zod'
import { type OutgoingText, type TextCarrier, Throttled } from '../../phone/carrier.ts'
import { orMaybeTaken, retryAfterMs } from '../http.ts'
import { type AskPlivo, faultOf } from './client.ts'

export interface PlivoTextsOptions {
  readonly ask: AskPlivo
  /** Where what becomes of this text is to be posted. */
  readonly reportsTo: (text: Pick<OutgoingText, 'id'>) => string
}

const Sent = z.object({ message_uuid: z.union([z.string(), z.array(z.string())]) })

/** Texts by Plivo. Rejects where a later try may do. */
export function plivoTexts({ ask, reportsTo }: PlivoTextsOptions): TextCarrier {
  return {
    reports: true,
    async send({ id, from, to, body }) {
      const request = { src: from, dst: to, text: body, type: 'sms', url: reportsTo({ id }), method: 'POST' }
      const reply = await orMaybeTaken(ask('POST', 'Message/', request))
      if (reply.status === 429) throw new Throttled(faultOf(reply), retryAfterMs(reply.headers))
      if (reply.status >= 500) throw new Error(faultOf(reply))
      if (reply.status >= 300) {
        const sentence = faultOf(reply)
        return { kind: 'failed', sentence, code: /\bsrc\b/.test(sentence) ? 'bad_sender' : 'carrier_fault' }
      }
      const sent = Sent.safeParse(reply.body)
      return sent.success ? { kind: 'sent', refs: [sent.data.message_uuid].flat() } : { kind: 'sent' }
    },
  }
}
