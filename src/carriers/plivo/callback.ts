import { z } from 'zod'
import type { DeliveryReport, InboundText, TextCode } from '../../phone/carrier.ts'
import { hasNoZero, oneLine, plus, withoutZero } from '../http.ts'

const party = z
  .string()
  .min(1)
  .max(64)
  .refine(hasNoZero)
  .transform((who) => plus(who.trim()))
const uuid = z.string().min(1).max(200).refine(hasNoZero)
const Inbound = z.looseObject({
  MessageUUID: uuid,
  From: party,
  To: party,
  Text: z.string().max(20_000),
})

/** A text that came in; `undefined` where it is none. */
export function readInbound(posted: unknown): InboundText | undefined {
  const found = Inbound.safeParse(posted)
  if (!found.success) return undefined
  const { MessageUUID: id, From: from, To: to, Text: body } = found.data
  return { id, from, to, body: withoutZero(body) }
}

const Report = z.looseObject({
  MessageUUID: uuid,
  Status: z.string().min(1).max(40),
  ErrorCode: z.string().max(20).nullish(),
})

/** Of the codes that it documents, those that mean something to the sender. */
const codes: Readonly<Record<string, TextCode>> = {
  '30': 'blocked',
  '40': 'bad_sender',
  '50': 'bad_receiver',
  '70': 'absent',
  '80': 'absent',
  '90': 'no_route',
  '100': 'blocked',
  '200': 'opted_out',
  '420': 'expired',
  '450': 'no_route',
  '900': 'no_credit',
}

/** What became of a text; `undefined` where it is no report. */
export function readReport(posted: unknown): DeliveryReport | undefined {
  const found = Report.safeParse(posted)
  if (!found.success) return undefined
  const { MessageUUID: ref, Status: status, ErrorCode: error } = found.data
  const outcome = outcomeOf(status.toLowerCase())
  const sentence = `Plivo reports: ${oneLine(status)}${error ? ` (${oneLine(error)})` : ''}.`
  if (outcome === 'pending' || outcome === 'delivered') return { ref, outcome, sentence }
  return { ref, outcome, sentence, code: codes[error ?? ''] ?? 'carrier_fault' }
}

function outcomeOf(status: string): DeliveryReport['outcome'] {
  switch (status) {
    case 'delivered':
    case 'undelivered':
    case 'failed':
    case 'rejected':
      return status
    // queued, sent, and whatever word is new.
    default:
      return 'pending'
  }
}
