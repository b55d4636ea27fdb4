import { type Address, addressKey } from '../../phone/address.ts'
import type { Call } from '../../phone/call.ts'
import type { CallEnd } from '../../phone/reason.ts'
import { endStatus, type HangupCause, hangupCause } from './cause.ts'
import type { Params } from './ports.ts'

/** What there is to be told of a call, also of one that nobody answered. */
export type CallFacts = Pick<Call, 'id' | 'direction' | 'from' | 'to' | 'startedAt' | 'answeredAt'> &
  Partial<Pick<Call, 'said' | 'end'>>

/** What every request about a call tells; of one that is over also how it ended. */
export function commonParams(call: CallFacts): Params {
  const params = liveParams(call)
  return call.end === undefined ? params : afterEnd(params, call, call.end)
}

/** The same of a call that has ended since. */
export function afterEnd(params: Params, call: Omit<CallFacts, 'id'>, end: CallEnd): Params {
  const status = endStatus(end, call.answeredAt !== undefined, call.direction)
  return [
    ...params.map(([name, value]) => [name, name === 'CallStatus' ? status : value] as const),
    ['HangupCause', hangupCause(end, undefined).cause],
    ...durationParams(call, end),
  ]
}

/** In seconds. */
function durationParams({ answeredAt }: Pick<CallFacts, 'answeredAt'>, end: CallEnd): Params {
  const talk = answeredAt === undefined ? 0 : Math.round((end.at - answeredAt) / 1000)
  return [
    ['Duration', String(talk)],
    ['BillDuration', String(billed(talk))],
  ]
}

function liveParams(call: CallFacts, status?: string): Params {
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
  return [
    ...liveParams(call, endStatus(end, answeredAt !== undefined, call.direction)),
    ['Event', 'Hangup'],
    ['SessionStart', timeParam(startedAt)],
    ['HangupCause', cause.cause],
    ['HangupCauseName', cause.name],
    ['HangupCauseCode', String(cause.code)],
    ['HangupSource', cause.source],
    ...durationParams(call, end),
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
