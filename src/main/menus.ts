import type { MenuChoice, MenuPorts } from '../apps/menu/ports.ts'
import type { Mailbox } from '../apps/voicemail.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type Address, addressKey, readAddress } from '../phone/address.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import { getMenu } from '../store/menus.ts'
import type { Store } from '../store/store.ts'
import type { Outbox } from '../webhooks/outbox.ts'
import type { OutgoingTexts } from './outgoing-texts.ts'
import type { Site } from './site.ts'

export interface MenusOptions extends Pick<MenuPorts, 'onForward' | 'note'> {
  readonly store: Store
  readonly site: Site
  readonly mailbox: Mailbox
  readonly clock: Clock
  readonly log: Logger
  readonly country: string | undefined
  readonly texts: Pick<OutgoingTexts, 'send'>
  readonly outbox: Pick<Outbox, 'send'>
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
    tell: (url, choice) => tellChoice(url, choice, choice.call, options),
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

/** Queues a text of a menu. @throws Problem where nobody is there to get it, or the receiver wants none */
export async function sendMenuText(
  from: string,
  to: string,
  body: string,
  options: Pick<MenusOptions, 'texts' | 'site' | 'country' | 'log'>,
): Promise<void> {
  const receiver = await menuAddress(to, options)
  const own = receiver?.kind === 'number' && (await options.site.owns(receiver.e164))
  if (receiver === undefined || receiver.kind === 'uri' || own) {
    throw new Problem('invalid_request', `${to} is neither a number nor an extension that gets texts.`)
  }
  await options.texts.send({ from, to: addressKey(receiver), body })
}

/** Queues a request to a URL of a menu, signed with its secret. @param key requests of one call or session are sent in their order */
export async function tellChoice(
  url: string,
  choice: Pick<MenuChoice, 'menu'>,
  key: string,
  { store, clock, outbox }: Pick<MenusOptions, 'store' | 'clock' | 'outbox'>,
): Promise<void> {
  const row = await getMenu(store.db, choice.menu)
  if (row === undefined) throw new Error(`The menu ${choice.menu} is gone.`)
  const secret = store.keys.open(row.secretSealed, row.id)
  const body = JSON.stringify({ type: 'menu.chosen', timestamp: new Date(clock.wall()).toISOString(), data: choice })
  await outbox.send({
    ...{ url, method: 'POST', contentType: 'application/json', body, event: 'menu.chosen', key },
    signing: { dialect: 'standard', secret },
  })
}
