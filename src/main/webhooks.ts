import { join } from 'node:path'
import type { WebhookDesk } from '../api/ports.ts'
import { showAddress } from '../api/shapes.ts'
import { showAction } from '../api/v1/action-shape.ts'
import { showBroadcast } from '../api/v1/broadcast-shape.ts'
import { showCall } from '../api/v1/call-shape.ts'
import { showCdr } from '../api/v1/cdrs.ts'
import { showMessage } from '../api/v1/messages.ts'
import { showPlanned } from '../api/v1/planned-shape.ts'
import { showFinished } from '../api/v1/recordings.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import { decodeToWav } from '../media/index.ts'
import type { CallEvent, ServiceEvent } from '../phone/event.ts'
import { Problem } from '../phone/problem.ts'
import type { Fetcher } from '../phone/prompt.ts'
import type { Settings } from '../settings.ts'
import { getAction } from '../store/actions.ts'
import { getBroadcast } from '../store/broadcasts.ts'
import { type CallRow, getCall } from '../store/calls.ts'
import { getCdr } from '../store/cdrs.ts'
import { getMessage, type MessageRow } from '../store/messages.ts'
import { getPlanned } from '../store/planned-calls.ts'
import { getRecording } from '../store/recordings.ts'
import type { Db, Store } from '../store/store.ts'
import { getVoicemail } from '../store/voicemails.ts'
import type { InsertedDelivery } from '../store/webhook-deliveries.ts'
import { Endpoints } from '../webhooks/endpoints.ts'
import { type Guard, type GuardOptions, openGuard } from '../webhooks/guard.ts'
import { Outbox, type OutgoingWebhook } from '../webhooks/outbox.ts'
import { openPromptFetcher } from '../webhooks/prompt-fetcher.ts'
import { Subscriptions, type Told, type WriteDeliveries } from '../webhooks/subscriptions.ts'
import type { CallWriter } from './journal.ts'
import { version } from './version.ts'

export interface WebhooksOptions {
  readonly settings: Pick<Settings, 'webhookAllow'>
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly scope: Scope
  /** Of names of URLs; the system's unless given. */
  readonly resolve?: GuardOptions['resolve']
}

export interface Webhooks {
  readonly guard: Guard
  readonly endpoints: Endpoints
  readonly outbox: Outbox
  readonly fetchPrompt: Fetcher
  readonly desk: WebhookDesk
  /** Writes down what calls came to, together with what is told of it. */
  readonly writeCalls: CallWriter
  /** Writes down a text, together with what subscribers and `others` are told of it. */
  readonly writeText: TextWriter
  /** Resolves when what was published until now is queued. */
  queued(): Promise<void>
}

export type TextWriter = (
  coming: { readonly event: ServiceEvent; readonly message: MessageRow },
  others: readonly OutgoingWebhook[],
  write: WriteDeliveries,
) => Promise<void>

/** To be opened before whatever tells events: closed after it, it still takes down what was told last. */
export async function openWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { settings, store, clock, log, bus, scope, resolve } = options
  const names = resolve === undefined ? {} : { resolve }
  const guard = openGuard({ allow: settings.webhookAllow, clock, scope: scope.child('guard'), ...names })
  const endpoints = await Endpoints.load(store)
  const common = { endpoints, log, scope: scope.child('webhooks') }
  const outbox = new Outbox({ ...common, store, clock, fetch: guard.fetch, userAgent: `Offhook/${version}` })
  const subscriptions = new Subscriptions({ ...common, bus, outbox, render: (event) => tell(store.db, event) })
  const folder = join(store.dataFolder, 'fetched')
  const fetchPrompt = await openPromptFetcher({ fetch: guard.fetch, folder, clock, log, decode: decodeToWav })
  const desk: WebhookDesk = {
    refuses: (url) =>
      guard.check(url).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof Problem) return error.message
          throw error
        },
      ),
    reload: () => endpoints.reload(),
    replay: (id) => outbox.replay(id),
  }
  const writeCalls: CallWriter = (happened, write) =>
    subscriptions.queueWith(
      happened.map(({ event, call }) => ({ event, told: endpoints.any ? tellCall(event, call) : undefined })),
      write,
    )
  const writeText: TextWriter = ({ event, message }, others, write) =>
    subscriptions.queueWith([{ event, told: toldOfText(event, message) }], async (mine) => {
      let inserted: readonly InsertedDelivery[] = []
      await outbox.sendWith(others, async (rows) => {
        inserted = await write([...mine, ...rows])
        return inserted
      })
      return inserted
    })
  return { guard, endpoints, outbox, fetchPrompt, desk, writeCalls, writeText, queued: () => subscriptions.queued() }
}

function tellCall({ type }: CallEvent, call: CallRow): Told | undefined {
  if (type === 'call.updated' && call.answeredAt === null) return undefined
  return { event: type === 'call.updated' ? 'call.answered' : type, key: call.id, data: { call: showCall(call) } }
}

const toldOfText = ({ type }: ServiceEvent, message: MessageRow): Told => ({
  ...{ event: type, key: message.id, data: { message: showMessage(message) } },
})

/** As the stream of events shows it, but that an answer has a word of its own. */
async function tell(db: Db, event: ServiceEvent): Promise<Told | undefined> {
  if ('action' in event) {
    const action = await getAction(db, event.action)
    if (action === undefined) return undefined
    // One that was over before it was told as begun is told once.
    const cause = `${action.id}:${action.state}`
    return { event: event.type, key: action.callId, data: { action: showAction(action) }, cause }
  }
  if ('call' in event) {
    const call = await getCall(db, event.call)
    return call === undefined ? undefined : tellCall(event, call)
  }
  if ('message' in event) {
    const message = await getMessage(db, event.message)
    if (message === undefined) return undefined
    return toldOfText(event, message)
  }
  if ('recording' in event) {
    const row = await getRecording(db, event.recording)
    if (row === undefined) return undefined
    return { event: event.type, key: row.callId ?? row.id, data: { recording: showFinished(row) } }
  }
  if ('conference' in event) {
    const { type, conference } = event
    // Somebody speaks several times a minute: that is for those who listen to the stream.
    if (type === 'conference.speaking' || type === 'conference.silent') return undefined
    return { event: type, key: conference.id, data: { conference } }
  }
  // Scans and connections are followed on streams of their own.
  if ('scan' in event || 'connection' in event) return undefined
  if ('planned' in event) {
    const row = await getPlanned(db, event.planned)
    return row === undefined ? undefined : { event: event.type, key: row.id, data: { planned: showPlanned(row) } }
  }
  if ('cdr' in event) {
    const cdr = await getCdr(db, event.cdr)
    return cdr === undefined ? undefined : { event: event.type, key: event.cdr, data: { cdr: showCdr(cdr) } }
  }
  if ('broadcast' in event) {
    // How it goes on is for those who listen to the stream.
    if (event.type === 'broadcast.updated') return undefined
    const row = await getBroadcast(db, event.broadcast)
    if (row === undefined) return undefined
    return { event: event.type, key: row.id, data: { broadcast: await showBroadcast(row, db) } }
  }
  const voicemail = await getVoicemail(db, event.voicemail)
  if (voicemail === undefined) return undefined
  const { id, callId, forwardId, from, recording } = voicemail
  const { ms, speechMs } = recording
  const recorded = { id: recording.id, ms, speechMs }
  const shown = { id, call: callId, forward: forwardId, from: showAddress(from), recording: recorded }
  return { event: event.type, key: callId ?? id, data: { voicemail: shown } }
}
