import type { Playing } from '../../media/plane.ts'
import { type Address, addressKey } from '../../phone/address.ts'
import type { DialEnd, DialOptions, DialTarget } from '../../phone/call.ts'
import { tone } from '../../phone/prompt.ts'
import type { ReasonLink } from '../../phone/reason.ts'
import type { BlockContext } from './block.ts'
import type { Leg } from './leg.ts'
import { type Dialer, type Rung, ring } from './ring.ts'

export interface DialContext extends BlockContext {
  readonly dialer: Dialer
  readonly signal: AbortSignal
  /** Whether the caller hears us yet. */
  answered(): boolean
  ring(): void
  /** Lets an unanswered caller hear the target's early audio. */
  progress(): void
  answer(): Promise<void>
  /** Who is rung now, so that a call that ends under it can say so. */
  ringing(target: string | undefined): void
  /** Keeps a failed attempt for the reason chain of the call. */
  attempted(link: ReasonLink): void
}

export async function dial(
  context: DialContext,
  targets: readonly DialTarget[],
  from: Address,
  options: DialOptions,
): Promise<DialEnd> {
  const attempts: ReasonLink[] = []
  const comfort = new Comfort(context, options)
  try {
    for (const target of targets) {
      await comfort.start()
      context.note('target', `ringing ${addressKey(target.to)} for ${target.seconds} s`, {
        target: addressKey(target.to),
      })
      const hooks = { ringing: () => comfort.ringing(), early: (leg: Leg) => comfort.early(leg) }
      context.ringing(addressKey(target.to))
      const rung = await aliveOrGivenUp(
        context,
        ring(context.dialer, target, { address: from, number: options.number }, hooks, context.signal),
      )
      context.ringing(undefined)
      if (rung.kind === 'failed') {
        attempts.push(rung.link)
        context.attempted(rung.link)
        context.note('target', rung.link.sentence, { target: addressKey(target.to), code: rung.link.code })
        comfort.endEarly()
        continue
      }
      comfort.stop()
      return await talk(context, rung.leg, target.to, attempts, options)
    }
    return { kind: 'unanswered', attempts }
  } finally {
    comfort.stop()
  }
}

/** A target that answers in the moment in which the caller hangs up is hung up too. */
async function aliveOrGivenUp(context: DialContext, ringing: Promise<Rung>): Promise<Rung> {
  try {
    return await context.alive(ringing)
  } catch (error) {
    const rung = await ringing
    if (rung.kind === 'answered') rung.leg.session.hangup()
    throw error
  }
}

async function talk(
  context: DialContext,
  callee: Leg,
  target: Address,
  attempts: readonly ReasonLink[],
  options: DialOptions,
): Promise<DialEnd> {
  const name = addressKey(target)
  const since = context.clock.now()
  const elapsed = (): number => Math.round((context.clock.now() - since) / 1000)
  try {
    if (!context.answered()) await context.alive(context.answer())
    context.leg.stream.bridge(callee.stream)
    callee.onHold = (held) =>
      context.note('hold', held ? `${name} put the caller on hold` : `${name} took the caller off hold`, {
        target: name,
      })
    context.note('bridged', `${name} answered; both sides hear each other`, { target: name })
    const ended = callee.ended.then(() => 'callee' as const)
    const by = await context.alive(Promise.race([ended, limit(context, options.maxSeconds, callee)]))
    context.note(
      'target',
      by === 'callee'
        ? `${name} hung up after ${elapsed()} s`
        : `the talk reached its limit of ${options.maxSeconds} s`,
    )
    return { kind: 'answered', target, seconds: elapsed(), hungUpBy: by, attempts }
  } finally {
    context.leg.stream.unbridge()
    callee.session.hangup()
  }
}

/** Never resolves without a limit. */
function limit(context: DialContext, seconds: number | undefined, callee: Leg): Promise<'service'> {
  return new Promise((resolve) => {
    if (seconds === undefined) return
    const timer = context.clock.after(seconds * 1000, () => resolve('service'))
    void callee.ended.then(() => timer.stop())
  })
}

/** What the caller hears while targets ring: a tone once picked up, the network's own ringing before. */
class Comfort {
  readonly #context: DialContext
  readonly #options: DialOptions
  #playing: Playing | undefined
  #early: Leg | undefined

  constructor(context: DialContext, options: DialOptions) {
    this.#context = context
    this.#options = options
  }

  async start(): Promise<void> {
    const context = this.#context
    if (!context.answered() || this.#playing !== undefined) return
    const items = await context.alive(context.prepare(this.#options.ringback ?? tone('ringback')))
    this.#playing = context.leg.stream.play(items, { times: 0 })
    // Its end is not waited for; a file that cannot be read leaves the caller in silence and is worth a line.
    this.#playing.done.catch((error: unknown) =>
      context.note('warning', `the ringing could not be played: ${String(error)}`),
    )
  }

  ringing(): void {
    if (!this.#context.answered()) this.#context.ring()
  }

  early(leg: Leg): void {
    if (this.#early === leg) return
    this.stop()
    this.#early = leg
    if (!this.#context.answered()) this.#context.progress()
    this.#context.leg.stream.bridge(leg.stream)
  }

  /** The target whose early audio was heard is given up. */
  endEarly(): void {
    if (this.#early === undefined) return
    this.#early = undefined
    this.#context.leg.stream.unbridge()
  }

  stop(): void {
    this.#playing?.stop()
    this.#playing = undefined
  }
}
