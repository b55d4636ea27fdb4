import type { DialerDesk, PlanCall } from '../api/ports.ts'
import { Gate, type Ticket } from '../apps/dialer/gate.ts'
import { Lobby } from '../apps/dialer/lobby.ts'
import { type DialerRules, defaultRules, rulesFor, shownCaller } from '../apps/dialer/rules.ts'
import type { Bus } from '../base/bus.ts'
import type { Timer } from '../base/clock.ts'
import { type Address, addressKey } from '../phone/address.ts'
import type { OriginateRequest } from '../phone/engine.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { type CallId, type Id, newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { getDialerRules, putDialerRules } from '../store/dialer-rules.ts'
import {
  cancelPlanned,
  changeWaiting,
  claimPlanned,
  dueIn,
  dueLanes,
  getPlanned,
  insertPlanned,
  nextDue,
  openAttempts,
  type PlannedCallRow,
} from '../store/planned-calls.ts'
import { nextSchedule } from '../store/schedules.ts'
import type { StoredScheduledCall } from '../store/shapes.ts'
import type { Db } from '../store/store.ts'
import type { Turn } from './at-its-turn.ts'
import { DialAttempts, type DialAttemptsOptions } from './dial-attempts.ts'
import { DialerLimits } from './dialer-limits.ts'
import { type TurnParts, turnOf } from './dialer-turn.ts'
import { DialerVerdicts, storedCall } from './dialer-verdicts.ts'
import type { DoNotCall } from './do-not-call.ts'
import type { RunningPhone } from './phone.ts'
import { runSchedules } from './schedules.ts'
import type { Site } from './site.ts'

export interface DialerOptions extends DialAttemptsOptions {
  readonly bus: Bus<ServiceEvent>
  readonly site: Pick<Site, 'owns' | 'trunkFor' | 'boundsOf' | 'forbids' | 'doNotCall'>
  readonly phone: Pick<RunningPhone, 'placePlanned' | 'hangUp' | 'open'>
  /** Calls that a trunk carries now. */
  readonly carriedBy: (trunk: string) => number
}

/** Somebody else may have put a row into the store. */
const lookAgainMs = 5000
/** While the service takes no calls, or the store is away. */
const laterMs = 2000
/** Rows that are read at once. */
const batch = 16

/** Places planned calls: when they are due, in their order, within all limits, each attempt once. See docs/decisions/0009. */
export class Dialer implements DialerDesk {
  readonly #options: DialerOptions
  readonly #gate: Gate
  readonly #lobby: Lobby
  readonly #limits: DialerLimits
  readonly #verdicts: DialerVerdicts
  readonly #attempts: DialAttempts
  #rules: DialerRules = defaultRules
  #ruled = false
  #timer: Timer | undefined
  #work: Promise<void> | undefined
  #again = false
  #state: 'still' | 'open' | 'closing' = 'still'

