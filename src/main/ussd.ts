import type { Phone } from '../api/ports.ts'
import type { HeldUssdSession, UssdCode, UssdPosition } from '../apps/ussd/ports.ts'
import { UssdDesk } from '../apps/ussd/serve.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import type { UssdRequest } from '../phone/ussd.ts'
import type { Store } from '../store/store.ts'
import { findUssdCode, findUssdSession, getUssdCode, putUssdSession, type UssdCodeRow } from '../store/ussd.ts'
import type { GuardedFetch } from '../webhooks/guard.ts'
import type { Outbox } from '../webhooks/outbox.ts'
import { signStandard } from '../webhooks/sign/standard.ts'
import { menuAddress, sendMenuText, tellChoice } from './menus.ts'
import type { OutgoingTexts } from './outgoing-texts.ts'
import type { Site } from './site.ts'

export interface UssdOptions {
  readonly store: Store
  readonly site: Site
  readonly clock: Clock
  readonly log: Logger
  readonly country: string | undefined
  readonly phone: Pick<Phone, 'place'>
  readonly texts: Pick<OutgoingTexts, 'send'>
  readonly outbox: Pick<Outbox, 'send'>
  readonly fetch: GuardedFetch
}

/** Gateways give up after ten seconds or so. */
const askMs = 8000
/** Ten screens and more. */
const maxAnswerBytes = 16 * 1024
const ringSeconds = 45

/** Menus and programs behind service codes, on this store, this site and this phone. */
export function openUssd(options: UssdOptions): UssdDesk {
  const { store, site, clock, log, phone } = options
  const { db } = store
  return new UssdDesk({
    ...{ log, clock },
    code: async (code) => {
      const row = await findUssdCode(db, code)
      return row === undefined ? undefined : codeOf(row)
    },
    menu: (id) => site.menu(id),
    async find({ session, phone: who, code }) {
      const row = await findUssdSession(db, { session, phone: who, code })
      if (row === undefined) return undefined
      const { id, heard, reply, ends, hops } = row
      return {
        ...{ id, heard, reply, ends, hops, reason: row.reason ?? undefined },
        // What `put` wrote.
        at: (row.state ?? undefined) as UssdPosition | undefined,
        startedAt: row.startedAt.getTime(),
        expiresAt: row.expiresAt.getTime(),
      }
    },
    put: (request, session) => put(request, session, options),
    hasExtension: (username) => site.hasExtension(username),
    numberOf: async (menu) => site.numbersOfMenu(menu)[0],
    address: (text) => menuAddress(text, options),
    async callBack(who, to) {
      if (!who.startsWith('+')) throw new Problem('not_reachable', `${who} is no number that can be called back.`)
      await phone.place({ from: { kind: 'number', e164: who, raw: who }, to, seconds: ringSeconds })
    },
    sendText: (from, to, text) => sendMenuText(from ?? 'offhook', to, text, options),
    tell: (url, choice) => tellChoice(url, choice, choice.session, options),
    ask: (code, url, request) => ask(code, url, request, options),
  })
}

function codeOf({ id, code, menuId, url, characters, seconds, keys }: UssdCodeRow): UssdCode {
  const by = menuId === null ? { kind: 'program' as const, url: url ?? '' } : { kind: 'menu' as const, menu: menuId }
  return { id, code, by, characters, seconds, keys }
}

function put(request: UssdRequest, held: HeldUssdSession, { store, clock }: UssdOptions): Promise<void> {
  const { at, startedAt, expiresAt, reason, ...session } = held
  return putUssdSession(store.db, {
    ...session,
    session: request.session,
    code: request.code,
    phone: request.phone,
    network: request.network ?? null,
    state: at ?? null,
    reason: reason ?? null,
    startedAt: new Date(startedAt),
    updatedAt: new Date(clock.wall()),
    expiresAt: new Date(expiresAt),
  })
}

/** Posts what a gateway would, as a form, signed with the secret of the code. */
async function ask(code: UssdCode, url: string, request: UssdRequest, options: UssdOptions): Promise<string> {
  const { store, clock, fetch } = options
  const row = await getUssdCode(store.db, code.id)
  if (row === undefined) throw new Error(`The service code ${code.code} is gone.`)
  const body = new URLSearchParams({
    ...{ sessionId: request.session, serviceCode: request.code, phoneNumber: request.phone, text: request.text },
    networkCode: request.network ?? '',
  }).toString()
  const wall = clock.wall()
  const signed = { id: newId('delivery', wall), timestamp: Math.floor(wall / 1000), body }
  const response = await fetch({
    ...{ url, method: 'POST', body, timeoutMs: askMs, maxBytes: maxAnswerBytes, maxRedirects: 0 },
    headers: {
      ...signStandard(signed, [store.keys.open(row.secretSealed, row.id)]),
      ...{ 'content-type': 'application/x-www-form-urlencoded', accept: 'text/plain' },
    },
  })
  if (response.status < 200 || response.status >= 300) throw new Error(`${response.url} answered ${response.status}.`)
  return response.body.toString('utf8')
}
