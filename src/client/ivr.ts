import type {
  ClientOptions,
  DialOptions,
  GatherOptions,
  HangupOptions,
  HoldOptions,
  MonitorOptions,
  PlayOptions,
  RecordOptions,
  TransferOptions,
  UnholdOptions,
} from './options.ts'
import { ClientError, IvrResult } from './result.ts'

type Value = string | number | boolean | undefined

/** The names of the options that are not written in the same letters as their parameters. */
const parameterNames: Readonly<Record<string, string>> = {
  notifyUrl: 'notify_url',
  monitorNotifyUrl: 'monitor_notify_url',
  callerId: 'caller_id',
  maxDuration: 'max_duration',
  ringTime: 'ringtime',
  maxDigits: 'max_digits',
  onFailure: 'on_failure',
}

/** Drives calls block by block. Each method resolves when the block is accepted or refused; how it went comes to `notifyUrl`. */
export class Ivr {
  readonly #options: ClientOptions

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** @param dest E.164, an extension or a SIP URI */
  dial(dest: string, options: DialOptions = {}): Promise<IvrResult> {
    return this.#send('start/dial', { dest, ...options })
  }

  play(session: string, msg: string, options: PlayOptions = {}): Promise<IvrResult> {
    return this.#send('middle/play', { session, msg, ...options })
  }

  gather(session: string, options: GatherOptions): Promise<IvrResult> {
    return this.#send('middle/gather', { session, ...options })
  }

  record(session: string, options: RecordOptions): Promise<IvrResult> {
    return this.#send('middle/record', { session, ...options })
  }

  monitor(session: string, options: MonitorOptions): Promise<IvrResult> {
    return this.#send('middle/monitor', { session, ...options })
  }

  /** `msg` is repeated until `unhold`. */
  hold(session: string, options: HoldOptions = {}): Promise<IvrResult> {
    return this.#send('middle/hold', { session, ...options })
  }

  unhold(session: string, options: UnholdOptions = {}): Promise<IvrResult> {
    return this.#send('middle/unhold', { session, ...options })
  }

  /** @param dest as of `dial`, or `room:<name>`, or `room:` for a new one */
  transfer(session: string, dest: string, options: TransferOptions = {}): Promise<IvrResult> {
    return this.#send('end/transfer', { session, dest, ...options })
  }

  hangup(session: string, { force, ...options }: HangupOptions = {}): Promise<IvrResult> {
    return this.#send('end/hangup', { session, ...options, ...(force === true ? { force: 'enabled' } : {}) })
  }

  async #send(path: string, fields: Readonly<Record<string, Value>>): Promise<IvrResult> {
    const { url, appId, accessToken, timeoutMs = 30_000 } = this.#options
    const form = new URLSearchParams({ app_id: appId, access_token: accessToken })
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) form.set(parameterNames[name] ?? name, String(value))
    }
    const address = `${url.replace(/\/+$/, '')}/open/ivr/${path}`
    try {
      const reply = await fetch(address, { method: 'POST', body: form, signal: AbortSignal.timeout(timeoutMs) })
      return readReply(reply.status, await reply.text())
    } catch (error) {
      if (error instanceof ClientError) throw error
      throw new ClientError(`${address} gave no answer: ${reasonOf(error)}`, { cause: error })
    }
  }
}

function readReply(status: number, text: string): IvrResult {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new ClientError(`The answer (HTTP ${status}) is not JSON: ${text.slice(0, 100)}`, { cause })
  }
  if (typeof body !== 'object' || body === null || !('status' in body) || typeof body.status !== 'string') {
    throw new ClientError(`The answer (HTTP ${status}) has no status: ${text.slice(0, 100)}`)
  }
  return new IvrResult({ ...body })
}

/** `fetch` says "fetch failed" and keeps the reason below. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
