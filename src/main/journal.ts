import type { Bus } from '../base/bus.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { CallObserver } from '../engines/embedded/engine.ts'
import type { RefusedCall } from '../engines/embedded/front-door.ts'
import { type Address, addressKey } from '../phone/address.ts'
import type { Call, TimelineEvent } from '../phone/call.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { CallId } from '../phone/id.ts'
import type { CallEnd } from '../phone/reason.ts'
import { addCallEvents, answerCall, endCall, insertCall, setCallForward } from '../store/calls.ts'
import type { Db } from '../store/store.ts'

/** Lines of a story are written together, this long after the first of them. */
const gatherMs = 250
/** After its end a call's last messages still come; its entry is kept for so long. */
const tailMs = 2000

interface Entry {
  events: TimelineEvent[]
  /** Writes of one call follow each other. */
  work: Promise<void>
  inserted: boolean
  timer: Timer | undefined
  leaving: Timer | undefined
}

export interface JournalOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
}

interface Start {
  readonly id: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly from: Address
  readonly to: Address
  readonly startedAt: number
}

/** Writes calls down as they happen. A write that fails is logged and never disturbs the call. */
export class CallJournal implements CallObserver {
  readonly #options: JournalOptions
  readonly #entries = new Map<CallId, Entry>()

  constructor(options: JournalOptions) {
    this.#options = options
  }

  /** Calls whose last line is not written yet. */
  get open(): number {
    return this.#entries.size
  }

  timeline(id: CallId, event: TimelineEvent): void {
    const entry = this.#entry(id)
    entry.events.push(event)
    if (event.kind === 'answered') this.#write(id, 'call.updated', (db) => answerCall(db, id, new Date(event.at)))
    if (!entry.inserted) return
    entry.timer ??= this.#options.clock.after(gatherMs, () => this.#flush(id))
  }

  /** A call that came in. */
  arrived(call: Call): void {
    this.started({ id: call.id, direction: call.direction, from: call.from, to: call.to, startedAt: call.startedAt })
    void call.ended.then((end) => this.#end(call.id, end))
  }

  /** Writes the row. Does nothing for a call that has one. */
  started(call: Start): void {
    const entry = this.#entry(call.id)
    if (entry.inserted) return
    entry.inserted = true
    const { id, direction, from, to, startedAt } = call
    this.#write(id, 'call.started', (db) =>
      insertCall(db, {
        id,
        direction,
        from,
        fromKey: addressKey(from),
        to,
        toKey: addressKey(to),
        startedAt: new Date(startedAt),
      }),
    )
    this.#flush(id)
  }

  placed(call: Omit<Start, 'direction'>): void {
    this.started({ ...call, direction: 'outbound' })
  }

  refused(call: RefusedCall): void {
    this.started(call)
    this.#end(call.id, call.end)
  }

  /** A call that we placed was answered; its end is awaited. */
  follow(call: Call): void {
    void call.ended.then((end) => this.#end(call.id, end))
  }

  forwardOf(id: CallId, forward: string): void {
    this.#write(id, undefined, (db) => setCallForward(db, id, forward))
  }

  /** Resolves when all that was told of the call until now is in the store. */
  async written(id: CallId): Promise<void> {
    this.#flush(id)
    await this.#entries.get(id)?.work
  }

  /** Writes everything that is held; to be called when no call is left. */
  async close(): Promise<void> {
    const entries = [...this.#entries]
    for (const [id, entry] of entries) {
      this.#flush(id)
      entry.leaving?.stop()
    }
    await Promise.all(entries.map(([, entry]) => entry.work))
    this.#entries.clear()
  }

  #entry(id: CallId): Entry {
    const known = this.#entries.get(id)
    if (known !== undefined) return known
    const entry: Entry = { events: [], work: Promise.resolve(), inserted: false, timer: undefined, leaving: undefined }
    this.#entries.set(id, entry)
    return entry
  }

  #flush(id: CallId): void {
    const entry = this.#entries.get(id)
    if (entry === undefined || !entry.inserted) return
    entry.timer?.stop()
    entry.timer = undefined
    if (entry.events.length === 0) return
    const events = entry.events
    entry.events = []
    this.#write(id, undefined, (db) => addCallEvents(db, id, events))
  }

  #end(id: CallId, end: CallEnd): void {
    this.#flush(id)
    this.#write(id, 'call.ended', (db) => endCall(db, id, end))
    const entry = this.#entry(id)
    entry.leaving ??= this.#options.clock.after(tailMs, () => {
      this.#flush(id)
      void entry.work.then(() => this.#entries.delete(id))
    })
  }

  #write(
    id: CallId,
    type: 'call.started' | 'call.updated' | 'call.ended' | undefined,
    write: (db: Db) => Promise<unknown>,
  ): void {
    const { db, bus, clock, log } = this.#options
    const entry = this.#entry(id)
    entry.work = entry.work
      .then(() => write(db))
      .then(
        () => {
          if (type !== undefined) bus.publish({ type, at: clock.wall(), call: id })
        },
        (error: unknown) => log.error({ call: id, err: error }, 'a call could not be written down'),
      )
  }
}
