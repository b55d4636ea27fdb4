import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { Flow } from '../message/message.ts'
import type { Binding, BindingStore } from './binding-store.ts'
import { changeBindings } from './change-bindings.ts'

export interface EvictionOptions {
  readonly store: BindingStore
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** 30 unless given. */
  readonly everySeconds?: number
  /** Told of each address whose bindings ended. */
  readonly onEnded: (aor: string, bindings: readonly Binding[]) => void
}

/** Takes ended bindings out of the store from time to time. `liveBindings` leaves them out already before that. */
export function startEviction(options: EvictionOptions): void {
  const { store, clock, scope, log } = options
  const ms = (options.everySeconds ?? 30) * 1000
  let timer: Timer | undefined
  const next = (): void => {
    timer = clock.after(ms, () => {
      evict(store, clock.wall(), options.onEnded)
        .catch((error: unknown) => log.error({ err: error }, 'ended registrations could not be taken out'))
        .finally(() => {
          if (!scope.closed) next()
        })
    })
  }
  next()
  scope.add('registration eviction', () => timer?.stop())
}

/** @param now milliseconds since 1970 */
export async function evict(store: BindingStore, now: number, onEnded: EvictionOptions['onEnded']): Promise<void> {
  await keepOnly(store, (binding) => binding.expiresAt > now, onEnded)
}

/** Takes out the bindings of a connection that is gone: nothing can be sent there any more. */
export async function evictFlow(store: BindingStore, flow: Flow, onEnded: EvictionOptions['onEnded']): Promise<void> {
  const { connection, transport } = flow
  if (connection === undefined) return
  await keepOnly(
    store,
    (binding) => binding.flow.connection !== connection || binding.flow.transport !== transport,
    onEnded,
  )
}

async function keepOnly(
  store: BindingStore,
  keep: (binding: Binding) => boolean,
  onEnded: EvictionOptions['onEnded'],
): Promise<void> {
  for (const aor of await store.aors()) {
    const ended = await changeBindings(store, aor, (bindings) => {
      const kept = bindings.filter(keep)
      return kept.length === bindings.length
        ? { result: [] }
        : { result: bindings.filter((binding) => !keep(binding)), bindings: kept }
    })
    if (ended.length > 0) onEnded(aor, ended)
  }
}

/** Where an address can be reached now, best first (q, then the one that registered last). @param now milliseconds since 1970 */
export async function liveBindings(store: BindingStore, aor: string, now: number): Promise<readonly Binding[]> {
  const live = (await store.get(aor)).filter((binding) => binding.expiresAt > now)
  return live.sort((a, b) => b.q - a.q || b.expiresAt - a.expiresAt)
}
