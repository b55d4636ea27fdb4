import { randomInt } from 'node:crypto'
import type { Call } from '../../phone/call.ts'
import { ownRoom } from '../../phone/room.ts'
import type { DialBlock, NextBlock } from './block.ts'
import type { OfferUrls } from './notice.ts'
import type { SessionPorts } from './ports.ts'
import type { Prepared } from './run-block.ts'
import { Session } from './session.ts'
import { BlockRefused } from './status.ts'

/** Sessions that have ended are known for so long, so that whoever comes late is told that they have. */
const rememberedEnds = 10_000

/** All sessions, by their names. */
export class Sessions {
  readonly #ports: SessionPorts
  readonly #live = new Map<string, Session>()
  /** Who drove sessions that have ended. Bounded; oldest go first. */
  readonly #past = new Map<string, string>()

  #stopping = false

  constructor(ports: SessionPorts) {
    this.#ports = ports
  }

  /** Sessions whose end was not told yet. */
  get size(): number {
    return this.#live.size
  }

  /** Hands a call that came in to the application, and resolves when the session is over. */
  async arrived(call: Call, app: string, urls: OfferUrls): Promise<void> {
    const session = Session.answer(this.#ports, call, app, urls)
    this.#keep(session)
    await session.over
  }

  /** @throws BlockRefused */
  async dial(app: string, block: DialBlock): Promise<{ readonly session: string; readonly txnRef: string }> {
    const { admit, destination, callerId, newCallId } = this.#ports
    if (this.#stopping) throw new BlockRefused('error_call_service_not_available', 'the service is stopping')
    admit()
    const from = await callerId(block.callerId, app)
    const to = await destination(block.dest, from)
    const prepared = await this.#prompt(block)
    const session = Session.dial(this.#ports, app, newCallId(), block, { to, from, ...prepared })
    this.#keep(session)
    await session.stored
    return { session: session.id, txnRef: session.txnRef }
  }

  /** Starts the next block of a session. @throws BlockRefused */
  async next(app: string, id: string, block: NextBlock): Promise<{ readonly room?: string }> {
    const session = this.#find(app, id)
    session.check(block)
    const prepared = { ...(await this.#place(session, block)), ...(await this.#prompt(block)) }
    // Another request may have come in between; the session looks again.
    session.start(block, prepared)
    await session.stored
    return prepared.transfer?.kind === 'room' ? { room: prepared.transfer.room } : {}
  }

  /** Refuses new calls and gives up those that ring. */
  stop(): void {
    this.#stopping = true
    for (const session of this.#live.values()) session.giveUp()
  }

  /** Resolves when no session is left. */
  async settled(): Promise<void> {
    await Promise.all([...this.#live.values()].map((session) => session.over))
  }

  #find(app: string, id: string): Session {
    const session = this.#live.get(id)
    const owner = session?.app ?? this.#past.get(id)
    if (owner === undefined) throw new BlockRefused('error_invalid_session')
    if (owner !== app) throw new BlockRefused('error_session_access_denied')
    if (session === undefined) throw new BlockRefused('error_session_ended')
    return session
  }

  #keep(session: Session): void {
    this.#live.set(session.id, session)
    void session.over.then(() => {
      this.#live.delete(session.id)
      this.#past.set(session.id, session.app)
      for (const oldest of this.#past.keys()) {
        if (this.#past.size <= rememberedEnds) break
        this.#past.delete(oldest)
      }
    })
  }

  async #prompt(block: DialBlock | NextBlock): Promise<Prepared> {
    if (block.kind === 'unhold' || block.message === undefined) return {}
    return { prompt: await this.#ports.prepare(block.message) }
  }

  async #place(session: Session, block: NextBlock): Promise<Prepared> {
    if (block.kind === 'monitor') this.#need('monitor')
    if (block.kind !== 'transfer') return {}
    const room = /^room:(.*)$/i.exec(block.dest)?.[1]
    if (room !== undefined) return { transfer: this.#room(session.app, room) }
    const { callerId, destination } = this.#ports
    const { remote, number } = session
    const from = block.callerId === undefined ? remote : await callerId(block.callerId, session.app)
    const to = await destination(block.dest, from, number)
    return { transfer: { kind: 'call', to, from, ...(number === undefined ? {} : { number }) } }
  }

  /** Rooms of two applications are never the same. */
  #room(app: string, asked: string): NonNullable<Prepared['transfer']> {
    this.#need('join')
    const room = asked === '' ? `R${randomInt(2 ** 47).toString(36)}` : asked
    return { kind: 'room', name: ownRoom(app, room), room }
  }

  #need(block: 'monitor' | 'join'): void {
    if (this.#ports.blocks.has(block)) return
    throw new BlockRefused('error_call_service_not_available', `the engine does not have ${block}`)
  }
}
