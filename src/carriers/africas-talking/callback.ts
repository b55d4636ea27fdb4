import { z } from 'zod'
import type { CarrierNews, DeliveryReport, InboundText, TextCode } from '../../phone/carrier.ts'
import { hasNoZero, oneLine, plus, withoutZero } from '../http.ts'

const text = z.union([z.string(), z.number().transform(String)])
const id = text.pipe(z.string().min(1).max(200).refine(hasNoZero))
const party = text
  .transform((who) => plus(who.trim().replace(/^ /, '+')))
  .pipe(z.string().min(1).max(64).refine(hasNoZero))

const Inbound = z.looseObject({
  id,
  from: party,
  to: party,
  text: text.nullish(),
})

/** A text that came in, posted as a form or as JSON; `undefined` where it is none. */
export function readInbound(posted: unknown): InboundText | undefined {
  const found = Inbound.safeParse(posted)
  if (!found.success) return undefined
  const { id, from, to, text: body } = found.data
  return { id, from, to, body: withoutZero(body ?? '').slice(0, 20_000) }
}

const Report = z.looseObject({
  id,
  status: z.string().min(1).max(100),
  failureReason: z.string().max(200).nullish(),
  phoneNumber: party.optional().catch(undefined),
})

const reasons: Readonly<Record<string, TextCode>> = {
  insufficientcredit: 'no_credit',
  userisinactive: 'absent',
  userinblacklist: 'blocked',
  useraccountsuspended: 'absent',
  notnetworksubcriber: 'bad_receiver',
  notnetworksubscriber: 'bad_receiver',
  userdoesnotexist: 'bad_receiver',
  deliveryfailure: 'carrier_fault',
  donotdisturbrejection: 'blocked',
}

/** What became of a text; `undefined` where it is no report. Delivered is spelt `Success`, in whatever case. */
export function readReport(posted: unknown): DeliveryReport | undefined {
  const found = Report.safeParse(posted)
  if (!found.success) return undefined
  const { id: ref, status, failureReason: why, phoneNumber } = found.data
  const to = phoneNumber === undefined ? {} : { to: phoneNumber }
  const sentence = `Africa's Talking reports: ${oneLine(status)}${why ? ` (${oneLine(why)})` : ''}.`
  const outcome = outcomeOf(status.trim().toLowerCase())
  if (outcome === 'pending' || outcome === 'delivered') return { ref, outcome, sentence, ...to }
  const code = outcome === 'expired' ? 'expired' : (reasons[(why ?? '').toLowerCase()] ?? codeOf(status))
  return { ref, outcome, sentence, code, ...to }
}

const codeOf = (status: string): TextCode => (/absent/i.test(status) ? 'absent' : 'carrier_fault')

function outcomeOf(status: string): DeliveryReport['outcome'] {
  switch (status) {
    case 'success':
    case 'delivered':
      return 'delivered'
    case 'rejected':
      return 'rejected'
    case 'expired':
      return 'expired'
    case 'failed':
    case 'absentsubscriber':
    case 'absent subscriber':
    case 'undelivered':
      return 'undelivered'
    // Sent, Submitted, Buffered, and whatever word is new.
    default:
      return 'pending'
  }
}

const OptOut = z.looseObject({ senderId: party, phoneNumber: party })

/** A receiver told the network that it wants no texts from a sender. */
export function readOptOut(posted: unknown): CarrierNews | undefined {
  const found = OptOut.safeParse(posted)
  return found.success ? { kind: 'opt_out', sender: found.data.senderId, receiver: found.data.phoneNumber } : undefined
}

/** Whatever it posts: a report, a text that came in, an opt-out. */
export function readNews(posted: unknown): CarrierNews | undefined {
  const body = readInbound(posted)
  if (body !== undefined) return { kind: 'text', text: body }
  const report = readReport(posted)
  return report === undefined ? readOptOut(posted) : { kind: 'report', report }
}
