import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import { type Deferred, deferred } from '../base/deferred.ts'
import type { DeliverText } from '../carriers/local.ts'
import type { Contact } from '../engines/embedded/route.ts'
import { userPart } from '../engines/embedded/user-part.ts'
import { announce } from '../jobs/text-ledger.ts'
import { addressKey, readAddress } from '../phone/address.ts'
import type { CallSource } from '../phone/call.ts'
import type { OutgoingText, TextResult } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import type { Flow, NameAddr } from '../sip/message/message.ts'
import type { IncomingRequest } from '../sip/user-agent/options.ts'
import type { UserAgent } from '../sip/user-agent/user-agent.ts'
import { type NewMessage, queueMessage } from '../store/messages.ts'
import type { Db } from '../store/store.ts'
import type { Site } from './site.ts'

/** Octets of a text; RFC 3428 §8 keeps a MESSAGE under 1300 in all, and phones show little more. */
const longestBody = 8 * 1024

export interface TextsOptions {
  readonly db: Db
  readonly site: Site
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  readonly ua: UserAgent
  contacts(username: string): Promise<readonly Contact[]>
  /** The domain in From of what we send. */
  readonly domain: string
  /** Writes down a text to a number of ours that rings no extension. */
  take(text: NewMessage): Promise<void>
}

/** One text on its way to the phones of an extension. */
interface Flight {
  readonly username: string
  readonly text: OutgoingText
  readonly tried: Set<string>
  readonly results: TextResult[]
  readonly done: Deferred<TextResult>
  waiting: number
}

/** Hands texts to every phone of an extension by MESSAGE (RFC 3428); the first that takes it is enough. */
export class SipTexts {
  readonly #options: Pick<TextsOptions, 'ua' | 'contacts' | 'domain'>
  readonly #flights = new Set<Flight>()

  constructor(options: Pick<TextsOptions, 'ua' | 'contacts' | 'domain'>) {
    this.#options = options
  }

  readonly deliver: DeliverText = async (username, text) => {
    const flight: Flight = { username, text, tried: new Set(), results: [], done: deferred(), waiting: 0 }
    this.#flights.add(flight)
    try {
      await this.#sendToNew(flight)
      if (flight.tried.size === 0) return later(`${username} is not registered; it is delivered when a phone signs in`)
      return await flight.done.promise
    } finally {
      this.#flights.delete(flight)
    }
  }

  /** A phone signed in: texts that still wait for the answer of another, perhaps gone, are sent to it as well. */
  async appeared(username: string): Promise<void> {
    for (const flight of this.#flights) if (flight.username === username) await this.#sendToNew(flight)
  }

  async #sendToNew(flight: Flight): Promise<void> {
    for (const { uri, flow } of await this.#options.contacts(flight.username)) {
      if (flight.tried.has(uri)) continue
      flight.tried.add(uri)
      flight.waiting++
      const failed = (error: unknown): TextResult => ({
        kind: 'failed',
        sentence: `the text cannot be sent: ${error instanceof Error ? error.message : String(error)}`,
      })
      void this.#send(flight, uri, flow).then(
        (result) => this.#answered(flight, result),
        (error: unknown) => this.#answered(flight, failed(error)),
      )
    }
  }

  #answered(flight: Flight, result: TextResult): void {
    flight.results.push(result)
    flight.waiting--
    if (result.kind === 'delivered') flight.done.resolve(result)
    else if (flight.waiting === 0) flight.done.resolve(flight.results.find(({ kind }) => kind === 'later') ?? result)
  }

  async #send({ username, text }: Flight, uri: string, flow: Flow): Promise<TextResult> {
    const { ua, domain } = this.#options
    const from: NameAddr = {
      uri: { scheme: 'sip', user: text.from, host: domain, params: new Map() },
      params: new Map(),
    }
    const end = await ua.request({
      method: 'MESSAGE',
      uri,
      from,
      via: { kind: 'flow', flow },
      body: { type: 'text/plain;charset=UTF-8', content: text.body },
    })
    if (end.kind === 'failed') return later(`the phone of ${username} gave no answer: ${end.failure.sentence}`)
    return resultOf(end.response.status, username)
  }
}

const later = (sentence: string): TextResult => ({ kind: 'later', sentence })

function resultOf(status: number, username: string): TextResult {
  if (status < 300) return { kind: 'delivered' }
  switch (status) {
    case 405:
    case 415:
    case 488:
    case 501:
    case 606:
      return { kind: 'failed', sentence: `the phone of ${username} takes no texts (${status})` }
    case 403:
    case 603:
      return { kind: 'failed', sentence: `the phone of ${username} refused the text (${status})` }
    default:
      return later(`the phone of ${username} could not take it now (${status}); it is tried again when it signs in`)
  }
}

/** A text from a phone of ours, or from outside to a number of ours. */
export async function receiveText(incoming: IncomingRequest, source: CallSource, options: TextsOptions): Promise<void> {
  const { request } = incoming
  const type = request.headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'text/plain') return incoming.reply(415, { headers: [['Accept', 'text/plain']] })
  if (request.body.length > longestBody) return incoming.reply(413)
  const { db, site, clock, bus, take } = options
  const uri = request.uri
  const user = uri.scheme === 'sip' || uri.scheme === 'sips' ? (uri.user ?? '') : ''
  const extension = await site.hasExtension(user)
  const to = readAddress(user, { isExtension: () => extension })
  const wall = clock.wall()
  const row = {
    id: newId('message', wall),
    from: await senderOf(incoming, source, site),
    to: to === undefined ? user : addressKey(to),
    // The database takes no zero byte, and no phone shows one.
    body: request.body.toString('utf8').replaceAll('\0', '\ufffd'),
    // The same MESSAGE may come twice, e.g. after its answer was lost.
    key: `sip:${request.callId}:${request.cseq.number}`,
    createdAt: new Date(wall),
  }
  const receiver = to?.kind === 'number' ? await site.extensionOfNumber(to.e164) : extension ? user : undefined
  if (receiver !== undefined) {
    const direction = source.kind === 'extension' ? 'outbound' : 'inbound'
    const { row: queued } = await queueMessage(db, { ...row, direction })
    announce(bus, queued)
    return incoming.reply(202)
  }
  if (to?.kind === 'number' && (await site.owns(to.e164))) {
    await take(row)
    return incoming.reply(200)
  }
  incoming.reply(404, { reason: 'Nobody Here Takes Texts At That Address' })
}

async function senderOf({ request }: IncomingRequest, source: CallSource, site: Site): Promise<string> {
  if (source.kind === 'extension') return (await site.callerIdOf(source.username)) ?? source.username
  const { uri } = request.from
  const user = uri.scheme === 'sip' || uri.scheme === 'sips' ? (uri.user ?? 'anonymous') : 'anonymous'
  return userPart(user).slice(0, 64)
}
