import type { Clock } from '../base/clock.ts'
import type { Flow } from '../sip/message/message.ts'
import type { Binding, BindingStore } from '../sip/registrar/binding-store.ts'
import { liveBindings, putBindings } from '../store/bindings.ts'
import type { Db } from '../store/store.ts'

/** Registrations, in memory for every call and in the store so that they outlive a restart. */
export class KeptBindings implements BindingStore {
  readonly #db: Db
  readonly #clock: Clock
  readonly #bindings = new Map<string, readonly Binding[]>()
  /** When each contact registered first, milliseconds since 1970. */
  readonly #since = new WeakMap<Binding, number>()

  private constructor(db: Db, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** Those of a stream are left out: its connection went with the process that had it, and the phone makes a new one. */
  static async load(db: Db, clock: Clock): Promise<KeptBindings> {
    const kept = new KeptBindings(db, clock)
    for (const row of await liveBindings(db, new Date(clock.wall()))) {
      const flow = row.flow as unknown as Flow
      if (flow.connection !== undefined) continue
      const binding: Binding = {
        contact: row.contact,
        flow,
        expiresAt: row.expiresAt.getTime(),
        callId: row.callId,
        cseq: row.cseq,
        q: row.q,
        ...(row.userAgent === null ? {} : { userAgent: row.userAgent }),
      }
      kept.#since.set(binding, row.updatedAt.getTime())
      kept.#bindings.set(row.username, [...kept.get(row.username), binding])
    }
    return kept
  }

  get(username: string): readonly Binding[] {
    return this.#bindings.get(username) ?? []
  }

  aors(): readonly string[] {
    return [...this.#bindings.keys()]
  }

  since(binding: Binding): number {
    return this.#since.get(binding) ?? this.#clock.wall()
  }

  async put(username: string, bindings: readonly Binding[]): Promise<void> {
    const before = this.get(username)
    const now = this.#clock.wall()
    for (const binding of bindings) {
      const former = before.find((b) => b.contact === binding.contact)
      if (!this.#since.has(binding)) this.#since.set(binding, former === undefined ? now : this.since(former))
    }
    if (bindings.length === 0) this.#bindings.delete(username)
    else this.#bindings.set(username, bindings)
    await putBindings(
      this.#db,
      username,
      bindings.map((b) => ({
        contact: b.contact,
        flow: { ...b.flow },
        expiresAt: new Date(b.expiresAt),
        callId: b.callId,
        cseq: b.cseq,
        q: b.q,
        userAgent: b.userAgent ?? null,
        updatedAt: new Date(this.since(b)),
      })),
    )
  }

  /** Forgets an extension that is gone; its rows went with it. */
  forget(username: string): void {
    this.#bindings.delete(username)
  }
}
