import type { Bus } from '../base/bus.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { CallObserver } from '../engines/embedded/engine-options.ts'
import type { RefusedCall } from '../engines/embedded/front-door.ts'
import { type Address, addressKey, describeAddress } from '../phone/address.ts'
import type { Call, TimelineEvent } from '../phone/call.ts'
import type { CallEvent, ServiceEvent } from '../phone/event.ts'
import type { CallId } from '../phone/id.ts'
import type { CallEnd } from '../phone/reason.ts'
import type { Room, RoomEvent } from '../phone/room.ts'
import { writeCallChanges } from '../store/call-changes.ts'
import type { CallRow, NewCall } from '../store/calls.ts'
import type { Db } from '../store/store.ts'
import type { InsertedDelivery, NewDelivery } from '../store/webhook-deliveries.ts'
import { conferenceEvent } from './conferences.ts'

/** Changes of all calls are written together, this long after the first of them; lines of a story may wait longer. */
const gatherMs = 50
const storyMs = 250
/** After its end a call's last messages still come; its entry is kept for so long. */
const tailMs = 2000

/** Between tries while the store takes nothing, and how many calls are held so long: an hour at three a second. */
const againMs = 2000
const mostHeld = 10_000

/** Writes at the same time, each of other calls: what is told of one does not wait for what becomes of another. */
const mostWrites = 4

/** What is not written yet of one call. */
interface Pending {
  readonly id: CallId
  /** Somebody waits to be told of it. */
  urgent?: true
  started?: NewCall
  answeredAt?: Date
  forwardId?: string
  end?: CallEnd
  events: TimelineEvent[]
}

interface Entry {
  begun: boolean
  /** Lines that came before the call itself. */
  early: TimelineEvent[]
  leaving: Timer | undefined
  /** The call as it was written last. */
  row: CallRow | undefined
}

/** What a call came to, and the call as it is then. */
export interface Happening {
  readonly event: CallEvent
  readonly call: CallRow
}

/** Writes down what happened, together with what others are to be told of it. */
export type CallWriter = (
  happened: readonly Happening[],
  write: (told: readonly NewDelivery[]) => Promise<readonly InsertedDelivery[]>,
) => Promise<void>

export interface JournalOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  /** Whether somebody waits to be told: what is told is then written at once, not gathered. */
  readonly atOnce?: () => boolean
  readonly write?: CallWriter
  /** The last line of the call's story is written. */
  readonly closed?: (id: CallId) => void
}

interface Start {
  readonly id: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly from: Address
  readonly to: Address
  readonly startedAt: number
  /** Whom it is charged to. */
  readonly account?: string | undefined
}

/** Writes calls down as they happen. A write that fails is logged and never disturbs the call. */
export class CallJournal implements CallObserver {
  readonly #options: JournalOptions
  readonly #entries = new Map<CallId, Entry>()
  #pending = new Map<CallId, Pending>()
  #timer: Timer | undefined
  /** When the timer fires. */
  #due = Number.POSITIVE_INFINITY
  #closing = false
  /** Writes of one call follow each other, so that what is told of it is written in order. */
  readonly #writing = new Map<CallId, Promise<void>>()
  #writes = 0
  /** Something could not be written yet, and goes with the next write. */
  #left = false
  #hurried = false
  /** The store took nothing; it is not tried again before. */
  #awayUntil = 0

  constructor(options: JournalOptions) {
    this.#options = options
  }

  /** Calls whose last line is not written yet. */
  get open(): number {
    return this.#entries.size
  }

  timeline(id: CallId, event: TimelineEvent): void {
    const entry = this.#entry(id)
    if (!entry.begun) {
      entry.early.push(event)
      return
    }
    const pending = this.#change(id, event.kind === 'answered' ? gatherMs : storyMs)
    pending.events.push(event)
    if (event.kind === 'answered') pending.answeredAt ??= new Date(event.at)
  }

