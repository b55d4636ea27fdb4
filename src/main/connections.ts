import type { ConnectionDesk, StartConnection } from '../api/ports.ts'
import { monitor } from '../apps/monitor.ts'
import { type Travel, type TravelEnd, travel } from '../apps/travel.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { needsWords, stepOf } from '../menu/travel.ts'
import { addressKey } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { type Id, newId } from '../phone/id.ts'
import { noRecogniser } from '../phone/listen.ts'
import { Problem } from '../phone/problem.ts'
import {
  type ConnectionChange,
  type ConnectionRow,
  insertConnection,
  interruptConnections,
  updateConnection,
} from '../store/connections.ts'
import type { Store } from '../store/store.ts'
import type { StoreActions } from './actions.ts'
import type { CallJournal } from './journal.ts'
import type { RunningPhone } from './phone.ts'

export interface ConnectionsOptions {
  readonly store: Store
  readonly phone: Pick<RunningPhone, 'placeRun' | 'checkCallable' | 'checkOpen'>
  readonly journal: Pick<CallJournal, 'timeline'>
  readonly recordings: StoreActions
  /** Whether words can be had of calls. */
  readonly hears: () => boolean
  readonly bus: Bus<ServiceEvent>
  readonly clock: Clock
  readonly log: Logger
}

/** How long the menu's own number rings. */
const ringSeconds = 60

type ConnectionId = Id<'connection'>
type NewChange = Omit<ConnectionChange, 'updatedAt'>

/** Calls that travel through a menu and put somebody through; kept at each step. */
export class Connections implements ConnectionDesk {
  readonly #options: ConnectionsOptions
  /** Changes of one follow each other. */
  readonly #writes = new Map<string, Promise<void>>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  async start({ from, number, to, way, seconds, record, steps }: StartConnection): Promise<ConnectionId> {
    const { store, phone, clock, hears, log } = this.#options
    const plan: Travel = { steps: steps ?? way.map(({ press, hear }) => stepOf(press, hear)), to, seconds }
    if (plan.steps.some(needsWords) && !hears()) throw new Problem('not_supported', noRecogniser)
    // Nobody is called for somebody who could not be put through.
    await phone.checkCallable(number, '/number')
    await phone.checkCallable(to, '/to')
    await phone.checkOpen(number, '/number')
    await phone.checkOpen(to, '/to')
    const now = new Date(clock.wall())
    const id = newId('connection', now.getTime())
    const row: ConnectionRow = {
      ...{ id, number: addressKey(number), to: addressKey(to), caller: addressKey(from), way: [...way], seconds },
      ...{ state: 'calling', pressed: 0, talkSeconds: null, failure: null, callId: null, recordingId: null },
      ...{ createdAt: now, updatedAt: now, endedAt: null },
    }
    await insertConnection(store.db, row)
    const over = (end: TravelEnd): Promise<void> => this.#change(id, ended(end, new Date(clock.wall())))
    try {
      const placed = await phone.placeRun({
        ...{ from, to: number, seconds: ringSeconds },
        begun: () => {},
        ringing: () => {},
        notAnswered: ({ code, sentence }) => {
          const fault = { state: 'failed', failure: { code, sentence }, endedAt: new Date(clock.wall()) } as const
          void this.#change(id, fault)
        },
        answered: async (call) => {
          try {
            await over(await this.#run(id, call, plan, record))
          } catch (err) {
            log.error({ call: call.id, connection: id, err }, 'a call through a menu failed')
            const sentence = 'A fault in the service ended it; the log has it under the id of the call.'
            await this.#change(id, {
              ...{ state: 'failed', failure: { code: 'failed', sentence } },
              endedAt: new Date(clock.wall()),
            })
            if (!call.signal.aborted) await call.hangup({ code: 'failed', sentence })
          }
        },
      })
      await this.#change(id, { callId: placed.id })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const failure = { code: error.code, sentence: error.message }
      await this.#change(id, { state: 'failed', failure, endedAt: new Date(clock.wall()) })
      throw error
    }
    return id
  }

  /** Before the first call of this run. */
  async recover(): Promise<void> {
    const { store, clock } = this.#options
    const sentence = 'The service ended while it was under way.'
    await interruptConnections(store.db, new Date(clock.wall()), sentence)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#writes.values())
  }

  async #run(id: ConnectionId, call: Call, plan: Travel, record: boolean): Promise<TravelEnd> {
    const { clock, recordings, journal } = this.#options
    if (record) {
      const { recording } = await monitor(call, { block: 'monitor', channels: 'stereo' }, recordings)
      await this.#change(id, { recordingId: String(recording) })
    }
    return travel(call, plan, {
      clock,
      note: (text) => journal.timeline(call.id, { at: clock.wall(), kind: 'app', text }),
      progress: (news) => this.#change(id, news.state === 'ringing' ? { ...news, pressed: plan.steps.length } : news),
    })
  }

  #change(id: ConnectionId, change: NewChange): Promise<void> {
    const { store, bus, clock, log } = this.#options
    const write = (this.#writes.get(id) ?? Promise.resolve())
      .then(async () => {
        const at = clock.wall()
        if (!(await updateConnection(store.db, id, { ...change, updatedAt: new Date(at) }))) return
        bus.publish({
          type: change.endedAt === undefined ? 'connection.updated' : 'connection.ended',
          ...{ at, connection: id },
        })
      })
      .catch((err: unknown) => log.error({ connection: id, err }, 'a connection could not be written down'))
      .finally(() => {
        if (this.#writes.get(id) === write) this.#writes.delete(id)
      })
    this.#writes.set(id, write)
    return write
  }
}

const ended = (end: TravelEnd, endedAt: Date): NewChange =>
  end.kind === 'done'
    ? { state: 'done', talkSeconds: end.seconds, endedAt }
    : { state: 'failed', failure: { code: end.code, sentence: end.sentence }, endedAt }
