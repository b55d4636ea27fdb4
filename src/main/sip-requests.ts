import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { EmbeddedEngine } from '../engines/embedded/engine.ts'
import type { RequestHandlers } from '../engines/embedded/engine-options.ts'
import type { Contact } from '../engines/embedded/route.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { type EvictionOptions, evictFlow } from '../sip/registrar/eviction.ts'
import { handleRegister } from '../sip/registrar/handle-register.ts'
import type { NewMessage } from '../store/messages.ts'
import type { Store } from '../store/store.ts'
import type { KeptBindings } from './bindings.ts'
import { logRegistration } from './registration-log.ts'
import type { Site } from './site.ts'
import { receiveText } from './texts.ts'

export interface SipRequestsOptions {
  readonly store: Store
  readonly site: Site
  readonly bindings: KeptBindings
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  /** Made with what is returned here, so it is asked for only when a request comes. */
  readonly engine: () => EmbeddedEngine
  /** What phones call this service in addresses. */
  readonly domain: () => string
  readonly onSignedOut: EvictionOptions['onEnded']
  contacts(username: string): Promise<readonly Contact[]>
  /** A text came for a number of this site. */
  takeText(text: NewMessage): Promise<void>
  /** A phone of that extension signed in. */
  appeared(username: string): Promise<void>
}

/** What becomes of REGISTER and MESSAGE, and of connections that phones registered by. */
export function sipRequests(options: SipRequestsOptions): RequestHandlers {
  const { store, site, bindings, clock, log, bus, engine, domain, onSignedOut, contacts, appeared, takeText } = options
  return {
    register: async (incoming, source) => {
      if (source.kind !== 'extension')
        return incoming.reply(403, { reason: 'Register With The Password Of An Extension' })
      const { username } = source
      const before = await bindings.get(username)
      const change = await handleRegister(incoming, { username, store: bindings, clock })
      logRegistration(log, username, before, change)
      if (change.added.length > 0) await appeared(username)
    },
    flowClosed: (flow) => {
      evictFlow(bindings, flow, onSignedOut).catch((err: unknown) =>
        log.error({ err }, 'the registrations of a closed connection could not be taken out'),
      )
    },
    message: (incoming, source) =>
      receiveText(incoming, source, {
        ...{ db: store.db, site, clock, bus, contacts },
        ua: engine().ua,
        domain: domain(),
        take: takeText,
      }),
  }
}
