import { deferred } from '../../base/deferred.ts'
import { type Address, addressKey, describeAddress } from '../../phone/address.ts'
import { sequence, tone } from '../../phone/prompt.ts'
import { formatUri } from '../../sip/message/uri.ts'
import type { IncomingRefer } from '../../sip/user-agent/session.ts'
import type { DialContext } from './dial.ts'
import type { Leg } from './leg.ts'
import { ring } from './ring.ts'

const ringSeconds = 60

/** Somebody in a talk. */
export interface Party {
  readonly leg: Leg
  readonly target: Address
}

/**
 * The callee of a talk wants the caller to talk with somebody else (RFC 5589): with the one it talks with on another line (attended), or
 * with one who is rung now (blind). The caller hears it ring.
 * @returns who takes its place; `undefined` where nobody does, and the REFER was told why
 */
export async function referByCallee(
  context: DialContext,
  by: Address,
  refer: IncomingRefer,
): Promise<Party | undefined> {
  const { dialer, note } = context
  const name = addressKey(by)
  if (refer.replaces !== undefined) {
    const other = dialer.talks.find(refer.replaces)
    if (other === undefined || other.talk.caller === context.leg) return unknownLine(context, name, refer)
    refer.accept()
    const taken =
      other.side === 'caller'
        ? other.talk.give()
        : other.talk.giveCaller(`${name} handed the caller over to ${describeAddress(context.party)}`)
    note('transfer', `${name} handed the call over to ${addressKey(taken.target)}, with whom it talked already`, {
      target: addressKey(taken.target),
    })
    refer.notify(200)
    return taken
  }
  const to = await context.alive(dialer.resolve(refer.uri))
  const wanted = addressKey(to)
  const refusal = await context.alive(dialer.mayCall(by, to))
  if (refusal !== undefined) {
    note('transfer', `${name} may not hand the call over to ${wanted}: ${refusal}`, { target: wanted })
    refer.reject(403)
    return undefined
  }
  refer.accept()
  note('transfer', `${name} hands the call over to ${wanted}`, { target: wanted })
  const music = await context.alive(context.prepare(sequence(tone('ringback', 1000), { kind: 'silence', ms: 4000 })))
  const ringback = context.leg.stream.play(music, { times: 0 })
  try {
    const rung = await ring(
      dialer,
      { to, seconds: ringSeconds },
      { address: context.party, number: undefined },
      { ringing: () => refer.notify(180), early: () => {} },
      AbortSignal.any([context.signal, context.stopped]),
    )
    if (rung.kind === 'failed') {
      note('target', rung.link.sentence, { target: wanted, code: rung.link.code })
      refer.notify(rung.link.sip ?? statusOf(rung.link.code))
      return undefined
    }
    refer.notify(200)
    return { leg: rung.leg, target: rung.by ?? to }
  } finally {
    ringback.stop()
  }
}

/** A refusal without a status of its own, by RFC 3398's table as far as it goes. */
const statusOf = (code: string): number =>
  ({ not_found: 404, not_registered: 480, no_answer: 408, not_allowed: 403, canceled: 487 })[code] ?? 480

/**
 * The caller of a talk wants its callee to talk with somebody else, and leaves. What becomes of the callee is a call of its own, which
 * the caller answers for: the site's rules decide where it may go.
 * @param letGo called when the callee is this talk's no more
 * @returns what became of the callee. `stays`: nothing, and the REFER was told why; `moved`: it went, and this talk is over; `back`: the
 * target did not take it, and it is this talk's again; `lost`: it hung up meanwhile
 */
export async function referByCaller(
  context: DialContext,
  callee: Party,
  refer: IncomingRefer,
  letGo: () => void,
): Promise<'stays' | 'moved' | 'back' | 'lost'> {
  const { dialer, note, leg } = context
  const name = addressKey(callee.target)
  const by = describeAddress(context.party)
  if (refer.replaces !== undefined) {
    const other = dialer.talks.find(refer.replaces)
    if (other === undefined || other.talk.caller === leg) {
      unknownLine(context, by, refer)
      return 'stays'
    }
    refer.accept()
    letGo()
    if (other.side === 'callee') {
      note('transfer', `the caller handed ${name} over to somebody who had called it`, { target: name })
      other.talk.swap(callee.leg, callee.target)
      refer.notify(200)
      return 'moved'
    }
    const waiting = other.talk.give()
    const target = addressKey(waiting.target)
    note('transfer', `the caller handed ${name} over to ${target}, with whom it talked already`, { target })
    refer.notify(200)
    dialer.handOver({
      leg: callee.leg,
      from: callee.target,
      to: waiting.target,
      source: context.source,
      by,
      waiting: waiting.leg,
      after: [leg, other.talk.caller],
      progress: () => {},
    })
    return 'moved'
  }
  const to = await context.alive(dialer.resolve(refer.uri))
  refer.accept()
  letGo()
  note('transfer', `the caller hands ${name} over to ${addressKey(to)}`, { target: addressKey(to) })
  const settled = deferred<'moved' | 'back' | 'lost'>()
  const { leg: moved, target: from } = callee
  dialer.handOver({
    ...{ leg: moved, from, to, source: context.source, by, after: [] },
    progress: (status) => {
      refer.notify(status)
      if (status >= 200) settled.resolve(status < 300 ? 'moved' : 'lost')
    },
    takeBack: () => {
      if (context.signal.aborted) return false
      settled.resolve('back')
      return true
    },
  })
  return await Promise.race([settled.promise, leg.ended.then(() => 'moved' as const)])
}

function unknownLine({ note }: DialContext, name: string, refer: IncomingRefer): undefined {
  note(
    'transfer',
    `${name} wanted to join two calls, but the other one (${formatUri(refer.uri)}) is none that can be joined`,
  )
  refer.reject(603)
}
