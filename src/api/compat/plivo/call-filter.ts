import { z } from 'zod'
import { causeCodes, causeSources } from '../../../apps/document/cause.ts'
import type { CallRecordFilter, Comparison } from '../../../store/document-calls.ts'
import { writtenTime } from './times.ts'

const party = z.string().max(200).optional()
const seconds = z.coerce.number().int().min(0).max(1_000_000).optional()

/** Fields by which calls are looked for. Text without a time zone is UTC. */
export const callFilter = {
  status: z.enum(['live', 'queued']).optional(),
  subaccount: z.string().optional(),
  call_direction: z.enum(['inbound', 'outbound']).optional(),
  from_number: party,
  to_number: party,
  parent_call_uuid: z.string().max(64).optional(),
  end_time: writtenTime,
  end_time__gt: writtenTime,
  end_time__gte: writtenTime,
  end_time__lt: writtenTime,
  end_time__lte: writtenTime,
  bill_duration: seconds,
  bill_duration__gt: seconds,
  bill_duration__gte: seconds,
  bill_duration__lt: seconds,
  bill_duration__lte: seconds,
  /** Of four digits. */
  hangup_cause_code: z.coerce.number().int().min(0).max(9999).optional(),
  hangup_source: z.string().max(40).optional(),
}
const Filter = z.object(callFilter)

const operators: readonly (readonly [suffix: '' | '__gt' | '__gte' | '__lt' | '__lte', is: Comparison])[] = [
  ['', '='],
  ['__gt', '>'],
  ['__gte', '>='],
  ['__lt', '<'],
  ['__lte', '<='],
]

/** `live`: up, or ringing at us or somebody; `queued`: not answered yet. Without either: calls that are over. */
export function readCallFilter(query: z.infer<typeof Filter>): CallRecordFilter {
  const { status, hangup_cause_code: code, hangup_source: source } = query
  return {
    state: status === undefined ? ['ended'] : status === 'live' ? ['ringing', 'up'] : ['ringing'],
    direction: status === 'queued' ? 'outbound' : query.call_direction,
    from: keyOf(query.from_number),
    to: keyOf(query.to_number),
    parent: query.parent_call_uuid,
    endedAt: operators.flatMap(([suffix, is]) => {
      const at = query[`end_time${suffix}`]
      return at === undefined ? [] : [{ is, at }]
    }),
    seconds: operators.flatMap(([suffix, is]) => {
      const value = query[`bill_duration${suffix}`]
      return value === undefined ? [] : [{ is, seconds: value }]
    }),
    cause: code === undefined ? undefined : { code, codes: causeCodes(code) },
    source: source === undefined ? undefined : { name: source, by: causeSources(source) },
  }
}

/** Numbers are told without the plus, and come back so. */
const keyOf = (text: string | undefined): string | undefined =>
  text !== undefined && /^[1-9][0-9]{7,14}$/.test(text) ? `+${text}` : text?.replace(/^ (?=[0-9])/, '+')
