import { deferred } from '../../base/deferred.ts'
import { addressKey } from '../../phone/address.ts'
import type { DialEnd, DialOptions, DialTarget } from '../../phone/call.ts'
import type { ReasonLink } from '../../phone/reason.ts'
import type { IncomingRefer } from '../../sip/user-agent/session.ts'
import { bridge } from './bridge.ts'
import type { DialContext } from './dial.ts'
import { matchKeys } from './key-match.ts'
import { type Leg, soundOf } from './leg.ts'
import { type Party, referByCallee, referByCaller } from './referral.ts'

type TalkOver = 'callee' | 'caller' | 'limit' | 'star' | 'stopped'

type Happening =
  /** `leg`: whose end it was, where it was one's. */
  | { readonly kind: 'over'; readonly over: TalkOver; readonly leg?: Leg }
  | { readonly kind: 'referred'; readonly by: 'caller' | 'callee'; readonly refer: IncomingRefer }
  | { readonly kind: 'swapped'; readonly party: Party }

/** Bridges the caller with the one who answered until the talk is over; the callee is hung up then. Either may hand the other over. */
export async function talk(
  context: DialContext,
  leg: Leg,
  { to: target, digits }: DialTarget,
  attempts: readonly ReasonLink[],
  options: DialOptions,
): Promise<DialEnd> {
  const since = context.clock.now()
  const elapsed = (): number => Math.round((context.clock.now() - since) / 1000)
  const listening = new AbortController()
  const happenings: Happening[] = []
  let wake = deferred<void>()
  const happened = (happening: Happening): void => {
    happenings.push(happening)
    wake.resolve()
  }
  let callee: Party = { leg, target }
  let given = false
  /** The caller is in another talk. */
  let released = false
  let part = (): void => {}
  const meet = (party: Party, how = 'answered'): void => {
    callee = party
    part()
    const unbridge = bridge(context.dialer, context.leg.stream, party.leg.stream)
    const [there, back] = [carryKeys(context.leg, party.leg), carryKeys(party.leg, context.leg)]
    part = () => {
      unbridge()
      there()
      back()
    }
    context.dialer.adopt(party.leg)
    listenTo(context, party, happened)
    const name = addressKey(party.target)
    const text = `${name} ${how}; both sides hear each other`
    context.note('bridged', text, { target: name, ...soundOf(party.leg.media) })
  }
  /** What parted them must not part those who meet next. */
  const partNow = (): void => {
    part()
    part = () => {}
  }
  /** The callee is not ours any more. */
  const letGo = (): void => {
    given = true
    callee.leg.onRefer = undefined
    partNow()
  }
  const give = (): Party => {
    letGo()
    happened({ kind: 'over', over: 'caller' })
    return callee
  }
  const leave = context.dialer.talks.enter({
    caller: context.leg,
    callee: () => callee,
    give,
    giveCaller: (sentence) => {
      released = true
      partNow()
      context.release('callee', sentence)
      return { leg: context.leg, target: context.party }
    },
    swap: (other, address) => happened({ kind: 'swapped', party: { leg: other, target: address } }),
  })
  const replace = (party: Party): void => {
    const before = callee
    meet(party)
    before.leg.session.hangup()
  }
  try {
    if (!context.answered()) await context.alive(context.answer())
    // A callee that hangs up meanwhile closes its stream, which ends the keys.
    if (digits !== undefined) await context.alive(leg.stream.send(digits))
    meet(callee)
    options.onAnswered?.(target)
    listenForKeys(context.leg, leg, options, listening.signal)
    listenForEnd(context, options, listening.signal, happened)
    context.leg.onRefer = (refer) => happened({ kind: 'referred', by: 'caller', refer })
    for (;;) {
      const happening = happenings.shift()
      if (happening === undefined) {
        wake = deferred<void>()
        await context.alive(wake.promise)
      } else if (happening.kind === 'swapped') {
        context.note(
          'transfer',
          `${addressKey(callee.target)} handed the call over to ${addressKey(happening.party.target)}`,
        )
        replace(happening.party)
      } else if (happening.kind === 'over') {
        const { over } = happening
        // One who handed the call over is not missed.
        if (over === 'callee' && happening.leg !== callee.leg) continue
        const name = addressKey(callee.target)
        context.note('target', sentenceOf(over, name, elapsed(), options))
        return { kind: 'answered', target: callee.target, seconds: elapsed(), hungUpBy: sideOf(over), attempts }
      } else if (happening.by === 'callee') {
        const party = await referByCallee(context, callee.target, happening.refer)
        if (party !== undefined) replace(party)
      } else {
        const became = await referByCaller(context, callee, happening.refer, letGo)
        if (became === 'moved') happened({ kind: 'over', over: 'caller' })
        if (became === 'lost') happened({ kind: 'over', over: 'callee', leg: callee.leg })
        if (became === 'back') {
          given = false
          meet(callee, 'is back')
        }
      }
    }
  } finally {
    leave()
    listening.abort()
    if (!released) context.leg.onRefer = undefined
    for (const left of happenings) if (left.kind === 'referred') left.refer.reject(603)
    if (!given) {
      part()
      callee.leg.onRefer = undefined
      callee.leg.session.hangup()
    }
  }
}

