import type { Clock } from '../base/clock.ts'
import { deferred } from '../base/deferred.ts'
import type { Logger } from '../base/log.ts'
import type { Action, ActionError, ActionId, ActionResult, StartedAction } from '../phone/action.ts'
import { type Call, CallEnded, type Recording } from '../phone/call.ts'
import { type CallId, newId, type RecordingId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { perform } from './perform.ts'

/** How long a caller rings at a number that is driven by the API before somebody answers. */
const ringMs = 60_000

/** Where actions and their recordings are kept. */
export interface ActionKeeper {
  /** Written before the action runs. */
  begin(action: StartedAction): Promise<void>
  end(action: StartedAction, outcome: ActionOutcome): Promise<void>
  beginRecording(call: CallId): Promise<{ readonly id: RecordingId; readonly path: string }>
  endRecording(recording: Recording): Promise<void>
  /** Of a call that ended before a sample was written. */
  discardRecording(id: RecordingId): Promise<void>
}

export type ActionOutcome =
  | { readonly state: 'done'; readonly result: ActionResult }
  | { readonly state: 'failed'; readonly error: ActionError }

interface Running {
  readonly action: StartedAction
  readonly done: Promise<void>
}

export interface DriverOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly keeper: ActionKeeper
}

/** Calls that are driven from outside, block by block. */
export class Driver {
  readonly #options: DriverOptions
  readonly #driven = new Set<CallId>()
  readonly #held = new Set<CallId>()
  readonly #running = new Map<CallId, Running>()

  constructor(options: DriverOptions) {
    this.#options = options
  }

  /** An app: leaves the call to actions until its end. One that nobody answers is given up after a minute. */
  async drive(call: Call): Promise<void> {
    this.#driven.add(call.id)
    await call.ring()
    const timer = this.#options.clock.after(ringMs, () => {
      if (call.answeredAt === undefined && !this.#running.has(call.id))
        void call.hangup({ code: 'no_answer', sentence: 'nobody answered the call through the API within 60 s' })
    })
    try {
      await call.ended
      await this.#running.get(call.id)?.done
    } finally {
      timer.stop()
      this.#driven.delete(call.id)
      this.#held.delete(call.id)
    }
  }

  /**
   * Takes an action on; it runs by itself from then on. Rejects with `call_ended`, `call_not_driven`, `block_running`, `on_hold`.
   */
  async start(call: Call, action: Action): Promise<StartedAction> {
    this.#check(call, action)
    const { clock, keeper } = this.#options
    const startedAt = clock.wall()
    const started: StartedAction = { id: newId('action', startedAt), call: call.id, block: action.block, startedAt }
    const done = deferred<void>()
    const before = this.#running.get(call.id)
    const exclusive = takesTheCall(action)
    if (exclusive) this.#running.set(call.id, { action: started, done: done.promise })
    try {
      await keeper.begin(started)
    } catch (error) {
      this.#release(call.id, started.id)
      done.resolve()
      throw error
    }
    void this.#run(call, action, started, before).finally(() => {
      this.#release(call.id, started.id)
      done.resolve()
    })
    return started
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
    if (this.#held.has(id) && action.block !== 'unhold' && action.block !== 'stop')
      throw new Problem('on_hold', `${id} is on hold; take it off hold first.`)
  }

  async #run(call: Call, action: Action, started: StartedAction, before: Running | undefined): Promise<void> {
    const { keeper, log } = this.#options
    let outcome: ActionOutcome
    try {
      // Whoever hangs up with a last message cuts off what runs.
      if (action.block === 'hangup' && action.message !== undefined && before !== undefined) {
        call.stop()
        await before.done
      }
      outcome = { state: 'done', result: await perform(call, action, keeper) }
      if (action.block === 'hold') this.#held.add(call.id)
      if (action.block === 'unhold') this.#held.delete(call.id)
    } catch (error) {
      outcome = { state: 'failed', error: this.#errorOf(error, started) }
    }
    try {
      await keeper.end(started, outcome)
    } catch (err) {
      log.error({ call: call.id, action: started.id, err }, 'the end of an action could not be written')
    }
  }

  #errorOf(error: unknown, { id, call, block }: StartedAction): ActionError {
    if (error instanceof CallEnded) return { code: 'call_ended', sentence: error.end.sentence }
    if (error instanceof Problem) return { code: error.code, sentence: error.message }
    this.#options.log.error({ call, action: id, err: error }, 'an action failed')
    return { code: 'internal', sentence: `${block} failed by a fault of the service; the log has it under ${id}` }
  }

  #release(call: CallId, action: ActionId): void {
    if (this.#running.get(call)?.action.id === action) this.#running.delete(call)
  }
}

/** All but those that act beside what runs. */
function takesTheCall(action: Action): boolean {
  return action.block !== 'stop' && action.block !== 'send' && !plainHangup(action)
}

const plainHangup = (action: Action): boolean => action.block === 'hangup' && action.message === undefined
