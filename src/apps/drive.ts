import type { Clock } from '../base/clock.ts'
import { deferred } from '../base/deferred.ts'
import type { Logger } from '../base/log.ts'
import type { Action, ActionId, StartedAction } from '../phone/action.ts'
import type { Call } from '../phone/call.ts'
import type { CallId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { act, settle, startedAction } from './act.ts'
import { apologise } from './apologise.ts'
import type { ActionKeeper, ActionOutcome } from './keeper.ts'
import { type Limit, Patience } from './patience.ts'
import { stopAll } from './perform.ts'

/** How long a caller is let ring while nobody says through the API what to do. */
const ringing: Limit = {
  ms: 60_000,
  reason: { code: 'no_answer', sentence: 'nobody answered the call through the API within 60 s' },
}
/** Of a call that is up. Whoever hears nothing for much longer than a minute believes that nobody is there. */
const usualIdleSeconds = 120
const idle = (seconds: number): Limit => ({
  ms: seconds * 1000,
  reason: { code: 'failed', sentence: `the call was given nothing to do through the API for ${seconds} s` },
})

export interface DriveOptions {
  /** Done one after the other before others are taken, up to one that fails. */
  readonly first?: readonly Action[]
  /** How long a call that is up is left alone while nothing runs and nothing is asked for; 120 unless given. */
  readonly idleSeconds?: number
}

interface Driven {
  readonly patience: Patience
  readonly idle: Limit
}

interface Running {
  readonly action: StartedAction
  readonly done: Promise<void>
}

export interface DriverOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly keeper: ActionKeeper
  /** Spoken where nobody says what to do in time; absent: nothing is. */
  readonly apology?: string
}

/** Calls that are driven from outside, block by block. */
export class Driver {
  readonly #options: DriverOptions
  readonly #driven = new Map<CallId, Driven>()
  readonly #held = new Set<CallId>()
  /** Calls that still do what they were placed with. */
  readonly #scripted = new Set<CallId>()
  readonly #running = new Map<CallId, Running>()

  constructor(options: DriverOptions) {
    this.#options = options
  }

  /** An app: leaves the call to actions until its end. One that nobody answers is given up after a minute. */
  async drive(call: Call, { first = [], idleSeconds = usualIdleSeconds }: DriveOptions = {}): Promise<void> {
    let apology: Promise<void> | undefined
    const { clock, log } = this.#options
    const patience = new Patience(clock, (reason) => {
      apology = apologise(call, this.#options.apology, reason).catch((err: unknown) =>
        log.error({ call: call.id, err }, 'a call that nobody drives could not be ended with an apology'),
      )
    })
    this.#driven.set(call.id, { patience, idle: idle(idleSeconds) })
    if (first.length > 0) this.#scripted.add(call.id)
    await call.ring()
    try {
      await this.#follow(call, first)
      await call.ended
      await apology
      await this.#running.get(call.id)?.done
    } finally {
      patience.stop()
      this.#driven.delete(call.id)
      this.#held.delete(call.id)
      this.#scripted.delete(call.id)
    }
  }

  async #follow(call: Call, actions: readonly Action[]): Promise<void> {
    for (const action of actions) {
      if (call.signal.aborted) return
      const { over } = await this.#take(call, action)
      if ((await over).state === 'failed') break
    }
    this.#scripted.delete(call.id)
    this.#waitFor(call)
  }

  /** Whoever is on hold or does something is left alone. */
  #waitFor(call: Call): void {
    const { id } = call
    const busy = this.#running.has(id) || this.#scripted.has(id) || this.#held.has(id) || call.signal.aborted
    const driven = this.#driven.get(id)
    driven?.patience.wait(busy ? undefined : call.answeredAt === undefined ? ringing : driven.idle)
  }

  /**
   * Takes an action on; it runs by itself from then on. Rejects with `call_ended`, `call_not_driven`, `block_running`, `on_hold`, `not_on_hold`.
   */
  async start(call: Call, action: Action): Promise<StartedAction> {
    this.#check(call, action)
    return (await this.#take(call, action)).started
  }

  async #take(
    call: Call,
    action: Action,
  ): Promise<{ readonly started: StartedAction; readonly over: Promise<ActionOutcome> }> {
    const { clock, keeper } = this.#options
    const started = startedAction(call.id, action.block, clock.wall())
    const done = deferred<void>()
    const before = this.#running.get(call.id)
    const exclusive = takesTheCall(action)
    if (exclusive) this.#running.set(call.id, { action: started, done: done.promise })
    this.#waitFor(call)
    try {
      await keeper.begin(started)
    } catch (error) {
      this.#release(call, started.id)
      done.resolve()
      throw error
    }
    const over = this.#run(call, action, started, before).finally(() => {
      this.#release(call, started.id)
      done.resolve()
    })
    return { started, over }
  }

  #check(call: Call, action: Action): void {
    const { id } = call
    if (call.signal.aborted) throw new Problem('call_ended', `The call ${id} has ended.`)
    const anywhere = action.block === 'stop' || action.block === 'send' || plainHangup(action)
    if (!anywhere && !this.#driven.has(id)) {
      throw new Problem('call_not_driven', `${id} is in the hands of another app; it takes stop, send and hangup only.`)
    }
    if (action.block === 'hangup') return
    const running = this.#running.get(id)
    if (running !== undefined && takesTheCall(action)) {
      const { action: first } = running
      throw new Problem(
        'block_running',
        `${id} is busy with ${first.block} (${first.id}); stop it or wait for its end.`,
      )
    }
    if (this.#scripted.has(id) && takesTheCall(action))
      throw new Problem('block_running', `${id} still does what it was placed with; stop that or wait for its end.`)
    const whileHeld = action.block === 'unhold' || (beside.has(action.block) && action.block !== 'send')
    if (this.#held.has(id) && !whileHeld) throw new Problem('on_hold', `${id} is on hold; take it off hold first.`)
    if (action.block === 'unhold' && !this.#held.has(id))
      throw new Problem('not_on_hold', `${id} is not on hold; there is nothing to take it off.`)
  }

  async #run(call: Call, action: Action, started: StartedAction, before: Running | undefined): Promise<ActionOutcome> {
    // Whoever hangs up with a last message cuts off what runs.
    if (action.block === 'hangup' && action.message !== undefined && before !== undefined) {
      stopAll(call)
      await before.done
    }
    const outcome = await act(call, action, started, this.#options)
    if (outcome.state === 'done' && action.block === 'hold') this.#held.add(call.id)
    if (outcome.state === 'done' && action.block === 'unhold') this.#held.delete(call.id)
    await settle(started, outcome, this.#options)
    return outcome
  }

  #release(call: Call, action: ActionId): void {
    if (this.#running.get(call.id)?.action.id === action) this.#running.delete(call.id)
    this.#waitFor(call)
  }
}

const beside: ReadonlySet<Action['block']> = new Set(['stop', 'send', 'monitor', 'stop_monitor'])

/** All but those that act beside what runs. */
function takesTheCall(action: Action): boolean {
  return !beside.has(action.block) && !plainHangup(action)
}

const plainHangup = (action: Action): boolean => action.block === 'hangup' && action.message === undefined
