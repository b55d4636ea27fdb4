import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { MediaPlane } from '../../media/plane.ts'
import { type Address, addressKey, describeAddress } from '../../phone/address.ts'
import type { CallSource, DialTarget } from '../../phone/call.ts'
import type { Codec } from '../../phone/engine.ts'
import { type EndCode, endCodes, type ReasonLink } from '../../phone/reason.ts'
import type { HeaderEntries } from '../../sip/message/headers.ts'
import type { SipUri, TelUri } from '../../sip/message/uri.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { ClientSessionHandlers, SessionEnd } from '../../sip/user-agent/session.ts'
import { stopped } from './block.ts'
import { linkOfFailedLeg } from './ends.ts'
import { type ForkEvent, fork, newFork } from './fork.ts'
import type { Leg } from './leg.ts'
import { CarrierAway, Forbidden } from './place.ts'
import type { Destination, Route } from './route.ts'
import type { Talks } from './talks.ts'

/** A party that leaves the call it was in. */
export interface HandOver {
  readonly leg: Leg
  readonly from: Address
  readonly to: Address
  /** By whose right it goes there. */
  readonly source: CallSource
  /** Who handed it over, in words. */
  readonly by: string
  /** Talks already with who did, and is not rung. */
  readonly waiting?: Leg
  /** Hung up before it goes. */
  readonly after: readonly Leg[]
  /** As SIP has it: 180 it rings, 200 it is answered, more it failed. */
  progress(status: number): void
  /** Asked where it failed and the party is still there: whether it goes back to who handed it over, in place of being hung up. */
  takeBack?(): boolean
}

/** What is needed to place legs. */
export interface Dialer {
  readonly clock: Clock
  /** @param number E.164 of ours that the call is for, which may choose the trunk; @param trunk its id, where it is chosen already */
  route(to: Address, from: Address, number: string | undefined, trunk: string | undefined): Promise<Route>
  /** Whom a party means by a URI that it gave in Refer-To or in the Contact of a 3xx. */
  resolve(uri: SipUri | TelUri): Promise<Address>
  /** Why `by` may not have that one called on its behalf; `undefined` where it may. */
  mayCall(by: Address, to: Address): Promise<string | undefined>
  readonly talks: Talks
  openRoom: MediaPlane['openRoom']
  handOver(party: HandOver): void
  /** What is signalled with that party belongs to this call from now on. */
  adopt(leg: Leg): void
  /** One who waits to be talked to in place of the first who would be rung. */
  waiting?(): Leg | undefined
  /** Opens a stream and sends the INVITE, or calls the number of ours. */
  place(destination: Destination, from: Caller, handlers: (leg: Leg) => ClientSessionHandlers): Promise<Leg>
}

/** Who the targets see, and the number of ours on whose behalf they are rung. */
export interface Caller {
  readonly address: Address
  readonly number: string | undefined
  /** Id of the trunk for numbers outside, where one was asked for. */
  readonly trunk?: string
  /** What is offered, and nothing else. */
  readonly codecs?: readonly Codec[]
  /** Further fields of the INVITE. */
  readonly headers?: HeaderEntries
  /** Awaited right before an INVITE is sent; none is where it rejects. */
  readonly ready?: () => Promise<() => void>
}

/** What a call asks for beside its target. */
export const ownWishes = ({ ready, codecs }: Pick<Caller, 'ready' | 'codecs'>): Pick<Caller, 'ready' | 'codecs'> => ({
  ...(ready === undefined ? {} : { ready }),
  ...(codecs === undefined ? {} : { codecs }),
})

/** How those are let go that did not win (Q.850 cause 26); also the reason of a signal that aborts for it. */
export const elsewhere = { q850: 26, text: 'answered elsewhere' } as const

/** A target that sends on and on has its phone, or somebody's, set up in a circle. */
const mostRedirects = 5

export interface RingHooks {
  /** A target rings: 180, or another 1xx. */
  ringing(leg: Leg): void
  /** A target sends audio before it answers. */
  early(leg: Leg): void
  /** Who sends audio before it answers is talked with from then on, as if it had answered. */
  readonly takesEarly?: boolean
  /** A target sends us elsewhere (3xx), and we follow; or somebody else picks up. */
  told?(line: string): void
}

export type Rung =
  /** `by`: who picked up in the target's stead. */
  /** `answer`: it only sends audio yet, and resolves when it answers. */
  | { readonly kind: 'answered'; readonly leg: Leg; readonly by?: Address; readonly answer?: Promise<void> }
  | { readonly kind: 'failed'; readonly link: ReasonLink }

/**
 * Rings every place of one target at once until one answers, all refuse (see `fork`), its seconds are over, or `signal` aborts.
 * Legs that did not win are given up.
 */
