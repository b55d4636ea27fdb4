import type { Clock } from '../../base/clock.ts'
import { type Address, addressKey, describeAddress } from '../../phone/address.ts'
import type { Call, CallSource, TimelineEvent } from '../../phone/call.ts'
import { NotAnswered, type OriginateRequest } from '../../phone/engine.ts'
import { type CallId, newId } from '../../phone/id.ts'
import { endOf } from '../../phone/reason.ts'
import { linkOfGivenUp } from './ends.ts'
import type { CallObserver } from './engine-options.ts'
import { checkHeaders } from './extra-headers.ts'
import type { Leg } from './leg.ts'
import { readyOnce } from './ready-once.ts'
import { type Dialer, ring } from './ring.ts'

/** What the call is made of that was answered. */
export interface Originated {
  readonly id: CallId
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly leg: Leg
  readonly story: readonly TimelineEvent[]
  readonly startedAt: number
  /** As in CallParts. */
  readonly answer?: Promise<void>
}

export interface Originator {
  readonly clock: Clock
  readonly observer: CallObserver
  /** Stories of calls that we place, until they are answered. */
  readonly placing: Map<CallId, TimelineEvent[]>
  tell(id: CallId, event: TimelineEvent): void
  dialer(id: CallId): Dialer
  make(parts: Originated): Call
}

/** Places a call of its own. @throws NotAnswered */
export async function originate(request: OriginateRequest, by: Originator): Promise<Call> {
  const { clock, observer, placing, tell } = by
  const { from, to } = request
  const id = request.id ?? newId('call', clock.wall())
  const startedAt = clock.wall()
  placing.set(id, [])
  observer.placed({ id, from, to, startedAt })
  tell(id, { at: startedAt, kind: 'dial', text: `calling ${addressKey(to)} as ${describeAddress(from)}` })
  let heard = false
  const hooks = {
    ringing: () => {
      tell(id, { at: clock.wall(), kind: 'ringing', text: `${addressKey(to)} rings` })
      request.onRinging?.()
    },
    early: (leg: Leg) => {
      if (!heard) request.onEarly?.((digits) => leg.stream.send(digits))
      heard = true
    },
    takesEarly: request.early === true,
  }
  try {
    const signal = request.signal ?? new AbortController().signal
    const { trunk, codecs } = request
    const chosen = { ...(trunk === undefined ? {} : { trunk }), ...(codecs === undefined ? {} : { codecs }) }
    const caller = { address: from, number: undefined, ...chosen, headers: checkHeaders(request.headers) }
    const rung = await ring(
      by.dialer(id),
      { to, seconds: request.seconds },
      { ...caller, ...readyOnce(request.beforeInvite) },
      hooks,
      signal,
    )
    if (rung.kind === 'failed') {
      const link = linkOfGivenUp(rung.link, signal)
      const end = endOf(link, [link])
      tell(id, { at: end.at, kind: 'ended', text: end.sentence, data: { code: end.code, q850: end.q850 } })
      observer.refused({ id, direction: 'outbound', from, to, startedAt, end })
      throw new NotAnswered(end)
    }
    const { leg, answer } = rung
    const text = answer === undefined ? 'answered' : 'sends audio before it answers; the call begins with that'
    tell(id, {
      at: clock.wall(),
      kind: answer === undefined ? 'answered' : 'target',
      text: `${addressKey(to)} ${text}`,
    })
    return by.make({
      ...{ id, source: { kind: 'service' }, from, to, leg, startedAt, ...(answer === undefined ? {} : { answer }) },
      story: placing.get(id) ?? [],
    })
  } finally {
    placing.delete(id)
  }
}