  constructor(options: DialerOptions) {
    this.#options = options
    this.#gate = new Gate(options.clock, () => this.look())
    this.#lobby = new Lobby(this.#gate, options.clock)
    this.#limits = new DialerLimits(options.site, options.carriedBy)
    this.#verdicts = new DialerVerdicts(options.site)
    this.#attempts = new DialAttempts(options, {
      isClosing: () => this.#state === 'closing',
      shown: (from, to) => this.#shown(from, to),
      tell: (planned, state) => this.#tell(planned, state),
    })
  }

  get rules(): DialerRules {
    return this.#rules
  }

  /** Calls under way. For the leak check. */
  get live(): number {
    return this.#attempts.size
  }

  async setRules(rules: DialerRules): Promise<void> {
    await putDialerRules(this.#options.store.db, rules)
    this.#rules = rules
    this.#ruled = true
    this.look()
  }

  /** To be called when limits were changed, those of trunks too: there may be room for who waits. */
  look(): void {
    this.#lobby.look()
    this.wake()
  }

  checkListed(to: Address, field: string): Promise<void> {
    return this.#verdicts.checkListed(to, field)
  }

  opens(to: Address): Promise<number | undefined> {
    return this.#verdicts.opens(to, this.#rules, this.#options.clock.wall())
  }

  /** @throws Problem `destination_not_allowed` where a call that is not planned may not be placed now */
  checkOpen(to: Address, field: string): Promise<void> {
    return this.#verdicts.checkOpen(to, field, this.#rules, this.#options.clock.wall())
  }

  get doNotCall(): DoNotCall {
    return this.#options.site.doNotCall
  }

  /** Of a call that nobody planned. */
  turn(request: OriginateRequest, signal: AbortSignal): Promise<Turn> {
    const parts: TurnParts = {
      ...{ limits: this.#limits, lobby: this.#lobby },
      rules: () => this.#rules,
      ruled: () => this.#ruled,
      closing: () => this.#state === 'closing',
      checkOpen: (to) => this.checkOpen(to, '/to'),
    }
    return turnOf(request, parts, signal)
  }

  async check(request: Omit<PlanCall, 'at' | 'until'>): Promise<StoredScheduledCall> {
    const call = storedCall(request)
    await this.#verdicts.check(call, this.#rules, this.#options.clock.wall())
    return call
  }

  async plan(request: PlanCall): Promise<PlannedCallRow> {
    const row = await this.put(this.#options.store.db, request)
    this.told(row)
    return row
  }

  /** As `plan`, in a transaction of the caller, who calls `told` once that is through. */
  async put(db: Db, request: PlanCall): Promise<PlannedCallRow> {
    const call = await this.check(request)
    const now = new Date(this.#options.clock.wall())
    const times = { at: request.at ?? now, now, until: request.until ?? null, scheduleId: null }
    const [row] = await insertPlanned(db, [await this.newRow(call, times)])
    return row!
  }

  told({ id }: Pick<PlannedCallRow, 'id'>): void {
    this.#tell(id, 'waiting')
    this.wake()
  }

  /** A row that waits for its time. */
  async newRow(
    call: StoredScheduledCall,
    times: { readonly at: Date; readonly now: Date; readonly until: Date | null; readonly scheduleId: string | null },
  ) {
    const { withinSeconds: _, ...rest } = call
    const { at, now, until, scheduleId } = times
    return {
      ...{ id: newId('planned', now.getTime()), state: 'waiting' as const, toKey: addressKey(call.to), ...rest },
      ...{ retried: {}, lane: await this.#laneOf(call) },
      ...{ at, until, nextAt: at, sentence: null, code: null, attempts: 0, callId: null, scheduleId },
      ...{ createdAt: now, updatedAt: now, endedAt: null },
    }
  }

  async cancel(id: string, sentence = 'it was canceled through the API'): Promise<PlannedCallRow> {
    const { store, clock, phone } = this.#options
    const now = new Date(clock.wall())
    const before = await cancelPlanned(store.db, id, { sentence, now })
    const row = await getPlanned(store.db, id)
    if (row === undefined) throw new Problem('not_found', `There is no planned call ${id}.`)
    if (before === undefined) throw new Problem('call_ended', `${id} is over: ${row.sentence ?? row.state}.`)
    this.#tell(id, 'canceled')
    if (before.callId !== null) await phone.hangUp(before.callId as CallId)
    this.#options.over?.(row)
    return row
  }

  wake(): void {
    if (this.#state !== 'open') return
    if (this.#work !== undefined) {
      this.#again = true
      return
    }
    this.#timer?.stop()
    this.#work = this.#passes().finally(() => {
      this.#work = undefined
      if (this.#again) this.wake()
    })
  }

  /** Calls of attempts that were begun and surely not sent when the service was killed. */
  async unsent(): Promise<ReadonlySet<string>> {
    const open = await openAttempts(this.#options.store.db)
    return new Set(open.filter(({ attempt }) => attempt.state === 'claimed').map(({ attempt }) => attempt.callId))
  }

  /** Settles what a killed service left under way, whose calls have ended by now, and begins. */
  async start(): Promise<void> {
    const { db } = this.#options.store
    const kept = await getDialerRules(db)
    this.#rules = { ...defaultRules, ...kept }
    this.#ruled = kept !== undefined
    for (const open of await openAttempts(db)) await this.#attempts.recover(open)
    this.#state = 'open'
    this.wake()
  }

  /** Begins no more calls; those that had not left wait for the next start. */
  close(): void {
    this.#state = 'closing'
    this.#timer?.stop()
    this.#lobby.close()
    this.#gate.close()
  }

  async settled(): Promise<void> {
    await this.#work
    await this.#attempts.settled()
  }

  async #passes(): Promise<void> {
    let wait = laterMs
    try {
      do {
        this.#again = false
        wait = await this.#pass()
      } while (this.#again && this.#state === 'open')
    } catch (error) {
      this.#options.log.error({ err: error }, 'the dialer could not read what is due; it is tried again')
      wait = laterMs
    }
    if (this.#state === 'open') this.#timer = this.#options.clock.after(wait, () => this.wake())
  }

  /** @returns milliseconds until the next one is worth it */
  async #pass(): Promise<number> {
    const { store, clock, phone, log } = this.#options
    const { db } = store
    await runSchedules({ db, log, now: clock.wall(), newRow: (call, times) => this.newRow(call, times) })
    if (!phone.open) return laterMs
    let wait = lookAgainMs
    for (const lane of await dueLanes(db, new Date(clock.wall()))) {
      wait = Math.min(wait, await this.#passLane(lane))
      if (this.#state !== 'open') return laterMs
    }
    const now = clock.wall()
    const coming = [await nextDue(db, new Date(now)), await nextSchedule(db)]
    return Math.max(0, Math.min(wait, ...coming.map((at) => (at === undefined ? wait : at.getTime() - now))))
  }

  async #passLane(lane: string): Promise<number> {
    const { store, clock, phone } = this.#options
    for (;;) {
      // While audio is late no call is let in, and the store would be asked for the same ones without end.
      if (!phone.open) return laterMs
      const limits = this.#limits.of(lane, this.#rules)
      const full = this.#gate.wait(limits)
      if (full > 0) return full
      const closed = this.#rules.destinations
        .map((rule) => ({ rule, wait: this.#gate.wait(this.#limits.ofRules([rule])) }))
        .filter(({ wait }) => wait > 0)
      const now = new Date(clock.wall())
      const but = closed.map(({ rule }) => rule.prefix)
      const rows = await dueIn(store.db, { lane, now, but, limit: batch })
      if (rows.length === 0) return Math.min(Number.POSITIVE_INFINITY, ...closed.map(({ wait }) => wait))
      await this.#letIn(rows, lane)
      if (this.#state !== 'open') return laterMs
    }
  }

  /** Takes on as many of these as there is room for, in their order. */
  async #letIn(rows: readonly PlannedCallRow[], lane: string): Promise<void> {
    const { store, clock, phone } = this.#options
    const { db } = store
    const taken: { readonly row: PlannedCallRow; readonly callId: CallId; readonly ticket: Ticket }[] = []
    const skipped = new Set<string>()
    for (const row of rows) {
      const wall = clock.wall()
      const change = await this.#verdicts.judge(row, this.#rules, wall)
      const there = await this.#laneOf(row)
      if (change !== undefined || there !== lane) {
        await changeWaiting(db, row.id, change ?? { lane: there }, new Date(wall))
        if (change?.failed !== undefined) {
          this.#tell(row.id, 'failed')
          await this.#attempts.tellOver(row.id)
        }
        continue
      }
      if (!phone.open || this.#gate.wait(this.#limits.of(lane, this.#rules)) > 0) break
      const rules = rulesFor(this.#rules, row.to)
      // Who is behind another one of the same rule does not overtake it.
      const room =
        rules.every(({ prefix }) => !skipped.has(prefix)) && this.#gate.wait(this.#limits.ofRules(rules)) === 0
      if (!room) {
        for (const { prefix } of rules) skipped.add(prefix)
        continue
      }
      const ticket = this.#gate.enter([...this.#limits.of(lane, this.#rules), ...this.#limits.ofRules(rules)])
      taken.push({ row, callId: newId('call', wall), ticket })
    }
    const claims = taken.map(({ row, callId }) => ({ id: row.id, callId }))
    let claimed: ReadonlySet<string> = new Set()
    try {
      claimed = await claimPlanned(db, claims, new Date(clock.wall()))
    } finally {
      for (const { row, callId, ticket } of taken) {
        if (claimed.has(row.id)) {
          this.#tell(row.id, 'calling')
          this.#attempts.begin(row, callId, ticket)
        } else ticket.over()
      }
    }
  }

  #tell(planned: string, state: PlannedCallRow['state']): void {
    const { bus, clock } = this.#options
    bus.publish({ type: `planned.${state}`, at: clock.wall(), planned: planned as Id<'planned'> })
  }

  #laneOf(call: Pick<StoredScheduledCall, 'to' | 'from' | 'does'>): Promise<string> {
    return this.#limits.laneOf(call.to, this.#shown(call.from, call.to), trunkOf(call))
  }

  #shown(from: Address, to: Address): Address {
    return shownCaller(this.#rules, from, to)
  }
}

const trunkOf = ({ does }: Pick<StoredScheduledCall, 'does'>): string | undefined =>
  does.kind === 'call_file' ? does.trunk : undefined
