import { z } from 'zod'
import { type OutgoingText, type TextCarrier, Throttled } from '../../phone/carrier.ts'
import { orMaybeTaken, retryAfterMs } from '../http.ts'
import { type AskFlowroute, faultOf } from './client.ts'

export interface FlowrouteTextsOptions {
  readonly ask: AskFlowroute
  /** Where delivery reports about this text are to be posted; `undefined`: nowhere. */
  readonly reportsTo: (text: Pick<OutgoingText, 'id'>) => string | undefined
}

const Sent = z.object({ data: z.object({ id: z.string().min(1).max(200) }) })

/** Texts to numbers outside, by Flowroute. Rejects where a later try may do. */
export function flowrouteTexts({ ask, reportsTo }: FlowrouteTextsOptions): TextCarrier {
  return {
    reports: reportsTo({ id: '' }) !== undefined,
    async send({ id, from, to, body }) {
      if (!from.startsWith('+'))
        return {
          kind: 'failed',
          sentence: `${from} cannot text ${to}: it has no number that Flowroute could show.`,
          code: 'bad_sender',
        }
      const callback = reportsTo({ id })
      const attributes = {
        ...{ to: to.slice(1), from: from.slice(1), body },
        ...(callback === undefined ? {} : { dlr_callback: callback }),
      }
      const reply = await orMaybeTaken(ask('POST', '/v2.1/messages', { data: { type: 'message', attributes } }))
      if (reply.status === 429) throw new Throttled(faultOf(reply), retryAfterMs(reply.headers))
      if (reply.status >= 500) throw new Error(faultOf(reply))
      if (reply.status >= 300) return { kind: 'failed', sentence: faultOf(reply) }
      const sent = Sent.safeParse(reply.body)
      return sent.success ? { kind: 'sent', refs: [sent.data.data.id] } : { kind: 'sent' }
    },
  }
}