  /** A call that came in. */
  arrived(call: Call): void {
    this.#say('a call came in', call)
    this.started({ id: call.id, direction: call.direction, from: call.from, to: call.to, startedAt: call.startedAt })
    void call.ended.then((end) => this.#end(call.id, end))
  }

  /** Writes the row. Does nothing for a call that has one. */
  started(call: Start): void {
    const entry = this.#entry(call.id)
    if (entry.begun) return
    entry.begun = true
    const { id, direction, from, to, startedAt, account = null } = call
    const pending = this.#change(id, gatherMs)
    pending.started = {
      id,
      direction,
      from,
      fromKey: addressKey(from),
      to,
      toKey: addressKey(to),
      startedAt: new Date(startedAt),
      account,
    }
    const { early } = entry
    entry.early = []
    for (const event of early) this.timeline(id, event)
  }

  placed(call: Omit<Start, 'direction'>): void {
    this.#say('a call is placed', call)
    this.started({ ...call, direction: 'outbound' })
  }

  refused(call: RefusedCall): void {
    this.#say('a call is refused', call)
    this.started(call)
    this.#end(call.id, call.end)
  }

  room(room: Room, event: RoomEvent): void {
    this.#options.bus.publish(conferenceEvent(room, event, this.#options.clock.wall()))
  }

  /** A call that we placed was answered; its end is awaited. */
  follow(call: Call): void {
    void call.ended.then((end) => this.#end(call.id, end))
  }

  forwardOf(id: CallId, forward: string): void {
    this.#change(id, gatherMs).forwardId = forward
  }

  /** Resolves when all that was told of the call until now is in the store, or was tried: one that is away is not waited for. */
  async written(id: CallId): Promise<void> {
    if (this.#pending.has(id)) this.#flush()
    while (this.#writing.has(id) || (this.#left && this.#pending.has(id) && this.#writing.size > 0))
      await Promise.race(this.#writing.values())
  }

  /** Resolves when what is being written of the call is in the store; what came since is not waited for. */
  async writing(id: CallId): Promise<void> {
    await this.#writing.get(id)
  }

  /** Writes everything that is held; to be called when no call is left. */
  async close(): Promise<void> {
    this.#closing = true
    for (const entry of this.#entries.values()) entry.leaving?.stop()
    this.#flush()
    while (this.#writing.size > 0) await Promise.race(this.#writing.values())
    this.#entries.clear()
  }

  #say(text: string, { id, from, to }: Pick<Start, 'id' | 'from' | 'to'>): void {
    this.#options.log.info({ call: id, from: describeAddress(from), to: describeAddress(to) }, text)
  }

  #entry(id: CallId): Entry {
    let entry = this.#entries.get(id)
    if (entry === undefined) {
      entry = { begun: false, early: [], leaving: undefined, row: undefined }
      this.#entries.set(id, entry)
    }
    return entry
  }

  #end(id: CallId, end: CallEnd): void {
    const { log } = this.#options
    const change = this.#change(id, gatherMs)
    if (change.end === undefined)
      log.info({ call: id, code: end.code, by: end.by, reason: end.sentence }, 'a call ended')
    change.end ??= end
    this.#entry(id).leaving ??= this.#leaves(id)
  }

  /** Forgets the call, once all of it is in the store: its end is told from the row that is kept here. */
  #leaves(id: CallId): Timer {
    return this.#options.clock.after(tailMs, () => {
      void this.written(id).then(() => {
        if (this.#pending.has(id) && !this.#closing) this.#entry(id).leaving = this.#leaves(id)
        else {
          this.#entries.delete(id)
          this.#options.closed?.(id)
        }
      })
    })
  }

  /** What is pending of the call, which will be written within `ms`. */
  #change(id: CallId, ms: number): Pending {
    let pending = this.#pending.get(id)
    if (pending === undefined) {
      pending = { id, events: [] }
      this.#pending.set(id, pending)
    }
    if (ms === gatherMs && this.#options.atOnce?.() === true) {
      pending.urgent = true
      // With what else this very moment brings; a timer would wait for the next millisecond.
      if (!this.#hurried) queueMicrotask(() => this.#hurry())
      this.#hurried = true
      return pending
    }
    this.#flushIn(ms)
    return pending
  }

  #flushIn(ms: number): void {
    const { clock } = this.#options
    const due = clock.now() + ms
    if (due >= this.#due) return
    this.#timer?.stop()
    this.#due = due
    this.#timer = clock.after(ms, () => this.#flush())
  }

  /** Everything. */
  #flush(): void {
    this.#timer?.stop()
    this.#due = Number.POSITIVE_INFINITY
    this.#take([...this.#pending.values()])
  }

  /** Only what somebody waits for: lines of stories would make it later. */
  #hurry(): void {
    this.#hurried = false
    this.#take([...this.#pending.values()].filter(({ urgent }) => urgent))
  }

