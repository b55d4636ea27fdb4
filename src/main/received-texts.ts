import { z } from 'zod'
import { showMessage } from '../api/v1/messages.ts'
import { readDocument } from '../apps/document/document.ts'
import { InvalidDocument } from '../apps/document/fault.ts'
import { receivedTextParams } from '../apps/document/text-params.ts'
import { readWebTarget } from '../apps/document/web-target.ts'
import type { Bus } from '../base/bus.ts'
import type { Logger } from '../base/log.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { Id } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { type ApplicationRow, getApplication } from '../store/applications.ts'
import { getMessage, insertReceived, type MessageRow, type NewMessage } from '../store/messages.ts'
import { getNumber } from '../store/numbers.ts'
import type { Store } from '../store/store.ts'
import { type InsertedDelivery, insertDelivery } from '../store/webhook-deliveries.ts'
import type { OutgoingWebhook } from '../webhooks/outbox.ts'
import { callbackOf } from './document-requests.ts'
import type { Documents } from './documents.ts'
import type { KeywordDesk } from './keywords.ts'
import { factsOf } from './message-callbacks.ts'
import type { Site } from './site.ts'
import type { Webhooks } from './webhooks.ts'

export interface ReceivedTextsOptions {
  readonly store: Store
  readonly site: Pick<Site, 'assignment'>
  readonly documents: Pick<Documents, 'sendText'>
  readonly webhooks: Pick<Webhooks, 'outbox' | 'writeText'>
  readonly keywords: Pick<KeywordDesk, 'heard'>
  readonly bus: Bus<ServiceEvent>
  readonly log: Logger
}

const Kept = z.object({ url: z.string(), secret: z.string() })

/** Of deliveries whose answer may have texts to send. */
const toldOfText = 'document.text'

/** Texts from outside: each is written down together with what is told of it, so that no kill comes in between. */
export class ReceivedTexts {
  readonly #options: ReceivedTextsOptions

  constructor(options: ReceivedTextsOptions) {
    this.#options = options
    options.webhooks.outbox.onAnswer(toldOfText, ({ key, message }, answer) => this.#answered(key, message, answer))
  }

  /** Takes a text in, and keeps to it where it is STOP, START or HELP. One whose `key` was taken before is the same once more, and nobody is told of it. */
  async take(text: NewMessage): Promise<void> {
    const { store, webhooks, bus, keywords } = this.#options
    await keywords.heard(text)
    const row: MessageRow = {
      ...{ ...text, direction: 'inbound', state: 'received', attempts: 0, updatedAt: text.createdAt },
      ...{
        reason: null,
        code: null,
        carrier: null,
        once: false,
        notice: false,
        reportSeconds: null,
        tryingSince: null,
      },
    }
    const event: ServiceEvent = {
      ...{ type: 'message.received', at: row.updatedAt.getTime() },
      message: row.id as Id<'message'>,
    }
    const asked = [await this.#messageUrl(row), await this.#numberUrl(row)].filter((one) => one !== undefined)
    let isNew = false
    await webhooks.writeText({ event, message: row }, asked, (told) =>
      store.db.transaction(async (tx) => {
        ;({ isNew } = await insertReceived(tx, text))
        const inserted: InsertedDelivery[] = []
        for (const delivery of isNew ? told : []) {
          const made = await insertDelivery(tx, delivery)
          if (made !== undefined) inserted.push({ id: delivery.id, seq: made.row.seq, behind: made.behind })
        }
        return inserted
      }),
    )
    if (isNew) bus.publish(event)
  }

  async #messageUrl(row: MessageRow): Promise<OutgoingWebhook | undefined> {
    const { keys } = this.#options.store
    const application = await this.#applicationOf(row.to)
    if (application === undefined || application.messageUrl === null) return undefined
    const target = readWebTarget(application.messageUrl, application.messageMethod)
    if (typeof target === 'string')
      throw new Error(`The application ${application.id} holds a URL that was never taken.`)
    const author = {
      token: keys.open(application.tokenSealed, application.id),
      ...(application.account === null ? {} : { account: application.account }),
    }
    return { ...callbackOf(target, receivedTextParams(factsOf(row)), row.id, author), event: toldOfText }
  }

  /** The number's own webhook. */
  async #numberUrl(row: MessageRow): Promise<OutgoingWebhook | undefined> {
    const { store } = this.#options
    const sealed = (await getNumber(store.db, row.to))?.textsSealed
    if (sealed === undefined || sealed === null) return undefined
    const { url, secret } = Kept.parse(JSON.parse(store.keys.open(sealed, `texts ${row.to}`)))
    const event = 'message.received'
    const body = { type: event, timestamp: row.createdAt.toISOString(), data: { message: showMessage(row) } }
    return {
      ...{ url, method: 'POST', contentType: 'application/json', body: JSON.stringify(body), event },
      ...{ key: `texts:${row.to}`, cause: `text ${row.id}`, signing: { dialect: 'standard', secret } },
    }
  }

  async #applicationOf(number: string): Promise<ApplicationRow | undefined> {
    const { store, site } = this.#options
    const assignment = await site.assignment(number)
    if (typeof assignment !== 'object' || assignment.kind !== 'application') return undefined
    return getApplication(store.db, assignment.application)
  }

  /** Sends the texts of a document that a text was answered with. @param delivery by which the answer came, also where it is a second time */
  async #answered(message: string, delivery: string, answer: string): Promise<void> {
    const { store, documents, log } = this.#options
    if (answer.trim() === '') return
    const row = await getMessage(store.db, message)
    const application = row === undefined ? undefined : await this.#applicationOf(row.to)
    if (application === undefined) return
    const token = store.keys.open(application.tokenSealed, application.id)
    try {
      let sent = 0
      for (const element of readDocument(answer).elements) {
        if (element.element !== 'Message') {
          log.warn({ message }, `${element.element} is left out of the answer to a text, which takes Message only`)
          continue
        }
        const { src: from, dst, callback } = element
        const told = callback === undefined ? {} : { callback }
        for (const to of dst) {
          const key = `answer:${delivery}:${++sent}`
          await documents.sendText({ from, to, text: element.text, key, ...told }, token)
        }
      }
    } catch (error) {
      // Programs that only take note often answer with words of their own.
      if (error instanceof InvalidDocument) log.debug({ message, reason: error.message }, 'a text was taken note of')
      else if (error instanceof Problem) log.warn({ message, reason: error.message }, 'an answer to a text is not sent')
      else throw error
    }
  }
}
