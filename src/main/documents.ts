import type {
  CallApplication,
  DocumentPorts,
  DocumentText,
  HeldApplication,
  RecordingShelf,
  RoomRecording,
  RunningDocuments,
} from '../apps/document/ports.ts'
import { readWebTarget, type WebTarget } from '../apps/document/web-target.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type Address, readAddress } from '../phone/address.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { CallId, RecordingId } from '../phone/id.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import type { Room } from '../phone/room.ts'
import { type ApplicationRow, getApplication } from '../store/applications.ts'
import { noteDocumentCall } from '../store/document-calls.ts'
import type { Store } from '../store/store.ts'
import type { GuardedFetch } from '../webhooks/guard.ts'
import type { Outbox } from '../webhooks/outbox.ts'
import { documentRecordings } from './document-recordings.ts'
import { documentRequests } from './document-requests.ts'
import { MessageCallbacks } from './message-callbacks.ts'
import type { Mp3Files } from './mp3-files.ts'
import type { OutgoingTexts } from './outgoing-texts.ts'
import type { PendingEnds } from './pending-ends.ts'
import { RoomRecordings } from './room-recordings.ts'
import type { Site } from './site.ts'
import type { Transcriber } from './transcriber.ts'

export interface DocumentsOptions {
  readonly store: Store
  readonly site: Site
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly fetch: GuardedFetch
  readonly outbox: Outbox
  readonly pending: PendingEnds
  readonly publicUrl: () => string
  readonly linkDays: number
  readonly apology: string | undefined
  /** Numbers of somebody else that programs may call as. */
  readonly callerIds: 'any' | readonly string[]
  readonly mp3s: Mp3Files
  readonly transcriber: Pick<Transcriber, 'transcribe'>
  readonly texts: Pick<OutgoingTexts, 'put' | 'told'>
  readonly country: string | undefined
  /** Hosts in SIP URIs that mean this site. */
  readonly hosts: readonly string[]
  /** Of SIP here; behind another port of the same host is somebody else. */
  readonly ports: readonly number[]
  /** Resolves when the row of the call is in the store. */
  readonly written: (call: CallId) => Promise<void>
}

/** What documents need of the running service: requests with signatures, recordings, texts, addresses. */
export class Documents {
  readonly #options: DocumentsOptions
  readonly callbacks: MessageCallbacks
  readonly #shelf: RecordingShelf
  readonly #rooms: RoomRecordings
  readonly #running = new Map<CallId, RunningDocuments>()

  constructor(options: DocumentsOptions) {
    this.#options = options
    this.callbacks = new MessageCallbacks(options)
    this.#shelf = documentRecordings(options)
    this.#rooms = new RoomRecordings(this.#shelf, options.clock, options.log)
  }

  /** What drives the call now; `undefined` where no documents do. */
  running(call: CallId): RunningDocuments | undefined {
    return this.#running.get(call)
  }

  /** `undefined` when there is no such application. */
  async application(id: string): Promise<HeldApplication | 'texts_only' | undefined> {
    const { store } = this.#options
    const row = await getApplication(store.db, id)
    if (row === undefined) return undefined
    const application = applicationOf(row)
    if (application === undefined) return 'texts_only'
    return this.held(application, store.keys.open(row.tokenSealed, row.id), row.account ?? undefined)
  }

  /** @param token what requests are signed with; @param account whose they are */
  held(application: CallApplication, token: string, account?: string): HeldApplication {
    return { application, ports: this.ports(token, account) }
  }

  ports(token: string, account?: string): DocumentPorts {
    const { clock, log, fetch, outbox, pending, written, apology } = this.#options
    return {
      ...(apology === undefined ? {} : { apology }),
      clock,
      log,
      source: documentRequests({ clock, log, fetch, outbox, pending, written }, token, account),
      running: (call, run) => {
        this.#running.set(call, run)
        this.note(call, { applicationId: run.application === '' ? null : run.application })
        return () => this.#running.delete(call)
      },
      ended: (call, { code, name, source }) =>
        this.note(call, { causeCode: code, causeName: name, causeSource: source }),
      recordings: this.#shelf,
      transcribe: (path) => this.#options.transcriber.transcribe(path),
      address: (text) => this.address(text),
      callerId: (text) => this.callerId(text),
      recordRoom: (room, format) => this.recordRoom(room, format),
      sendText: (text) => this.sendText(text, token),
    }
  }

