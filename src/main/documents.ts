import { randomInt } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  AskFailed,
  type CallApplication,
  type DocumentPorts,
  type DocumentSource,
  type HeldApplication,
  type Params,
  type RecordingShelf,
} from '../apps/document/ports.ts'
import { readWebTarget, type WebTarget } from '../apps/document/web-target.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type Address, readAddress } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import { type ApplicationRow, getApplication } from '../store/applications.ts'
import { insertLink, linkToken } from '../store/links.ts'
import { queueMessage } from '../store/messages.ts'
import { deleteRecording, finishRecording, insertRecording } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import { FetchFailed, type GuardedFetch, type GuardedResponse } from '../webhooks/guard.ts'
import type { Outbox } from '../webhooks/outbox.ts'
import { signPlivo } from '../webhooks/sign/plivo.ts'
import type { Site } from './site.ts'

export interface DocumentsOptions {
  readonly store: Store
  readonly site: Site
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly fetch: GuardedFetch
  readonly outbox: Outbox
  readonly publicUrl: () => string
  readonly linkDays: number
  readonly country: string | undefined
  /** Hosts in SIP URIs that mean this site. */
  readonly hosts: readonly string[]
}

const form = 'application/x-www-form-urlencoded'
/** A document has 100 KB; what is longer is refused by its reader, in a sentence about documents. */
const maxAnswerBytes = 128 * 1024
const retryMs = 500

/** What documents need of the running service: requests with signatures, recordings, texts, addresses. */
export class Documents {
  readonly #options: DocumentsOptions

  constructor(options: DocumentsOptions) {
    this.#options = options
  }

  /** `undefined` when there is no such application. */
  async application(id: string): Promise<HeldApplication | undefined> {
    const { store } = this.#options
    const row = await getApplication(store.db, id)
    if (row === undefined) return undefined
    return this.held(applicationOf(row), store.keys.open(row.tokenSealed, row.id))
  }

  /** @param token what requests are signed with */
  held(application: CallApplication, token: string): HeldApplication {
    const { clock, log } = this.#options
    const ports: DocumentPorts = {
      clock,
      log,
      source: this.#source(token),
      recordings: this.#shelf(),
      address: (text) => this.#address(text),
      sendText: (text) => this.#sendText(text.from, text.to, text.text),
      applicationOf: async (text) => {
        const address = readAddress(text, this.#reading())
        if (address?.kind !== 'number') return undefined
        const assignment = await this.#options.site.assignment(address.e164)
        return typeof assignment === 'object' && assignment.kind === 'application'
          ? this.application(assignment.application)
          : undefined
      },
    }
    return { application, ports }
  }

  #source(token: string): DocumentSource {
    const { outbox, log } = this.#options
    return {
      ask: (target, params) => this.#ask(target, params, token),
      tell: (target, params, call) => {
        const { url, method } = target
        const signing = { dialect: 'plivo', token } as const
        const body = formOf(params)
        outbox
          .send({ url, method, key: call.id, contentType: form, body, signing, event: 'document.callback' })
          .catch((err: unknown) => log.error({ call: call.id, err }, 'a callback could not be queued'))
      },
    }
  }

