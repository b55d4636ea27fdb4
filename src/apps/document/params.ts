import { type Address, addressKey } from '../../phone/address.ts'
import type { Call } from '../../phone/call.ts'
import type { CallEnd } from '../../phone/reason.ts'
import { endStatus, type HangupCause } from './cause.ts'
import type { Params } from './ports.ts'

/** What there is to be told of a call, also of one that nobody answered. */
export type CallFacts = Pick<Call, 'id' | 'direction' | 'from' | 'to' | 'startedAt' | 'answeredAt'> &
  Partial<Pick<Call, 'said'>>

/** What every request about a call tells. */
export function commonParams(call: CallFacts, status?: string): Params {
  const outbound = call.direction === 'outbound'
  const { headers = {}, divertedFrom } = call.said ?? {}
  return [
    ['CallUUID', call.id],
    ['From', partyParam(call.from)],
    ['To', partyParam(call.to)],
    ...(divertedFrom === undefined ? [] : ([['ForwardedFrom', partyParam(divertedFrom)]] as const)),
    ['CallStatus', status ?? (call.answeredAt === undefined ? 'ringing' : 'in-progress')],
    ['Direction', call.direction],
    ...(callerName(call.from) === undefined ? [] : ([['CallerName', callerName(call.from) ?? '']] as const)),
    ...(outbound
      ? ([
          ['ALegUUID', call.id],
          ['ALegRequestUUID', call.id],
        ] as const)
      : []),
    ...Object.entries(headers)
      .filter(([name]) => /^X-PH-/i.test(name))
      .map(([name, value]) => [`X-PH-${name.slice(5)}`, value] as const),
  ]
}

/** Numbers are told without the plus. */
export const partyParam = (address: Address): string => addressKey(address).replace(/^\+/, '')

const callerName = (address: Address): string | undefined => (address.kind === 'anonymous' ? undefined : address.name)

/** What the hangup URL is told. */
export function hangupParams(call: CallFacts, end: CallEnd, cause: HangupCause): Params {
  const { startedAt, answeredAt } = call
  const talk = answeredAt === undefined ? 0 : Math.round((end.at - answeredAt) / 1000)
  return [
    ...commonParams(call, endStatus(end, answeredAt !== undefined, call.direction)),
    ['Event', 'Hangup'],
    ['SessionStart', timeParam(startedAt)],
    ['HangupCause', cause.cause],
    ['HangupCauseName', cause.name],
    ['HangupCauseCode', String(cause.code)],
    ['HangupSource', cause.source],
    ['Duration', String(talk)],
    ['BillDuration', String(billed(talk))],
    ['StartTime', timeParam(startedAt)],
    ['AnswerTime', answeredAt === undefined ? '' : timeParam(answeredAt)],
    ['EndTime', timeParam(end.at)],
    ['BillRate', '0.00000'],
    ['TotalCost', '0.00000'],
  ]
}

/** Each minute that was begun, in seconds. */
export const billed = (seconds: number): number => Math.ceil(seconds / 60) * 60

/** `2026-11-20 17:03:09`, UTC. */
export const timeParam = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
