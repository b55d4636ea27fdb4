import type { Store } from '../store/store.ts'
import { allWebhooks, type WebhookRow } from '../store/webhooks.ts'
import { openSecrets } from './secrets.ts'

/** A subscribed webhook, opened. */
export interface Endpoint {
  readonly id: string
  /** Whole, with credentials where it has some. */
  readonly url: string
  /** Tried within the same attempt where the URL fails. */
  readonly fallbackUrl: string | undefined
  readonly events: readonly string[]
  readonly enabled: boolean
  /** What requests are signed with at this time (milliseconds since 1970). */
  secrets(wall: number): readonly string[]
}

/** The subscribed webhooks, held in memory: each event of each call asks for them. */
export class Endpoints {
  readonly #store: Store
  #all: ReadonlyMap<string, Endpoint> = new Map()

  private constructor(store: Store) {
    this.#store = store
  }

  static async load(store: Store): Promise<Endpoints> {
    const endpoints = new Endpoints(store)
    await endpoints.reload()
    return endpoints
  }

  /** After each change in the store. */
  async reload(): Promise<void> {
    const rows = await allWebhooks(this.#store.db)
    this.#all = new Map(rows.map((row) => [row.id, this.#open(row)]))
  }

  get(id: string): Endpoint | undefined {
    return this.#all.get(id)
  }

  get any(): boolean {
    return this.#all.size > 0
  }

  /** Those that are to be told of this. */
  of(event: string): readonly Endpoint[] {
    return [...this.#all.values()].filter(({ enabled, events }) => enabled && events.some((e) => covers(e, event)))
  }

  #open({ id, url, fallbackUrl: fallback, events, enabled, secretsSealed, formerUntil }: WebhookRow): Endpoint {
    const { url: whole, fallbackUrl: wholeFallback, standard = [] } = openSecrets(this.#store.keys, secretsSealed, id)
    const until = formerUntil?.getTime() ?? 0
    const secrets = (wall: number): readonly string[] => (wall < until ? standard : standard.slice(0, 1))
    return { id, url: whole ?? url, fallbackUrl: wholeFallback ?? fallback ?? undefined, events, enabled, secrets }
  }
}

/** `*`, `call.*` or the event itself. */
const covers = (subscribed: string, event: string): boolean =>
  subscribed === event || subscribed === '*' || (subscribed.endsWith('.*') && event.startsWith(subscribed.slice(0, -1)))
