import type { TrunkState } from '../api/ports.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { Trunk } from '../engines/embedded/directory.ts'
import type { RegistrationReport } from '../sip/registration/machine.ts'
import { Registration } from '../sip/registration/registration.ts'
import type { UserAgent } from '../sip/user-agent/user-agent.ts'

const farewellMs = 2000

interface Entry {
  readonly trunk: Trunk
  readonly registration: Registration | undefined
  state: TrunkState
}

export interface TrunkRegistrationsOptions {
  readonly ua: UserAgent
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** Why the switch that this URI leads to carries no calls now. */
  away(uri: string): string | undefined
}

/** Keeps every trunk registered that asks for it, and says where each stands. */
export class TrunkRegistrations {
  readonly #options: TrunkRegistrationsOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: TrunkRegistrationsOptions) {
    this.#options = options
  }

  state(id: string): TrunkState | undefined {
    const entry = this.#entries.get(id)
    const away = entry === undefined ? undefined : this.#options.away(entry.trunk.uri)
    return away === undefined ? entry?.state : { state: 'failed', sentence: away }
  }

  /** Starts what is new or changed, and stops what is gone. */
  update(trunks: readonly Trunk[]): void {
    const wanted = new Map(trunks.map((trunk) => [trunk.id, trunk]))
    for (const [id, entry] of this.#entries) {
      if (JSON.stringify(wanted.get(id)) === JSON.stringify(entry.trunk)) continue
      void entry.registration?.stop()
      this.#entries.delete(id)
    }
    for (const trunk of trunks) if (!this.#entries.has(trunk.id)) this.#start(trunk)
  }

  /** Signs out everywhere. A registrar that gives no answer is not waited for: its binding runs out by itself. */
  async stop(): Promise<void> {
    const farewells = Promise.all([...this.#entries.values()].map((entry) => entry.registration?.stop()))
    let timer: Timer | undefined
    const late = new Promise<void>((resolve) => {
      timer = this.#options.clock.after(farewellMs, resolve)
    })
    await Promise.race([farewells, late])
    timer?.stop()
  }

  #start(trunk: Trunk): void {
    const { ua, clock, scope, log } = this.#options
    const { username, password } = trunk
    if (!trunk.register) {
      const sentence = `calls are sent to ${trunk.uri}; it does not register`
      this.#entries.set(trunk.id, { trunk, registration: undefined, state: { state: 'static', sentence } })
      return
    }
    if (username === undefined || password === undefined) {
      const sentence = 'it is to register, but has no username and password'
      this.#entries.set(trunk.id, { trunk, registration: undefined, state: { state: 'failed', sentence } })
      return
    }
    const registration = Registration.start({
      ua,
      clock,
      scope,
      log: log.child({ trunk: trunk.name }),
      registrar: trunk.uri,
      login: { username, password },
      onReport: (report) => this.#report(trunk, report),
    })
    const sentence = `signing in at ${trunk.uri}`
    this.#entries.set(trunk.id, { trunk, registration, state: { state: 'registering', sentence } })
  }

  #report(trunk: Trunk, report: RegistrationReport): void {
    const entry = this.#entries.get(trunk.id)
    if (entry === undefined || entry.trunk !== trunk) return
    const { clock, log } = this.#options
    switch (report.kind) {
      case 'registered':
        entry.state = {
          state: 'registered',
          sentence: `registered at ${trunk.uri}`,
          since: clock.wall(),
          expiresAt: report.until,
        }
        return
      case 'failed':
        log.warn({ trunk: trunk.name, status: report.status ?? null, retryMs: report.retryMs }, report.sentence)
        entry.state = { state: report.registered ? 'registered' : 'failed', sentence: report.sentence }
        return
      case 'unregistered':
        entry.state = { state: 'static', sentence: 'signed out' }
    }
  }
}
