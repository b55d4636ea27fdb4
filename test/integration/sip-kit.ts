import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setImmediate as tick } from 'node:timers/promises'
import { type Deferred, deferred } from '../../src/base/deferred.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import type { NameAddr, SipMessage } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'
import type { LocalMedia, NegotiatedMedia } from '../../src/sip/sdp/media.ts'
import type { TraceEntry } from '../../src/sip/transaction/layer.ts'
import { openTransports } from '../../src/sip/transport/transports.ts'
import type { InviteOptions, UserAgentHandlers } from '../../src/sip/user-agent/options.ts'
import type {
  ClientSession,
  ClientSessionHandlers,
  ServerSession,
  SessionEnd,
} from '../../src/sip/user-agent/session.ts'
import { startUserAgent } from '../../src/sip/user-agent/start.ts'
import type { UserAgent } from '../../src/sip/user-agent/user-agent.ts'
import { FakeClock } from '../kit/fake-clock.ts'

export type Heard =
  | { readonly kind: 'media'; readonly media: NegotiatedMedia }
  | { readonly kind: 'digit'; readonly key: string; readonly ms: number }
  | { readonly kind: 'provisional'; readonly status: number; readonly early: NegotiatedMedia | undefined }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'ended'; readonly end: SessionEnd }

type HeardOf<K extends Heard['kind']> = Extract<Heard, { kind: K }>

/** What a session told, in order, and a way to wait for the next of a kind. */
export class Ear implements ClientSessionHandlers {
  readonly all: Heard[] = []
  readonly #taken = new Set<Heard>()
  readonly #waiting: { kind: Heard['kind']; found: Deferred<Heard> }[] = []

  media = (media: NegotiatedMedia): void => this.#hear({ kind: 'media', media })
  digit = (key: string, ms: number): void => this.#hear({ kind: 'digit', key, ms })
  provisional = (status: number, early?: NegotiatedMedia): void => this.#hear({ kind: 'provisional', status, early })
  accepted = (): void => this.#hear({ kind: 'accepted' })
  ended = (end: SessionEnd): void => this.#hear({ kind: 'ended', end })

  async next<K extends Heard['kind']>(kind: K): Promise<HeardOf<K>> {
    const known = this.all.find((heard) => heard.kind === kind && !this.#taken.has(heard))
    if (known !== undefined) {
      this.#taken.add(known)
      return known as HeardOf<K>
    }
    const found = deferred<Heard>()
    this.#waiting.push({ kind, found })
    return (await found.promise) as HeardOf<K>
  }

  get kinds(): string[] {
    return this.all.map(({ kind }) => kind)
  }

  #hear(heard: Heard): void {
    this.all.push(heard)
    const index = this.#waiting.findIndex(({ kind }) => kind === heard.kind)
    if (index < 0) return
    this.#taken.add(heard)
    this.#waiting.splice(index, 1)[0]!.found.resolve(heard)
  }
}

export interface Agent {
  readonly ua: UserAgent
  readonly scope: Scope
  readonly port: number
  readonly trace: TraceEntry[]
  /** The next INVITE that comes in, with an ear on it. */
  incoming(): Promise<{ session: ServerSession; ear: Ear }>
  /** `GET sip:…` of this agent. */
  uri(user?: string): string
  ladder(): string[]
}

export class Field {
  readonly clock = new FakeClock()
  readonly transport: 'UDP' | 'TCP'
  readonly #agents: Agent[] = []
  readonly #peers: RawPeer[] = []

  constructor(transport: 'UDP' | 'TCP' = 'UDP') {
    this.transport = transport
  }

  async agent(handlers: UserAgentHandlers = {}): Promise<Agent> {
    const scope = new Scope('agent')
    const { clock } = this
    const transports = await openTransports({ address: '127.0.0.1', port: 0, clock, scope, log: silentLogger })
    const port = transports.all[0]!.localPort
    const trace: TraceEntry[] = []
    const arrived: { session: ServerSession; ear: Ear }[] = []
    const waiting: Deferred<{ session: ServerSession; ear: Ear }>[] = []
    const ua = startUserAgent({
      transports,
      clock,
      scope,
      log: silentLogger,
      name: 'Offhook/test',
      advertise: () => ({ host: '127.0.0.1', port }),
      trace: (entry) => trace.push(entry),
      handlers: {
        invite(session) {
          const ear = new Ear()
          session.handlers = ear
          const next = waiting.shift()
          if (next === undefined) arrived.push({ session, ear })
          else next.resolve({ session, ear })
        },
        ...handlers,
      },
    })
    const agent: Agent = {
      ua,
      scope,
      port,
      trace,
      incoming() {
        const known = arrived.shift()
        if (known !== undefined) return Promise.resolve(known)
        const next = deferred<{ session: ServerSession; ear: Ear }>()
        waiting.push(next)
        return next.promise
      },
      uri: (user = 'bob') =>
        `sip:${user === '' ? '' : `${user}@`}127.0.0.1:${port}${this.transport === 'TCP' ? ';transport=tcp' : ''}`,
      ladder: () =>
        trace.map(({ direction, message }) => {
          const what = message.kind === 'request' ? message.method : `${message.status} ${message.cseq.method}`
          return `${direction === 'sent' ? '>' : '<'} ${what}`
        }),
    }
    this.#agents.push(agent)
    return agent
  }

  async peer(): Promise<RawPeer> {
    const peer = await RawPeer.open()
    this.#peers.push(peer)
    return peer
  }

  /** Lets everything that is on its way arrive. */
  async settle(): Promise<void> {
    for (let i = 0; i < 30; i++) await tick()
  }

