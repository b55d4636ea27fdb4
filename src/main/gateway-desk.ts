import type { Communicated, GatewayDesk, Phone, VoiceNotice } from '../api/ports.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { CarrierChoices } from '../carrier-settings.ts'
import { readNews, readReport } from '../carriers/africas-talking/callback.ts'
import { africasTalkingName } from '../carriers/africas-talking/texts.ts'
import { callByAfricasTalking } from '../carriers/africas-talking/voice.ts'
import type { Address } from '../phone/address.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { type CallId, newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { say } from '../phone/prompt.ts'
import { chooseSender, defaultTextRules } from '../phone/text-rules.ts'
import { type ContactRow, contactOf, noteCallEnd } from '../store/contacts.ts'
import { lastTextTo, type MessageRow } from '../store/messages.ts'
import { rentedNumbers } from '../store/numbers.ts'
import type { Store } from '../store/store.ts'
import {
  awaitedVoiceMessage,
  getVoiceMessage,
  insertVoiceMessage,
  updateVoiceMessage,
  type VoiceMessageRow,
  voiceMessageOfSession,
} from '../store/voice-messages.ts'
import type { CarrierNews } from './carrier-news.ts'
import { noteCalls } from './note-calls.ts'
import type { OutgoingTexts } from './outgoing-texts.ts'
import type { Site } from './site.ts'

/** Calls by Africa's Talking, where a number there is set for them. */
export function voiceOf(account: CarrierChoices['africasTalking']): VoiceGateway | undefined {
  if (account?.voice === undefined) return undefined
  const { username, apiKey } = account
  const { url, number: from } = account.voice
  return { call: (to, request) => callByAfricasTalking({ url, username, apiKey, from }, to, request) }
}

/** A company that places calls and asks here what to speak in them. */
export interface VoiceGateway {
  /** @param request comes back with what is asked. @returns its name of the call, where it gives one. @throws Problem `carrier_failed` */
  call(to: string, request: string): Promise<string | undefined>
}

export interface GatewayDeskOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly site: Pick<Site, 'owns'>
  readonly phone: Pick<Phone, 'placeDriven'>
  readonly texts: Pick<OutgoingTexts, 'send' | 'isOptedOut'>
  /** Rejects with a `Problem` for whoever must not be called. */
  readonly checkCall?: (to: Address) => Promise<void>
  readonly news: Pick<CarrierNews, 'take'>
  readonly bus: Bus<ServiceEvent>
  readonly scope: Scope
  /** Absent: calls are placed from here. */
  readonly voice?: VoiceGateway | undefined
}

const ringSeconds = 45
/** States of a text that did not reach anybody. */
const unreached: ReadonlySet<string> = new Set(['undelivered', 'failed', 'rejected', 'expired'])
const nothing = 'There is no message for you at the moment. Goodbye.'

/** What gateways tell of texts and ask about calls. */
export function gatewayDesk(options: GatewayDeskOptions): GatewayDesk {
  const { store, news, texts } = options
  const { db } = store
  const noteCall = noteCalls(options)
  return {
    async reported(posted) {
      const report = readReport(posted)
      if (report === undefined) return false
      await news.take(africasTalkingName, { kind: 'report', report })
      return true
    },

    async received(posted) {
      const told = readNews(posted)
      if (told === undefined || told.kind === 'report') return false
      await news.take(africasTalkingName, told)
      return true
    },

    async communicate(to, message) {
      const contact = await contactOf(db, to)
      if (contact !== undefined && contact.optedOutAt !== null)
        throw new Problem('opted_out', `${to} is a contact that wants nothing.`)
      const last = await lastTextTo(db, [to])
      if (isUnreached(contact, last)) {
        // Who wants no texts from us wants no calls in their place.
        if (last !== undefined && (await texts.isOptedOut(last.from, to)))
          throw new Problem('opted_out', `${to} wants nothing from ${last.from}.`)
        await options.checkCall?.({ kind: 'number', e164: to, raw: to })
        return call(to, message, last?.id ?? null, options, noteCall)
      }
      const { id } = await texts.send({ to, body: message })
      return { kind: 'text', id }
    },

    voice: (notice) => (notice.active ? spoken(notice, options) : over(notice, options)),
  }
}

/** What is known of a contact counts; of whom nothing is known, the last text. */
function isUnreached(contact: ContactRow | undefined, last: MessageRow | undefined): boolean {
  return contact === undefined || contact.status === 'new'
    ? last !== undefined && unreached.has(last.state)
    : contact.status === 'inactive'
}