  #take(wanted: readonly Pending[]): void {
    const away = this.#awayUntil - this.#options.clock.now()
    if (away > 0 && !this.#closing) {
      this.#flushIn(away)
      return
    }
    const changes = this.#writes < mostWrites ? wanted.filter(({ id }) => !this.#writing.has(id)) : []
    if (changes.length < wanted.length) this.#left = true
    if (changes.length === 0) return
    for (const { id } of changes) this.#pending.delete(id)
    this.#writes++
    const work = this.#write(changes).finally(() => {
      this.#writes--
      for (const { id } of changes) this.#writing.delete(id)
      if (!this.#left) return
      this.#left = false
      this.#flush()
    })
    for (const { id } of changes) this.#writing.set(id, work)
  }

  /** @param together with what others are to be told of it */
  async #write(changes: readonly Pending[], together = this.#options.write !== undefined): Promise<void> {
    const { db, log, write: others = alone } = this.#options
    const after = new Map<CallId, CallRow>()
    const happened = changes.flatMap((change) => this.#happenings(change, after))
    try {
      await (together ? others : alone)(happened, (told) => writeCallChanges(db, changes, told))
    } catch (error) {
      const [first, ...rest] = changes
      const faultOfData = isFaultOfData(error)
      if (rest.length > 0 && faultOfData) {
        // One that the store does not take must not cost the others theirs.
        for (const change of changes) await this.#write([change], together)
        return
      }
      if (!faultOfData && !this.#closing) {
        this.#again(changes)
        log.warn({ calls: changes.length, err: error }, 'the store takes nothing now; calls are written down later')
        return
      }
      log.error({ calls: changes.map(({ id }) => id), err: error }, 'calls could not be written down')
      if (first === undefined || !faultOfData) return
      // Nor what is told of it the call itself; nor its words.
      if (together) await this.#write([first], false)
      else if (first.events.length > 0) await this.#write([{ ...first, events: [] }], false)
      return
    }
    const { bus } = this.#options
    for (const [id, call] of after) {
      const entry = this.#entries.get(id)
      if (entry !== undefined) entry.row = call
    }
    for (const { event } of happened) bus.publish(event)
  }

  /**
   * What a change comes to, one after the other, and the call as it is after each.
   * @param after is given the call as it is after all of them
   */
  #happenings({ id, started, answeredAt, forwardId, end }: Pending, after: Map<CallId, CallRow>): Happening[] {
    const at = this.#options.clock.wall()
    let call = started === undefined ? this.#entries.get(id)?.row : newRow(started)
    if (call === undefined) return []
    if (forwardId !== undefined) call = { ...call, forwardId }
    const found: Happening[] = []
    if (started !== undefined) found.push({ event: { type: 'call.started', at, call: id }, call })
    if (answeredAt !== undefined) {
      if (call.state === 'ringing') call = { ...call, state: 'up', answeredAt }
      found.push({ event: { type: 'call.updated', at, call: id }, call })
    }
    if (end !== undefined) {
      if (call.state !== 'ended')
        call = { ...call, state: 'ended', endedAt: new Date(end.at), endCode: end.code, end: { ...end } }
      found.push({ event: { type: 'call.ended', at, call: id }, call })
    }
    after.set(id, call)
    return found
  }

  /** Holds what could not be written before what came since, for another try. */
  #again(changes: readonly Pending[]): void {
    for (const old of changes) {
      const since = this.#pending.get(old.id)
      this.#pending.set(
        old.id,
        since === undefined ? old : { ...since, ...old, events: [...old.events, ...since.events] },
      )
    }
    for (const id of this.#pending.keys()) {
      if (this.#pending.size <= mostHeld) break
      this.#pending.delete(id)
      this.#options.log.error({ call: id }, 'a call is not written down: too many wait for the store')
    }
    this.#awayUntil = this.#options.clock.now() + againMs
    this.#flushIn(againMs)
  }
}

const alone: CallWriter = async (_happened, write) => {
  await write([])
}

const newRow = (call: NewCall): CallRow => ({
  ...call,
  account: call.account ?? null,
  ...{ state: 'ringing', forwardId: null, answeredAt: null, endedAt: null, endCode: null, end: null },
})

/** The store cannot be reached or has no room: SQLSTATE classes 08, 53, 57, or no SQLSTATE at all. Anything else is said of the values. */
function isFaultOfData(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return cause instanceof Error && 'code' in cause && /^(?!08|53|57)[0-9A-Z]{5}$/.test(String(cause.code))
}
