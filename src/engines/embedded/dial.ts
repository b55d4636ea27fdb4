import type { PlayItem } from '../../media/plane.ts'
import { type Address, addressKey } from '../../phone/address.ts'
import type { CallSource, DialConfirm, DialEnd, DialOptions, DialTarget } from '../../phone/call.ts'
import type { EndedBy, ReasonLink } from '../../phone/reason.ts'
import type { BlockContext } from './block.ts'
import { Comfort } from './comfort.ts'
import { confirm } from './confirm.ts'
import { checkHeaders } from './extra-headers.ts'
import { carrierOf, figuresOf, figuresText } from './figures.ts'
import type { Leg } from './leg.ts'
import { type Caller, type Dialer, elsewhere, type Rung, ring } from './ring.ts'
import { talk } from './talk.ts'

export interface DialContext extends BlockContext {
  readonly dialer: Dialer
  /** Who the caller is, and by what right its call came in. */
  readonly party: Address
  readonly source: CallSource
  readonly signal: AbortSignal
  /** Whether the caller hears us yet. */
  answered(): boolean
  ring(): void
  /** Lets an unanswered caller hear what is played or comes from a target. Whether it does: without an offer in its INVITE nothing is heard. */
  progress(): Promise<boolean>
  answer(): Promise<void>
  /** Who is rung now, so that a call that ends under it can say so. */
  ringing(targets: readonly string[]): void
  /** Keeps a failed attempt for the reason chain of the call. */
  attempted(link: ReasonLink): void
  /** Ends the call, whose caller talks on in another one. */
  release(by: EndedBy, sentence: string): void
}

/** What every target of a dial is rung with. */
interface Round {
  readonly caller: Caller
  readonly comfort: Comfort
  readonly early: NonNullable<DialOptions['early']>
  readonly reached: DialOptions['onReached']
  readonly question: { readonly items: readonly PlayItem[]; readonly confirm: DialConfirm } | undefined
}

interface Winner {
  readonly leg: Leg
  readonly target: DialTarget
}

export async function dial(
  context: DialContext,
  targets: readonly DialTarget[],
  from: Address,
  options: DialOptions,
): Promise<DialEnd> {
  const headers = checkHeaders(options.headers)
  for (const target of targets) checkHeaders(target.headers)
  const attempts: ReasonLink[] = []
  const comfort = new Comfort(context, options)
  const question = options.confirm && {
    confirm: options.confirm,
    items: await context.alive(context.prepare(options.confirm.prompt)),
  }
  const caller = { address: named(from, options.callerName), number: options.number, headers }
  const { early = 'alone', onReached: reached } = options
  const rounds = options.together === true ? [targets] : targets.map((target) => [target])
  try {
    for (const round of rounds) {
      if (context.stopped.aborted) break
      await comfort.start()
      const winner = await reachFirst(context, round, { caller, comfort, early, question, reached }, attempts)
      if (winner !== undefined) {
        comfort.stop()
        comfort.endEarly()
        return await talk(context, winner.leg, winner.target, attempts, options)
      }
      comfort.endEarly()
    }
    return { kind: context.stopped.aborted ? 'stopped' : 'unanswered', attempts }
  } finally {
    comfort.stop()
  }
}

/** Rings the targets at once. Of two that answer in the same moment the second is hung up, and both where the caller is gone. */
async function reachFirst(
  context: DialContext,
  targets: readonly DialTarget[],
  round: Round,
  attempts: ReasonLink[],
): Promise<Winner | undefined> {
  let winner: Winner | undefined
  const answered = new AbortController()
  const signal = AbortSignal.any([context.signal, context.stopped, answered.signal])
  const alone = targets.length === 1

  const tryOne = async (target: DialTarget): Promise<void> => {
    const name = addressKey(target.to)
    context.note('target', `ringing ${name} for ${target.seconds} s`, { target: name })
    const keysOf = { sent: false }
    const rung = await reach(context, target, round, { alone, keysOf }, signal)
    if (rung.kind === 'answered') {
      if (winner !== undefined) rung.leg.session.hangup(elsewhere)
      else {
        const { by: to = target.to } = rung
        tellFigures(context, rung.leg, addressKey(to))
        winner = { leg: rung.leg, target: { ...(keysOf.sent ? withoutDigits(target) : target), to } }
        answered.abort(elsewhere)
        round.reached?.(target.to)
      }
      return
    }
    const { link } = rung
    context.note('target', link.sentence, { target: name, code: link.code })
    if (signal.reason === elsewhere && link.code === 'canceled') return
    attempts.push(link)
    context.attempted(link)
  }

  context.ringing(targets.map(({ to }) => addressKey(to)))
  const all = Promise.allSettled(targets.map(tryOne))
  try {
    const failed = (await context.alive(all)).find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    context.ringing([])
    return winner
  } catch (error) {
    await all
    winner?.leg.session.hangup()
    throw error
  }
}

async function reach(
  context: DialContext,
  target: DialTarget,
  { caller: common, comfort, early, question }: Round,
  { alone, keysOf }: { readonly alone: boolean; readonly keysOf: { sent: boolean } },
  signal: AbortSignal,
): Promise<Rung> {
  const caller = { ...common, headers: [...(common.headers ?? []), ...checkHeaders(target.headers)] }
  let heard: Leg | undefined
  const hooks = {
    ringing: () => comfort.ringing(),
    told: (line: string) => context.note('target', line, { target: addressKey(target.to) }),
    // Of several that ring at once none may be heard before one is picked up, unless that is asked for.
    early: (leg: Leg) => {
      heard = leg
      if (early === 'first' || (early === 'alone' && alone)) comfort.early(leg)
      if (target.digitsEarly !== true || target.digits === undefined || keysOf.sent) return
      keysOf.sent = true
      const failed = (error: unknown): void => context.note('warning', `keys could not be sent: ${String(error)}`)
      leg.stream.send(target.digits).catch(failed)
    },
  }
  const rung = await ring(context.dialer, target, caller, hooks, signal)
  if (rung.kind === 'failed' && !alone && heard !== undefined) {
    comfort.endEarly(heard)
    await comfort.start()
  }
  if (rung.kind === 'failed' || question === undefined) return rung
  comfort.endEarly(rung.leg)
  try {
    const link = await confirm(context, rung.leg, addressKey(target.to), question, signal)
    if (link === undefined) return rung
    rung.leg.session.hangup(signal.reason === elsewhere ? elsewhere : {})
    return { kind: 'failed', link }
  } catch (error) {
    rung.leg.session.hangup()
    throw error
  }
}

function tellFigures({ note }: DialContext, leg: Leg, party: string): void {
  leg.onFigures = (stats, media) => {
    const figures = figuresOf(stats, media)
    note('media', figuresText(party, figures), { leg: 'b', party, ...carrierOf(leg), ...figures })
  }
}

const withoutDigits = ({ digits: _sent, ...target }: DialTarget): DialTarget => target

const named = (from: Address, name: string | undefined): Address =>
  name === undefined || from.kind === 'anonymous' ? from : { ...from, name }