  #reading(): { country?: string } {
    const { country } = this.#options
    return country === undefined ? {} : { country }
  }

  /** Who stands behind a number, extension or SIP URI; `undefined` for nobody, or for one who may not be called. */
  async address(text: string): Promise<Address | undefined> {
    const { site, hosts, ports, log } = this.#options
    const [, user, host = '', port] = /^sips?:([^@;?]+)@([^:;?]+)(?::([0-9]+))?/i.exec(text) ?? []
    const here = hosts.includes(host.toLowerCase()) && (port === undefined || ports.includes(Number(port)))
    if (user !== undefined && here) {
      return (await site.hasExtension(user)) ? { kind: 'extension', username: user, raw: text } : undefined
    }
    const plain = /^[1-9][0-9]{7,14}$/.test(text) ? `+${text}` : text
    const address = (await site.hasExtension(text))
      ? ({ kind: 'extension', username: text, raw: text } as const)
      : readAddress(plain, this.#reading())
    if (address?.kind !== 'number' || (await site.owns(address.e164))) return address
    const verdict = mayCallOut('international', address.e164, [])
    if (verdict.allowed) return address
    log.warn({ to: address.e164 }, verdict.sentence)
    return undefined
  }

  /** Whom this site may call as; `undefined` for somebody else. */
  async callerId(text: string): Promise<Address | undefined> {
    const { site, callerIds } = this.#options
    const address = await this.address(text)
    switch (address?.kind) {
      case undefined:
      case 'anonymous':
        return address
      case 'extension':
        return (await site.hasExtension(address.username)) ? address : undefined
      case 'number': {
        const verified = callerIds === 'any' || callerIds.includes(address.e164)
        return verified || (await site.owns(address.e164)) ? address : undefined
      }
      case 'uri':
        return callerIds === 'any' ? address : undefined
    }
  }

  /** Until the room ends or `stopRoom`; `undefined` where it is being recorded already. */
  recordRoom(room: Room, format: 'mp3' | 'wav', maxSeconds?: number): Promise<RoomRecording | undefined> {
    return this.#rooms.start(room, format, maxSeconds)
  }

  stopRoomRecording(room: Room): void {
    this.#rooms.stop(room)
  }

  deleteRecording(recording: RecordingId): Promise<void> {
    return this.#shelf.discard(recording)
  }

  /** @param token signs what is told of the text */
  async sendText({ from, to, text: body, callback, key }: DocumentText, token: string): Promise<string> {
    const { store, texts } = this.#options
    const [sender, receiver] = [await this.address(from), await this.address(to)]
    if (receiver === undefined || receiver.kind === 'uri' || receiver.kind === 'anonymous') {
      throw new Problem('invalid_request', `${to} is neither a number nor an extension.`)
    }
    const name = (address: Address): string => (address.kind === 'number' ? address.e164 : address.raw)
    const text = {
      ...{ from: sender === undefined ? from : name(sender), to: name(receiver), body },
      ...(key === undefined ? {} : { key }),
    }
    const queued = await store.db.transaction(async (tx) => {
      const made = await texts.put(tx, text)
      if (made.isNew && callback !== undefined) await this.callbacks.put(tx, made.row.id, callback, token)
      return made
    })
    if (queued.isNew) texts.told(queued.row)
    return queued.row.id
  }

  /** What is to be found of a call later. A fault costs the note, never the call. */
  note(call: CallId, change: Parameters<typeof noteDocumentCall>[2]): void {
    const { store, log, written } = this.#options
    written(call)
      .then(() => noteDocumentCall(store.db, call, change))
      .catch((err: unknown) => log.error({ call, err }, 'what documents made of a call could not be written down'))
  }
}

/** `undefined` where it has no answer URL. */
function applicationOf(row: ApplicationRow): CallApplication | undefined {
  const target = (url: string, method: 'GET' | 'POST'): WebTarget => {
    const read = readWebTarget(url, method)
    if (typeof read === 'string') throw new Error(`The application ${row.id} holds a URL that was never taken.`)
    return read
  }
  if (row.answerUrl === null) return undefined
  return {
    id: row.id,
    answer: target(row.answerUrl, row.answerMethod),
    ...(row.fallbackUrl === null ? {} : { fallback: target(row.fallbackUrl, row.fallbackMethod) }),
    ...(row.hangupUrl === null ? {} : { hangup: target(row.hangupUrl, row.hangupMethod) }),
  }
}
