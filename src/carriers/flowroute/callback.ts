import { z } from 'zod'
import type { DeliveryReport, InboundText } from '../../phone/carrier.ts'
import { hasNoZero, oneLine, plus, withoutZero } from '../http.ts'

const party = z.union([z.string().min(1).max(64).refine(hasNoZero), z.number().transform(String)])
const facts = { from: party, to: party, body: z.string().max(20_000).nullish() }
const id = z.string().min(1).max(200).refine(hasNoZero)
const Flat = z.looseObject({ id, ...facts })
const Wrapped = z.object({ data: z.looseObject({ id, attributes: z.looseObject(facts) }) })

/** Of the older shape and of v2.1; `undefined` where it is neither. */
export function readInbound(posted: unknown): InboundText | undefined {
  const wrapped = Wrapped.safeParse(posted)
  if (wrapped.success) return inbound(wrapped.data.data.id, wrapped.data.data.attributes)
  const flat = Flat.safeParse(posted)
  return flat.success ? inbound(flat.data.id, flat.data) : undefined
}

const inbound = (
  key: string,
  { from, to, body }: { from: string; to: string; body?: string | null | undefined },
): InboundText => ({
  ...{ id: key, from: plus(from), to: plus(to) },
  body: withoutZero(body ?? ''),
})

const report = {
  status: z.string().nullish(),
  status_code: z.union([z.string(), z.number()]).nullish(),
  status_code_description: z.string().nullish(),
}
const ReportFlat = z.looseObject({ id, attributes: z.looseObject(report).optional(), ...report })
const ReportWrapped = z.object({ data: ReportFlat })

/** With the wrapper `data` or without; `undefined` where it is no report. */
export function readReport(posted: unknown): DeliveryReport | undefined {
  const wrapped = ReportWrapped.safeParse(posted)
  const flat = wrapped.success ? undefined : ReportFlat.safeParse(posted)
  const found = wrapped.success ? wrapped.data.data : flat?.success ? flat.data : undefined
  if (found === undefined) return undefined
  const { status, status_code: code, status_code_description: description } = found.attributes ?? found
  const words = [status, description].filter((text) => text != null && text !== '')
  if (words.length === 0 && code == null) return undefined
  const said = oneLine(words.join(': ') || 'no words')
  return {
    ref: found.id,
    outcome: outcomeOf(words.join(' ').toLowerCase()),
    sentence: `Flowroute reports: ${said}${code == null ? '' : ` (${oneLine(String(code)).slice(0, 20)})`}.`,
  }
}

/** Its table of codes is not published whole, so the words count: what failed says so, "delivered" is the end, all else is on its way. */
function outcomeOf(words: string): DeliveryReport['outcome'] {
  if (/undeliver|not deliver|fail|reject|expire|invalid|unroutable|blocked|refused|error|spam|unknown/.test(words))
    return 'failed'
  return /\bdelivered\b|delivery success|\bdelivrd\b/.test(words) ? 'delivered' : 'pending'
}