export async function ring(
  dialer: Dialer,
  target: DialTarget,
  from: Caller,
  hooks: RingHooks,
  signal: AbortSignal,
): Promise<Rung> {
  const waiting = dialer.waiting?.()
  if (waiting !== undefined) return { kind: 'answered', leg: waiting }
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

  const found = await dialer.route(target.to, from.address, from.number, from.trunk)
  if (found.kind === 'refused') return failed(found.code, 'service', found.sentence)
  if (signal.aborted) return canceled(`before ${name} was called`, `${name} was not called`)

  const outcome: Deferred<Rung> = deferred()
  const answer: Deferred<void> = deferred()
  const legs = new Map<Leg, () => void>()
  let winner: Leg | undefined
  let over = false
  let places = 0
  let state = newFork
  let patience: Timer | undefined

  const feed = (event: ForkEvent): void => {
    const step = fork(state, event)
    state = step.state
    for (const effect of step.effects) {
      switch (effect.kind) {
        case 'failed':
          outcome.resolve({ kind: 'failed', link: effect.link })
          break
        case 'startTimer':
          patience?.stop()
          patience = dialer.clock.after(effect.ms, () => feed({ kind: 'timer', at: dialer.clock.now() }))
          break
      }
    }
  }
  const refuse = (place: number, link: ReasonLink): void =>
    feed({ kind: 'refused', place, link, at: dialer.clock.now() })

  const seen = new Set([name])
  /** Where a 3xx leads: the first of its Contacts that may be called and can be. */
  const follow = async (place: number, end: SessionEnd, uris: readonly (SipUri | TelUri)[]): Promise<void> => {
    let link = linkOfFailedLeg(end, now(), name)
    const instead = (to: string, code: EndCode, why: string): ReasonLink => ({
      ...{ at: now(), by: 'callee', code, q850: endCodes[code].q850, target: name },
      ...(end.status === undefined ? {} : { sip: end.status }),
      sentence: `${name} redirects to ${to}, which was not followed: ${why}`,
    })
    for (const uri of uris) {
      const to = await dialer.resolve(uri)
      const key = addressKey(to)
      if (seen.has(key)) {
        link = instead(key, 'failed', 'that was rung before')
        continue
      }
      if (seen.size > mostRedirects) {
        link = instead(
          key,
          'failed',
          `it would be redirect ${seen.size} of this target, and ${mostRedirects} are followed`,
        )
        break
      }
      seen.add(key)
      const refusal = await dialer.mayCall(target.to, to)
      const next = refusal === undefined ? await dialer.route(to, from.address, from.number, from.trunk) : undefined
      if (next === undefined) link = instead(key, 'not_allowed', refusal ?? '')
      else if (next.kind === 'refused') link = instead(key, next.code, next.sentence)
      else if (!over) {
        hooks.told?.(`${name} redirects to ${key}`)
        const to = next.destinations.map(() => ++places)
        feed({ kind: 'moved', place, to, at: dialer.clock.now() })
        call(next.destinations, to)
        return
      }
    }
    refuse(place, link)
  }

  const handlersOf = (leg: Leg, place: number): ClientSessionHandlers => ({
    media: leg.onMedia,
    digit: leg.onDigit,
    refer: leg.onReferred,
    trying: () => feed({ kind: 'heard', place }),
    provisional: (_status: number, early?: NegotiatedMedia) => {
      if (over) return
      feed({ kind: 'heard', place })
      hooks.ringing(leg)
      // Of several phones that ring at once none may be heard before one is picked up.
      if (early === undefined || found.destinations.length > 1) return
      leg.onMedia(early)
      hooks.early(leg)
      if (hooks.takesEarly !== true || winner !== undefined) return
      winner = leg
      outcome.resolve({ kind: 'answered', leg, answer: answer.promise })
    },
    accepted: () => {
      if (leg === winner) return answer.resolve()
      if (winner !== undefined || over) {
        leg.session.hangup(elsewhere)
        return
      }
      winner = leg
      outcome.resolve({ kind: 'answered', leg })
    },
    ended: (end) => {
      legs.get(leg)?.()
      legs.delete(leg)
      leg.onEnded(end)
      if (leg === winner) return
      if (over || end.contacts === undefined || end.contacts.length === 0) {
        refuse(place, linkOfFailedLeg(end, now(), name, leg.innerEnd()))
        return
      }
      follow(place, end, end.contacts).catch((error: unknown) => refuse(place, unplaced(error)))
    },
  })

  const pick = (leg: Leg, by: Address): boolean => {
    if (winner !== undefined || over) return false
    winner = leg
    hooks.told?.(`${describeAddress(by)} picked up, in place of ${name}`)
    outcome.resolve({ kind: 'answered', leg, by })
    return true
  }

  const unplaced = (error: unknown): ReasonLink => {
    const code = error instanceof Forbidden ? 'not_allowed' : error instanceof CarrierAway ? 'unreachable' : 'failed'
    const why = error instanceof Error ? error.message : String(error)
    const sentence = `${name} could not be called: ${why}`
    return { at: now(), code, by: 'service', q850: endCodes[code].q850, target: name, sentence }
  }

  const call = (destinations: readonly Destination[], at: readonly number[]): void => {
    for (const [i, destination] of destinations.entries()) {
      const place = at[i]!
      dialer
        .place(destination, from, (leg) => handlersOf(leg, place))
        .then(
          (leg) => {
            if (over) leg.session.hangup()
            else legs.set(leg, dialer.talks.rings({ leg, pick }))
          },
          (error: unknown) => refuse(place, unplaced(error)),
        )
    }
  }
  const { login } = target
  const first = found.destinations.map(() => ++places)
  for (const place of first) feed({ kind: 'rung', place, at: dialer.clock.now() })
  call(
    login === undefined || target.to.kind !== 'uri'
      ? found.destinations
      : found.destinations.map((destination) => ({ ...destination, credentials: login })),
    first,
  )

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
    patience?.stop()
    signal.removeEventListener('abort', stop)
    for (const [leg, leave] of legs) {
      leave()
      if (leg !== winner) leg.session.hangup(winner === undefined && signal.reason !== elsewhere ? {} : elsewhere)
    }
  }
}