async function call(
  to: string,
  message: string,
  messageId: string | null,
  { store, clock, log, phone, voice }: GatewayDeskOptions,
  noteCall: (call: CallId, to: string) => void,
): Promise<Communicated> {
  if (voice === undefined) {
    const numbers = (await rentedNumbers(store.db)).map(({ e164 }) => e164)
    const from = chooseSender(defaultTextRules, numbers, to) ?? numbers[0]
    if (from === undefined) throw new Problem('not_reachable', 'No number is rented here that a call could come from.')
    const { id } = await phone.placeDriven({
      from: { kind: 'number', e164: from, raw: from },
      to: { kind: 'number', e164: to, raw: to },
      seconds: ringSeconds,
      by: { kind: 'api', actions: [{ block: 'play', prompt: say(message) }, { block: 'hangup' }] },
    })
    noteCall(id, to)
    return { kind: 'call', id }
  }
  const now = new Date(clock.wall())
  const row: VoiceMessageRow = {
    ...{ id: newId('voice_message', now.getTime()), phone: to, body: message, messageId, session: null },
    ...{ state: 'placed', reason: null, seconds: null, createdAt: now, updatedAt: now },
  }
  // Before the call: it may be asked about before the company has answered us.
  await insertVoiceMessage(store.db, row)
  try {
    const session = await voice.call(to, row.id)
    if (session !== undefined) await updateVoiceMessage(store.db, row.id, { session })
  } catch (error) {
    const reason = error instanceof Problem ? error.message : 'It could not be placed; the log says why.'
    await updateVoiceMessage(store.db, row.id, { state: 'failed', reason, updatedAt: new Date(clock.wall()) })
    log.warn({ voiceMessage: row.id, err: error }, 'a call that was to speak a message could not be placed')
    throw error
  }
  return { kind: 'voice_message', id: row.id }
}

async function find(notice: VoiceNotice, { store }: GatewayDeskOptions): Promise<VoiceMessageRow | undefined> {
  const { db } = store
  const byRequest = notice.request === undefined ? undefined : await getVoiceMessage(db, notice.request)
  return byRequest ?? voiceMessageOfSession(db, notice.session)
}

/** The message of whoever is in the call. A call that nobody here asked for speaks the last text to its party. */
async function spoken(notice: VoiceNotice, options: GatewayDeskOptions): Promise<string> {
  const { store, clock, log, site } = options
  const { db } = store
  const { session } = notice
  const now = new Date(clock.wall())
  const theirs: string[] = []
  for (const party of notice.parties) if (!(await site.owns(party))) theirs.push(party)
  const row = (await find(notice, options)) ?? (theirs.length === 0 ? undefined : await awaitedVoiceMessage(db, theirs))
  if (row !== undefined) {
    if (row.state !== 'spoken') {
      await updateVoiceMessage(db, row.id, { session: row.session ?? session, state: 'speaking', updatedAt: now })
    }
    return row.body
  }
  const last = theirs.length === 0 ? undefined : await lastTextTo(db, theirs)
  if (last === undefined) {
    log.warn({ session }, 'a gateway asked what to speak to somebody for whom there is no message')
    return nothing
  }
  const { body } = await insertVoiceMessage(db, {
    ...{ id: newId('voice_message', now.getTime()), phone: last.to, body: last.body, messageId: last.id, session },
    ...{ state: 'speaking', reason: null, seconds: null, createdAt: now, updatedAt: now },
  })
  return body
}

/** The call is over: its message was spoken, where it lasted at all. */
async function over(notice: VoiceNotice, options: GatewayDeskOptions): Promise<undefined> {
  const { store, clock, log } = options
  const row = await find(notice, options)
  if (row === undefined || row.state === 'spoken' || row.state === 'failed') {
    log.debug({ session: notice.session }, 'a gateway told of the end of a call that nothing waits for')
    return
  }
  const { seconds = 0, cause } = notice
  // One that was asked about was answered; without a second of it nobody heard anything.
  const heard = row.state === 'speaking' && seconds > 0
  const at = new Date(clock.wall())
  await store.db.transaction(async (tx) => {
    await updateVoiceMessage(tx, row.id, {
      ...{ state: heard ? 'spoken' : 'failed', seconds, updatedAt: at },
      reason: heard ? null : (cause ?? 'It was not answered.'),
    })
    const contact = await contactOf(tx, row.phone)
    if (contact !== undefined)
      await noteCallEnd(tx, contact.id, { code: heard ? 'heard' : 'no_answer', by: heard ? 'call' : undefined, at })
  })
  log.info({ voiceMessage: row.id, heard, cause: cause ?? null }, 'a call that speaks a message is over')
}
