import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { Scope } from '../../src/base/scope.ts'
import type { Store } from '../../src/store/store.ts'
import { Endpoints } from '../../src/webhooks/endpoints.ts'
import { openGuard } from '../../src/webhooks/guard.ts'
import { Outbox, type OutboxOptions } from '../../src/webhooks/outbox.ts'

/** An outbox of this store. @param over `allow`: networks that it may send to, this host unless given */
export async function testOutbox(
  store: Store,
  scope: Scope,
  { allow = ['127.0.0.0/8'], ...over }: Partial<OutboxOptions> & { readonly allow?: readonly string[] } = {},
): Promise<Outbox> {
  const guard = openGuard({ allow, clock: systemClock, scope })
  return new Outbox({
    ...{ store, clock: systemClock, log: silentLogger, scope, fetch: guard.fetch, userAgent: 'Offhook/test' },
    endpoints: await Endpoints.load(store),
    // Never by itself, unless the test says when.
    backoff: () => 3600_000,
    ...over,
  })
}
