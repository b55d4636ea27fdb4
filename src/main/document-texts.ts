import { readDocument } from '../apps/document/document.ts'
import { InvalidDocument } from '../apps/document/fault.ts'
import { AskFailed } from '../apps/document/ports.ts'
import { receivedTextParams } from '../apps/document/text-params.ts'
import { readWebTarget } from '../apps/document/web-target.ts'
import type { Bus } from '../base/bus.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { Problem } from '../phone/problem.ts'
import { getApplication } from '../store/applications.ts'
import { getMessage, type MessageRow, type MessageState } from '../store/messages.ts'
import type { Store } from '../store/store.ts'
import type { Documents } from './documents.ts'
import { factsOf } from './message-callbacks.ts'
import type { Site } from './site.ts'

export interface DocumentTextsOptions {
  readonly store: Store
  readonly site: Pick<Site, 'assignment'>
  readonly documents: Documents
  readonly bus: Bus<ServiceEvent>
  readonly log: Logger
  readonly scope: Scope
}

/** Tells programs of the texts that they sent, and gives those that came in to the applications of their numbers. */
export function followTexts({ store, site, documents, bus, log, scope }: DocumentTextsOptions): void {
  /** Those of one text follow each other, as its states did. */
  const last = new Map<string, Promise<void>>()

  async function tell(id: string, state: MessageState): Promise<void> {
    const row = await getMessage(store.db, id)
    if (row === undefined) return
    if (row.direction === 'outbound')
      await documents.callbacks.tell(row, state, (token) => documents.ports(token).source)
    else if (state === 'received') await received(row)
  }

  async function received(row: MessageRow): Promise<void> {
    const assignment = await site.assignment(row.to)
    if (typeof assignment !== 'object' || assignment.kind !== 'application') return
    const application = await getApplication(store.db, assignment.application)
    if (application === undefined || application.messageUrl === null) return
    const target = readWebTarget(application.messageUrl, application.messageMethod)
    if (typeof target === 'string')
      throw new Error(`The application ${application.id} holds a URL that was never taken.`)
    const ports = documents.ports(store.keys.open(application.tokenSealed, application.id))
    const params = receivedTextParams(factsOf(row))
    let answer: string
    try {
      answer = await ports.source.ask(target, params, row)
    } catch (error) {
      if (!(error instanceof AskFailed)) throw error
      // An empty answer is a plain acknowledgement; where nobody answered it is told until somebody does.
      if (error.kind === 'unreachable') ports.source.tell(target, params, row)
      return
    }
    await answered(answer, ports, row.id)
  }

  async function answered(text: string, ports: ReturnType<Documents['ports']>, id: string): Promise<void> {
    try {
      for (const element of readDocument(text).elements) {
        if (element.element !== 'Message') {
          log.warn({ message: id }, `${element.element} is left out of the answer to a text, which takes Message only`)
          continue
        }
        const { src: from, dst, callback } = element
        const told = callback === undefined ? {} : { callback }
        for (const to of dst) await ports.sendText({ from, to, text: element.text, ...told })
      }
    } catch (error) {
      // Programs that only take note often answer with words of their own.
      if (error instanceof InvalidDocument)
        log.debug({ message: id, reason: error.message }, 'a text was taken note of')
      else if (error instanceof Problem)
        log.warn({ message: id, reason: error.message }, 'an answer to a text is not sent')
      else throw error
    }
  }

  const unsubscribe = bus.subscribe((event) => {
    if (!('message' in event)) return
    const { message, type } = event
    const state = type.slice('message.'.length) as MessageState
    const work = (last.get(message) ?? Promise.resolve())
      .then(() => tell(message, state))
      .catch((err: unknown) => log.error({ message, err }, 'a program could not be told of a text'))
      .finally(() => {
        if (last.get(message) === work) last.delete(message)
      })
    last.set(message, work)
  })
  scope.add('programs told of texts', async () => {
    unsubscribe()
    await Promise.all(last.values())
  })
}
