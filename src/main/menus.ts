import type { MenuChoice, MenuPorts } from '../apps/menu/ports.ts'
import type { Mailbox } from '../apps/voicemail.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { announce } from '../jobs/text-ledger.ts'
import { type Address, addressKey, readAddress } from '../phone/address.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import { getMenu } from '../store/menus.ts'
import { queueMessage } from '../store/messages.ts'
import type { Store } from '../store/store.ts'
import type { Outbox } from '../webhooks/outbox.ts'
import type { Site } from './site.ts'

export interface MenusOptions extends Pick<MenuPorts, 'onForward' | 'note'> {
  readonly store: Store
  readonly site: Site
  readonly mailbox: Mailbox
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly country: string | undefined
  readonly outbox: Outbox
}

/** What menus need of the running service: addresses, texts, webhooks. */
export function menuPorts(options: MenusOptions): MenuPorts {
  const { site, mailbox, log, onForward, note } = options
  return {
    ...{ mailbox, log, onForward, note },
    hasExtension: (username) => site.hasExtension(username),
    forward: (id) => site.forward(id),
    address: (text) => menuAddress(text, options),
    sendText: (from, to, text) => sendMenuText(from, to, text, options),
    tell: (url, choice) => tell(url, choice, options),
  }
}

/** Whom a menu names; `undefined` for nobody, or for one who may not be called. */
export async function menuAddress(
  text: string,
  { site, country, log }: Pick<MenusOptions, 'site' | 'country' | 'log'>,
): Promise<Address | undefined> {
  const known = await site.hasExtension(text)
  const found = readAddress(text, { isExtension: () => known, ...(country === undefined ? {} : { country }) })
  if (found === undefined || found.kind === 'anonymous') return undefined
  if (found.kind === 'extension') return known ? found : undefined
  if (found.kind === 'uri') return found
  const own = await site.assignment(found.e164)
  if (own === 'unassigned') return undefined
  if (own?.kind === 'extension') return { kind: 'extension', username: own.username, raw: text }
  if (own !== undefined) return found
  const verdict = mayCallOut('international', found.e164, [])
  if (verdict.allowed) return found
  log.warn({ to: found.e164 }, verdict.sentence)
  return undefined
}

/** Queues a text of a menu. @throws Problem where nobody is there to get it */
export async function sendMenuText(
  from: string,
  to: string,
  body: string,
  options: Pick<MenusOptions, 'store' | 'clock' | 'bus' | 'site' | 'country' | 'log'>,
): Promise<void> {
  const { store, clock, bus } = options
  const receiver = await menuAddress(to, options)
  const own = receiver?.kind === 'number' && (await options.site.owns(receiver.e164))
  if (receiver === undefined || receiver.kind === 'uri' || own) {
    throw new Problem('invalid_request', `${to} is neither a number nor an extension that gets texts.`)
  }
  const now = clock.wall()
  const row = { id: newId('message', now), from, to: addressKey(receiver), body, key: null, createdAt: new Date(now) }
  const { row: queued } = await queueMessage(store.db, row)
  announce(bus, queued)
}

async function tell(url: string, choice: MenuChoice, { store, clock, outbox }: MenusOptions): Promise<void> {
  const row = await getMenu(store.db, choice.menu)
  if (row === undefined) throw new Error(`The menu ${choice.menu} is gone.`)
  const secret = store.keys.open(row.secretSealed, row.id)
  const body = JSON.stringify({ type: 'menu.chosen', timestamp: new Date(clock.wall()).toISOString(), data: choice })
  await outbox.send({
    ...{ url, method: 'POST', contentType: 'application/json', body, event: 'menu.chosen' },
    key: choice.call,
    signing: { dialect: 'standard', secret },
  })
}
