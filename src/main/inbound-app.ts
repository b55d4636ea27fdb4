import { Driver } from '../apps/drive.ts'
import type { InboundApp } from '../apps/inbound.ts'
import type { Sessions } from '../apps/session/sessions.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { EmbeddedEngine } from '../engines/embedded/engine.ts'
import type { Call } from '../phone/call.ts'
import type { Store } from '../store/store.ts'
import type { StoreActions } from './actions.ts'
import type { Documents } from './documents.ts'
import type { CallJournal } from './journal.ts'
import type { StoreMailbox } from './mailbox.ts'
import { type MenusOptions, menuPorts } from './menus.ts'
import type { Site } from './site.ts'

export interface InboundAppOptions {
  readonly store: Store
  readonly site: Site
  readonly mailbox: StoreMailbox
  readonly keeper: StoreActions
  readonly journal: CallJournal
  readonly engine: Pick<EmbeddedEngine, 'calls'>
  readonly documents: Documents
  readonly sessions: Pick<Sessions, 'arrived'>
  readonly texts: MenusOptions['texts']
  readonly outbox: MenusOptions['outbox']
  readonly country: string | undefined
  readonly apology: string | undefined
  readonly clock: Clock
  readonly log: Logger
}

/** What a call that comes in needs of the running service, whatever it is for. */
export function inboundApp(options: InboundAppOptions): InboundApp {
  const { store, site, mailbox, keeper, journal, engine, documents, sessions, texts, outbox, ...rest } = options
  const { clock, log, country, apology } = rest
  const note = (call: Call['id'], text: string): void => journal.timeline(call, { at: clock.wall(), kind: 'app', text })
  const onForward: InboundApp['onForward'] = (call, forward) => journal.forwardOf(call.id, forward.id)
  return {
    ...{ plan: site, mailbox, log, country, onForward },
    driver: new Driver({ clock, log, keeper, ...(apology === undefined ? {} : { apology }) }),
    flows: { clock, log, keeper, note },
    menus: menuPorts({ store, site, mailbox, clock, log, country, texts, outbox, onForward, note }),
    application: (id) => documents.application(id),
    session: (call, { token, ...urls }) => sessions.arrived(call, token, urls),
    callsOf: (username) =>
      engine.calls().filter(({ source }) => source.kind === 'extension' && source.username === username).length,
  }
}