function listenTo(context: DialContext, { leg, target }: Party, happened: (happening: Happening) => void): void {
  const name = addressKey(target)
  void leg.ended.then(() => happened({ kind: 'over', over: 'callee', leg }))
  leg.onRefer = (refer) => happened({ kind: 'referred', by: 'callee', refer })
  leg.onHold = (held) =>
    context.note('hold', held ? `${name} put the caller on hold` : `${name} took the caller off hold`, { target: name })
}

function listenForKeys(caller: Leg, callee: Leg, { keys, onKeys }: DialOptions, until: AbortSignal): void {
  if (keys === undefined || onKeys === undefined) return
  const listen = (leg: Leg, by: 'caller' | 'callee', wanted: readonly string[] = []): void => {
    if (wanted.length === 0) return
    let pressed = ''
    const forget = leg.onKey((key) => {
      const match = matchKeys(wanted, pressed, key)
      pressed = match.pressed
      if (match.matched !== undefined) onKeys(match.matched, by)
    })
    until.addEventListener('abort', forget)
  }
  listen(caller, 'caller', keys.caller)
  listen(callee, 'callee', keys.callee)
}

/** @param until aborts when nobody waits any longer; everything that was listened to is let go */
function listenForEnd(
  context: DialContext,
  options: DialOptions,
  until: AbortSignal,
  happened: (happening: Happening) => void,
): void {
  const over = (end: TalkOver): void => happened({ kind: 'over', over: end })
  if (options.maxSeconds !== undefined) {
    const timer = context.clock.after(options.maxSeconds * 1000, () => over('limit'))
    until.addEventListener('abort', () => timer.stop())
  }
  if (options.hangupOnStar === true) {
    const forget = context.leg.onKey((key) => {
      if (key === '*') over('star')
    })
    until.addEventListener('abort', forget)
  }
  if (context.stopped.aborted) over('stopped')
  context.stopped.addEventListener('abort', () => over('stopped'), { signal: until })
}

function sideOf(over: TalkOver): 'caller' | 'callee' | 'service' {
  switch (over) {
    case 'callee':
      return 'callee'
    case 'caller':
    case 'star':
      return 'caller'
    case 'limit':
    case 'stopped':
      return 'service'
  }
}

function sentenceOf(over: TalkOver, name: string, seconds: number, options: DialOptions): string {
  switch (over) {
    case 'callee':
      return `${name} hung up after ${seconds} s`
    case 'caller':
      return `the caller left the talk with ${name} after ${seconds} s and handed it over`
    case 'star':
      return `the caller ended the talk with ${name} by * after ${seconds} s`
    case 'limit':
      return `the talk reached its limit of ${options.maxSeconds} s`
    case 'stopped':
      return `the talk with ${name} was stopped after ${seconds} s`
  }
}

/** Keys that do not go with the audio. */
const carryKeys = (from: Leg, to: Leg): (() => void) => from.onKey((key) => to.press?.(key))