  async #ask(target: WebTarget, params: Params, token: string): Promise<string> {
    const { retries, retryOn } = target.tuning
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#askOnce(target, params, token)
      if (answer.kind === 'text') return answer.text
      const again = answer.cause !== undefined && retryOn.includes(answer.cause)
      if (!again || attempt >= retries) throw new AskFailed(answer.failure, answer.sentence)
      await new Promise<void>((resolve) => this.#options.clock.after(retryMs, resolve))
    }
  }

  async #askOnce({ url, method, tuning }: WebTarget, params: Params, token: string): Promise<Answer> {
    const nonce = Array.from({ length: 20 }, () => randomInt(10)).join('')
    const headers = signPlivo({ method, url, params, nonce }, token)
    const body = formOf(params)
    const asked = new URL(url)
    if (method === 'GET') for (const [name, value] of params) asked.searchParams.append(name, value)
    let response: GuardedResponse
    try {
      response = await this.#options.fetch({
        url: asked.href,
        method,
        headers: {
          ...headers,
          accept: 'application/xml, text/xml',
          ...(method === 'POST' ? { 'content-type': form } : {}),
        },
        ...(method === 'POST' ? { body } : {}),
        timeoutMs: Math.min(tuning.totalMs, tuning.connectMs + tuning.readMs),
        maxBytes: maxAnswerBytes,
        maxRedirects: 3,
      })
    } catch (error) {
      if (error instanceof Problem) return failed('unreachable', error.message)
      if (!(error instanceof FetchFailed)) throw error
      return failed('unreachable', error.message, error.kind === 'timeout' ? 'rt' : 'ct')
    }
    const { status } = response
    if (status < 200 || status > 299) {
      const sentence = `${url} answered with status ${status}.`
      return failed('unreachable', sentence, status >= 500 ? '5xx' : '4xx')
    }
    const text = response.body.toString('utf8')
    return text.trim() === '' ? failed('content', `${url} answered with nothing.`) : { kind: 'text', text }
  }

  #shelf(): RecordingShelf {
    const { store, clock, publicUrl, linkDays } = this.#options
    return {
      async begin(call: Call) {
        const wall = clock.wall()
        const recording = newId('recording', wall)
        const relative = `recordings/${recording}.wav`
        const path = recordingPath(store.dataFolder, relative)
        await mkdir(dirname(path), { recursive: true })
        await insertRecording(store.db, { id: recording, callId: call.id, path: relative, createdAt: new Date(wall) })
        return { recording, path }
      },
      async finish(recording) {
        const at = clock.wall()
        const { id, ms, speechMs, end } = recording
        await finishRecording(store.db, id, { state: 'kept', ms, speechMs, endedBy: end, finishedAt: new Date(at) })
        const link = {
          id: newId('link', at),
          recordingId: id,
          createdAt: new Date(at),
          expiresAt: new Date(at + linkDays * 86_400_000),
        }
        await insertLink(store.db, link)
        return `${publicUrl()}/r/${linkToken(store.keys, link)}`
      },
      async discard(recording) {
        const row = await deleteRecording(store.db, recording)
        if (row !== undefined) await rm(recordingPath(store.dataFolder, row.path), { force: true })
      },
    }
  }

  #reading(): { country?: string } {
    const { country } = this.#options
    return country === undefined ? {} : { country }
  }

  async #address(text: string): Promise<Address | undefined> {
    const { site, hosts, log } = this.#options
    const [, user, host] = /^sips?:([^@;?]+)@([^:;?]+)/i.exec(text) ?? []
    if (user !== undefined && host !== undefined && hosts.includes(host.toLowerCase())) {
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

  async #sendText(from: string, to: string, body: string): Promise<string> {
    const { store, clock, bus } = this.#options
    const [sender, receiver] = [await this.#address(from), await this.#address(to)]
    if (receiver === undefined || receiver.kind === 'uri' || receiver.kind === 'anonymous') {
      throw new Problem('invalid_request', `${to} is neither a number nor an extension.`)
    }
    const now = clock.wall()
    const id = newId('message', now)
    const name = (address: Address): string => (address.kind === 'number' ? address.e164 : address.raw)
    await queueMessage(store.db, {
      id,
      from: sender === undefined ? from : name(sender),
      to: name(receiver),
      body,
      key: null,
      createdAt: new Date(now),
    })
    bus.publish({ type: 'message.queued', at: now, message: id })
    return id
  }
}

const formOf = (params: Params): string =>
  String(new URLSearchParams(params.map(([name, value]): [string, string] => [name, value])))

type Answer =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'failed'
      readonly failure: AskFailed['kind']
      readonly sentence: string
      readonly cause?: '4xx' | '5xx' | 'ct' | 'rt'
    }

const failed = (failure: AskFailed['kind'], sentence: string, cause?: '4xx' | '5xx' | 'ct' | 'rt'): Answer => ({
  kind: 'failed',
  failure,
  sentence,
  ...(cause === undefined ? {} : { cause }),
})

function applicationOf(row: ApplicationRow): CallApplication {
  const target = (url: string, method: 'GET' | 'POST'): WebTarget => {
    const read = readWebTarget(url, method)
    if (typeof read === 'string') throw new Error(`The application ${row.id} holds a URL that was never taken.`)
    return read
  }
  return {
    id: row.id,
    answer: target(row.answerUrl, row.answerMethod),
    ...(row.fallbackUrl === null ? {} : { fallback: target(row.fallbackUrl, row.fallbackMethod) }),
    ...(row.hangupUrl === null ? {} : { hangup: target(row.hangupUrl, row.hangupMethod) }),
  }
}