  /** Moves the clock in small steps, so that what a timer sends can arrive before the next one. */
  async pass(ms: number): Promise<void> {
    const stepMs = Math.max(250, ms / 40)
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left))
      await this.settle()
    }
  }

  /** After a test: all calls are over, so once the timers of the protocol have run out nothing may be left. */
  async leaks(): Promise<unknown[]> {
    await this.settle()
    await this.pass(70_000)
    const left: unknown[] = []
    const none = { live: 0, sessions: 0, dialogs: 0, requests: 0, transactions: { client: 0, server: 0, timers: 0 } }
    for (const { ua, port, ladder } of this.#agents) {
      const counts = ua.counts()
      if (JSON.stringify(counts) !== JSON.stringify(none)) left.push({ port, counts, ladder: ladder() })
    }
    await this.close()
    if (this.clock.waiting > 0) left.push({ timers: this.clock.waiting })
    return left
  }

  async close(): Promise<void> {
    for (const peer of this.#peers.splice(0)) peer.close()
    for (const { scope } of this.#agents.splice(0)) await scope.close()
  }
}

export const address = (user: string, displayName?: string): NameAddr => ({
  uri: { scheme: 'sip', user, host: 'example.test', params: new Map() },
  params: new Map(),
  ...(displayName === undefined ? {} : { displayName }),
})

export const media = (port: number, codecs: LocalMedia['codecs'] = ['PCMU', 'PCMA']): LocalMedia => ({
  address: '127.0.0.1',
  port,
  codecs,
})

export function call(
  from: Agent,
  uri: string,
  more: Partial<InviteOptions> = {},
): { session: ClientSession; ear: Ear } {
  const ear = new Ear()
  const session = from.ua.invite({
    uri,
    from: address('ann', 'Ann "A" O’Hara'),
    media: media(4000),
    handlers: ear,
    ...more,
  })
  return { session, ear }
}

/** A call that is up. */
export async function connected(a: Agent, b: Agent) {
  const caller = call(a, b.uri())
  const callee = await b.incoming()
  callee.session.accept(media(5000))
  await caller.ear.next('accepted')
  await caller.ear.next('media')
  await callee.ear.next('media')
  // The ACK must be there before anything else is tried.
  await until(() => b.ladder().includes('< ACK'))
  return { caller, callee }
}

/** Waits for something that no handler tells. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 5000; i++) {
    if (condition()) return
    await tick()
  }
  throw new Error('what was waited for did not come')
}

/** The other side as a bare socket, for what a well-behaved one never does. */
export class RawPeer {
  readonly port: number
  readonly #socket: Socket
  readonly received: SipMessage[] = []

  static async open(): Promise<RawPeer> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new RawPeer(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (bytes) => {
      const message = parseMessage(bytes)
      if (!('kind' in message)) throw new Error('a message of ours cannot be read')
      this.received.push(message as SipMessage)
    })
  }

  send(port: number, lines: readonly string[], body = ''): void {
    const text = [...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
    this.#socket.send(text, port, '127.0.0.1')
  }

  /** An answer to a request that came, with that tag. */
  answer(
    port: number,
    request: SipMessage,
    status: number,
    tag: string,
    more: readonly string[] = [],
    body = '',
  ): void {
    const { headers } = request
    this.send(
      port,
      [
        `SIP/2.0 ${status} Whatever`,
        ...headers.all('Via').map((via) => `Via: ${via}`),
        `From: ${headers.get('From')}`,
        `To: ${headers.get('To')}${request.to.params.has('tag') ? '' : `;tag=${tag}`}`,
        `Call-ID: ${request.callId}`,
        `CSeq: ${headers.get('CSeq')}`,
        ...more,
      ],
      body,
    )
  }

  async next(match: (message: SipMessage) => boolean): Promise<SipMessage> {
    await until(() => this.received.some(match))
    const index = this.received.findIndex(match)
    return this.received.splice(index, 1)[0]!
  }

  close(): void {
    this.#socket.close()
  }
}

export const isRequest = (method: string) => (message: SipMessage) =>
  message.kind === 'request' && message.method === method
export const isAnswer = (status: number, method?: string) => (message: SipMessage) =>
  message.kind === 'response' && message.status === status && (method === undefined || message.cseq.method === method)

export const rawSdp = (port: number, direction = 'sendrecv', formats = '0 8') =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${formats}\r\na=${direction}\r\n`

export const contact = (peer: RawPeer) => `Contact: <sip:peer@127.0.0.1:${peer.port}>`
export const withSdp = (peer: RawPeer) => [contact(peer), 'Content-Type: application/sdp']

let serial = 0
/** A request of the bare peer; every field may be replaced or, with '', left out. */
export function request(peer: RawPeer, to: number, method: string, fields: Record<string, string> = {}): string[] {
  serial += 1
  const all: Record<string, string> = {
    Via: `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK-raw-${serial};rport`,
    'Max-Forwards': '70',
    From: '<sip:peer@example.test>;tag=theirs',
    To: '<sip:bob@example.test>',
    'Call-ID': `raw-${peer.port}-${serial}`,
    CSeq: `1 ${method}`,
    Contact: `<sip:peer@127.0.0.1:${peer.port}>`,
    ...fields,
  }
  const { Uri, ...headers } = { Uri: `sip:bob@127.0.0.1:${to}`, ...all }
  return [`${method} ${Uri} SIP/2.0`, ...Object.entries(headers).flatMap(([k, v]) => (v === '' ? [] : [`${k}: ${v}`]))]
}

/** A request in the dialog that our answer made. */
export const inDialog = (
  peer: RawPeer,
  to: number,
  method: string,
  answer: SipMessage,
  cseq: number,
  more: Record<string, string> = {},
) =>
  request(peer, to, method, {
    To: answer.headers.get('To')!,
    'Call-ID': answer.callId,
    CSeq: `${cseq} ${method}`,
    ...more,
  })
