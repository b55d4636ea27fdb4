import type { Bus } from '../base/bus.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { TimelineEvent } from '../phone/call.ts'
import { type Cdr, cdrOf } from '../phone/cdr.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { CallId } from '../phone/id.ts'
import type { CallEnd } from '../phone/reason.ts'
import { type CallWithStory, callsWithoutCdr, endedWithStory, insertCdrs } from '../store/cdrs.ts'
import type { Db } from '../store/store.ts'

export interface CdrsOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly scope: Scope
}

/** Records of calls that end together are written together. */
const gatherMs = 250
const againMs = 5000
const batch = 200
/** Calls that ended longer ago, before there were records, get none. */
const lookBackMs = 7 * 24 * 3600_000

/** Writes the record of each call once its story is whole. One that a kill kept from it is written by the next start. */
export class Cdrs {
  readonly #options: CdrsOptions
  readonly #waiting = new Set<string>()
  #timer: Timer | undefined
  #work: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: CdrsOptions) {
    this.#options = options
    options.scope.add('call records', () => this.close())
  }

  /** Writes those that are missing. */
  async start(): Promise<void> {
    const { db, clock } = this.#options
    const since = new Date(clock.wall() - lookBackMs)
    for (;;) {
      const ids = await callsWithoutCdr(db, since, batch)
      if (ids.length === 0) return
      await this.#write(ids)
      if (ids.length < batch) return
    }
  }

  /** All that is told of it stands in the store. */
  closed(call: CallId): void {
    this.#waiting.add(call)
    this.#later(gatherMs)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.stop()
    this.#flush()
    await this.#work
  }

  #later(ms: number): void {
    if (this.#closed) return
    this.#timer ??= this.#options.clock.after(ms, () => {
      this.#timer = undefined
      this.#flush()
    })
  }

  #flush(): void {
    const ids = [...this.#waiting].slice(0, batch)
    for (const id of ids) this.#waiting.delete(id)
    if (ids.length === 0) return
    this.#work = this.#work.then(async () => {
      try {
        await this.#write(ids)
      } catch (err) {
        this.#options.log.warn(
          { calls: ids.length, err },
          'records of calls could not be written; they are tried again',
        )
        for (const id of ids) this.#waiting.add(id)
        this.#later(againMs)
      }
    })
    if (this.#waiting.size > 0) this.#later(gatherMs)
  }

  async #write(ids: readonly string[]): Promise<void> {
    const { db, bus, clock } = this.#options
    const found = await endedWithStory(db, ids)
    const records = found.flatMap((one) => readCdr(one))
    const rows = records.map((record) => ({
      ...{ callId: record.call, account: record.account, disposition: record.disposition, record },
      ...{ startedAt: new Date(record.startedAt), endedAt: new Date(record.endedAt) },
    }))
    for (const id of await insertCdrs(db, rows))
      bus.publish({ type: 'cdr.written', at: clock.wall(), cdr: id as CallId })
  }
}

function readCdr({ call, story }: CallWithStory): readonly Cdr[] {
  const { id, direction, account, from, to, startedAt, answeredAt, end } = call
  if (end === null) return []
  return [
    cdrOf({
      ...{ call: id, direction, account, from, to, startedAt: startedAt.getTime() },
      answeredAt: answeredAt === null ? null : answeredAt.getTime(),
      // As the journal wrote them.
      end: end as CallEnd,
      story: story.map(({ at, kind, text, data }) => ({
        ...{ at: at.getTime(), kind: kind as TimelineEvent['kind'], text },
        ...(data === null ? {} : { data }),
      })),
    }),
  ]
}
