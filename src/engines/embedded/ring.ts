import type { Clock } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import { type Address, addressKey } from '../../phone/address.ts'
import type { DialTarget } from '../../phone/call.ts'
import { type EndCode, endCodes, type ReasonLink } from '../../phone/reason.ts'
import type { HeaderEntries } from '../../sip/message/headers.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { ClientSessionHandlers } from '../../sip/user-agent/session.ts'
import { stopped } from './block.ts'
import { linkOfFailedLeg } from './ends.ts'
import type { Leg } from './leg.ts'
import type { Destination, Route } from './route.ts'

/** What is needed to place legs. */
export interface Dialer {
  readonly clock: Clock
  /** @param number E.164 of ours that the call is for, which may choose the trunk */
  route(to: Address, from: Address, number: string | undefined): Promise<Route>
  /** Opens a stream and sends the INVITE. */
  place(destination: Destination, from: Caller, handlers: (leg: Leg) => ClientSessionHandlers): Promise<Leg>
}

/** Who the targets see, and the number of ours on whose behalf they are rung. */
export interface Caller {
  readonly address: Address
  readonly number: string | undefined
  /** Further fields of the INVITE. */
  readonly headers?: HeaderEntries
}

/** How those are let go that did not win (Q.850 cause 26); also the reason of a signal that aborts for it. */
export const elsewhere = { q850: 26, text: 'answered elsewhere' } as const

export interface RingHooks {
  /** A target rings: 180, or another 1xx. */
  ringing(leg: Leg): void
  /** A target sends audio before it answers. */
  early(leg: Leg): void
}

export type Rung =
  | { readonly kind: 'answered'; readonly leg: Leg }
  | { readonly kind: 'failed'; readonly link: ReasonLink }

/** Of several refusals the one that says most, as RFC 3261 §16.7 has it: a 6xx first, then busy, then the rest. */
const weight = (link: ReasonLink): number => {
  if (link.sip !== undefined && link.sip >= 600) return 3
  if (link.code === 'busy' || link.code === 'declined') return 2
  return link.code === 'unreachable' || link.code === 'no_answer' ? 0 : 1
}

/**
 * Rings every place of one target at once until one answers, all refuse, its seconds are over, or `signal` aborts.
 * Legs that did not win are given up.
 */
export async function ring(
  dialer: Dialer,
  target: DialTarget,
  from: Caller,
  hooks: RingHooks,
  signal: AbortSignal,
): Promise<Rung> {
  const name = addressKey(target.to)
  const now = (): number => dialer.clock.wall()
  const failed = (code: EndCode, by: ReasonLink['by'], sentence: string): Rung => ({
    kind: 'failed',
    link: { at: now(), code, by, q850: endCodes[code].q850, sentence, target: name },
  })

  const canceled = (when: string, otherwise: string): Rung => {
    if (signal.reason === elsewhere) return failed('canceled', 'service', `${otherwise}: another one answered`)
    if (signal.reason === stopped) return failed('canceled', 'service', `${otherwise}: that was stopped`)
    return failed('canceled', 'caller', `the caller hung up ${when}`)
  }

  const found = await dialer.route(target.to, from.address, from.number)
  if (found.kind === 'refused') return failed(found.code, 'service', found.sentence)
  if (signal.aborted) return canceled(`before ${name} was called`, `${name} was not called`)

  const outcome: Deferred<Rung> = deferred()
  const legs = new Set<Leg>()
  const refusals: ReasonLink[] = []
  let open = found.destinations.length
  let winner: Leg | undefined
  let over = false

  const refuse = (link: ReasonLink): void => {
    refusals.push(link)
    open--
    if (open === 0)
      outcome.resolve({ kind: 'failed', link: refusals.reduce((a, b) => (weight(b) > weight(a) ? b : a)) })
  }

  const handlersOf = (leg: Leg): ClientSessionHandlers => ({
    media: leg.onMedia,
    digit: leg.onDigit,
    provisional: (_status: number, early?: NegotiatedMedia) => {
      if (over) return
      hooks.ringing(leg)
      // Of several phones that ring at once none may be heard before one is picked up.
      if (early === undefined || found.destinations.length > 1) return
      leg.onMedia(early)
      hooks.early(leg)
    },
    accepted: () => {
      if (winner !== undefined || over) {
        leg.session.hangup(elsewhere)
        return
      }
      winner = leg
      outcome.resolve({ kind: 'answered', leg })
    },
    ended: (end) => {
      legs.delete(leg)
      leg.onEnded(end)
      if (leg !== winner) refuse(linkOfFailedLeg(end, now(), name))
    },
  })

  for (const destination of found.destinations) {
    dialer.place(destination, from, handlersOf).then(
      (leg) => {
        if (over) leg.session.hangup()
        else legs.add(leg)
      },
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        refuse({
          at: now(),
          code: 'failed',
          by: 'service',
          q850: endCodes.failed.q850,
          target: name,
          sentence: `${name} could not be called: ${why}`,
        })
      },
    )
  }

  const timer = dialer.clock.after(target.seconds * 1000, () =>
    outcome.resolve(
      failed(
        'no_answer',
        'callee',
        `${name} did not answer within ${target.seconds} ${target.seconds === 1 ? 'second' : 'seconds'}`,
      ),
    ),
  )
  const stop = (): void => outcome.resolve(canceled(`while ${name} was rung`, `${name} is no longer rung`))
  signal.addEventListener('abort', stop)
  try {
    return await outcome.promise
  } finally {
    over = true
    timer.stop()
    signal.removeEventListener('abort', stop)
    for (const leg of legs)
      if (leg !== winner) leg.session.hangup(winner === undefined && signal.reason !== elsewhere ? {} : elsewhere)
  }
}
