import type { Ticket } from '../apps/dialer/gate.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Address } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { CallId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import type { EndCode } from '../phone/reason.ts'
import {
  type AttemptEnd,
  endAttempt,
  getPlanned,
  type OpenAttempt,
  type PlannedCallRow,
  placeAttempt,
  unclaim,
} from '../store/planned-calls.ts'
import type { Store } from '../store/store.ts'
import { attemptEnd } from './attempt-end.ts'
import { partiesOf } from './dialer-verdicts.ts'
import type { RunningPhone } from './phone.ts'
import { wishesOf } from './planned-run.ts'

export interface DialAttemptsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly phone: Pick<RunningPhone, 'placePlanned'>
  /** Does on an answered call what was planned, to its end. `again`: it counts as not answered. */
  readonly run: (call: Call, row: PlannedCallRow) => Promise<'over' | 'again'>
  /** Awaited when all is ready for an attempt, before it is written as placed; it is not sent where this rejects. */
  readonly leaving?: (row: PlannedCallRow, call: CallId) => Promise<void>
  /** A planned call is over: `done`, `failed` or `canceled`. */
  readonly over?: (row: PlannedCallRow) => void
}

/** What the dialer knows when an attempt asks. */
export interface AttemptSurroundings {
  readonly isClosing: () => boolean
  /** Who the callee sees. */
  readonly shown: (from: Address, to: Address) => Address
  readonly tell: (planned: string, state: PlannedCallRow['state']) => void
}

/** While the store is away. */
const laterMs = 2000

/** Attempts of planned calls, each from its claim to its end in the store. See docs/decisions/0009. */
export class DialAttempts {
  readonly #options: DialAttemptsOptions
  readonly #around: AttemptSurroundings
  readonly #running = new Map<CallId, Promise<void>>()

  constructor(options: DialAttemptsOptions, around: AttemptSurroundings) {
    this.#options = options
    this.#around = around
  }

  /** Under way. */
  get size(): number {
    return this.#running.size
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  /** Settles one that a killed service left, whose call has ended by now. */
  async recover({ attempt, planned, answeredAt }: OpenAttempt): Promise<void> {
    const { store, clock, log } = this.#options
    const now = clock.wall()
    const { callId } = attempt
    log.info({ planned: planned.id, call: callId, state: attempt.state }, 'an attempt that was cut off is settled')
    if (attempt.state === 'claimed') return unclaim(store.db, callId, new Date(now), null)
    const end = attemptEnd(planned, { callId, answered: answeredAt !== null, code: 'interrupted', now })
    await endAttempt(store.db, { ...end, sentence: 'the service was killed while the call was under way' })
    await this.tellOver(planned.id)
  }

  begin(row: PlannedCallRow, callId: CallId, ticket: Ticket): void {
    const { log } = this.#options
    const work = this.#run(row, callId, ticket)
      .catch((error: unknown) =>
        log.error(
          { planned: row.id, call: callId, err: error },
          'an attempt is left to the next start: it ended with a fault',
        ),
      )
      .finally(() => {
        this.#running.delete(callId)
        ticket.over()
      })
    this.#running.set(callId, work)
  }

  async #run(row: PlannedCallRow, callId: CallId, ticket: Ticket): Promise<void> {
    const { store, clock, phone, run, leaving: beforeLeaving } = this.#options
    const { db } = store
    let leaving: Promise<() => void> | undefined
    let placed = false
    let sent = false
    let again = false
    // Nothing is awaited between the commit and the INVITE.
    const leave = async (): Promise<() => void> => {
      await beforeLeaving?.(row, callId)
      await ticket.turn()
      placed = await placeAttempt(db, callId, new Date(clock.wall()))
      if (!placed) throw new Error('it was canceled before it was sent')
      if (this.#around.isClosing()) throw new Error('the service stopped before it was sent')
      return () => {
        sent = true
        ticket.left()
      }
    }
    try {
      const { answered, end } = await phone.placePlanned({
        ...{ id: callId, to: row.to, from: this.#around.shown(row.from, row.to), shown: partiesOf(row) },
        ...{ seconds: row.seconds, account: row.account ?? undefined },
        wishes: wishesOf(row),
        beforeInvite: () => {
          leaving = leave()
          return leaving
        },
        answered: async (call) => {
          // Whatever carried it, what was answered was placed.
          if (!placed) (await leave())()
          again = (await run(call, row)) === 'again'
        },
      })
      await leaving?.catch(() => undefined) // whoever waits for it above was told
      // What is sent is sent in this very turn of the loop.
      await new Promise((resolve) => setImmediate(resolve))
      if (!sent && this.#around.isClosing()) return await unclaim(db, callId, new Date(clock.wall()), null)
      // Who is given up since the service stops has not been canceled.
      const cut: EndCode = this.#around.isClosing() && end.code === 'canceled' ? 'interrupted' : end.code
      const code: EndCode = again ? 'no_answer' : cut
      const over = attemptEnd(row, { callId, answered: answered && !again, code, now: clock.wall() })
      await this.#settle(row.id, { ...over, sentence: end.sentence })
      this.#around.tell(row.id, over.becomes.state)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      await unclaim(db, callId, new Date(clock.wall() + laterMs), error.message)
    }
  }

  /** Written again and again while the store is away; a service that stops leaves it to the next start. */
  async #settle(planned: string, end: AttemptEnd): Promise<void> {
    const { store, clock, log } = this.#options
    for (;;) {
      try {
        await endAttempt(store.db, end)
        await this.tellOver(planned)
        return
      } catch (error) {
        if (this.#around.isClosing()) throw error
        log.warn({ call: end.callId, err: error }, 'the end of an attempt could not be written; it is tried again')
        await new Promise<void>((resolve) => void clock.after(laterMs, resolve))
      }
    }
  }

  async tellOver(planned: string): Promise<void> {
    const { store, over } = this.#options
    const row = over === undefined ? undefined : await getPlanned(store.db, planned)
    if (row?.endedAt != null) over?.(row)
  }
}
