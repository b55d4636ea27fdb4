import type { Flow, NameAddr } from '../../sip/message/message.ts'
import type { AudioCodec, Direction, LocalMedia, NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { ClientSessionHandlers, ServerSession, Session, SessionHandlers } from '../../sip/user-agent/session.ts'

/** What the app of the called number answers with. */
export interface Offered extends Pick<ServerSession, 'ring' | 'accept' | 'reject'> {
  /** What it promises, where it does, is that the caller hears us. */
  progress(media: LocalMedia): void | Promise<void>
}

export interface InnerSessionsOptions {
  /** Of no dialog of SIP; unique. */
  readonly callId: string
  readonly caller: NameAddr
  readonly called: NameAddr
  /** Where each side takes its audio; `telephoneEvent: false` on either leaves keys in the audio. */
  readonly nearMedia: LocalMedia
  readonly farMedia: LocalMedia
  /** Of the side that calls. */
  readonly handlers: ClientSessionHandlers
}

/** RFC 3551 §6. */
const payloadTypes: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8 }
const telephoneEvent = 101

type Reason = NonNullable<Parameters<Session['hangup']>[0]>

/** What both sides share. Whatever one side does the other is told by a later microtask, in order, as a network would. */
class Pair {
  phase: 'offered' | 'up' | 'over' = 'offered'
  readonly flow: Flow
  readonly #told: (() => void)[] = []

  constructor({ address, port }: LocalMedia) {
    this.flow = { transport: 'UDP', localAddress: address, localPort: port, remoteAddress: address, remotePort: port }
  }

  later(tell: () => void): void {
    this.#told.push(tell)
    queueMicrotask(() => this.#told.shift()?.())
  }
}

abstract class Side<H extends SessionHandlers> implements Session {
  readonly callId: string
  readonly remote: NameAddr
  /** Nobody else can name it. */
  readonly dialog = undefined
  handlers: H
  direction: Direction = 'sendrecv'
  media: LocalMedia
  protected readonly pair: Pair

  constructor(pair: Pair, callId: string, remote: NameAddr, media: LocalMedia, handlers: H) {
    this.pair = pair
    this.callId = callId
    this.remote = remote
    this.media = media
    this.handlers = handlers
  }

  abstract get other(): Side<SessionHandlers>
  abstract hangup(reason?: Reason): void

  get flow(): Flow {
    return this.pair.flow
  }

  /** As seen from this side. */
  agreed(): NegotiatedMedia {
    const { other } = this
    const codec = this.media.codecs.find((each) => other.media.codecs.includes(each)) ?? 'PCMU'
    const events = this.media.telephoneEvent !== false && other.media.telephoneEvent !== false
    return {
      address: other.media.address,
      port: other.media.port,
      rtcpPort: other.media.port,
      rtcpMux: true,
      codec,
      payloadType: payloadTypes[codec],
      ...(events ? { telephoneEvent } : {}),
      ptime: 20,
      direction: both(this.direction, seenFromThere(other.direction)),
    }
  }

  async reoffer(o: { readonly media?: LocalMedia; readonly direction?: Direction }): Promise<NegotiatedMedia> {
    if (this.pair.phase !== 'up') throw new Error('A session that is not up cannot offer anew.')
    this.direction = o.direction ?? 'sendrecv'
    this.media = o.media ?? this.media
    const { other } = this
    this.pair.later(() => other.handlers.media(other.agreed()))
    return this.agreed()
  }

  async info(key: string, ms: number): Promise<void> {
    const { other } = this
    this.pair.later(() => other.handlers.digit(key, ms))
  }

  /** Who asks is a part of this service and can as well call itself. */
  async refer(): Promise<{ readonly kind: 'refused'; readonly status: number }> {
    return { kind: 'refused', status: 603 }
  }

  protected bye(reason: Reason): void {
    const { pair, other } = this
    pair.phase = 'over'
    pair.later(() => other.handlers.ended({ by: 'remote', how: 'bye', ...reason }))
    pair.later(() => this.handlers.ended({ by: 'local', how: 'bye', ...reason }))
  }
}

class Near extends Side<ClientSessionHandlers> {
  far: Far | undefined

  get other(): Far {
    if (this.far === undefined) throw new Error('a side of a call within the house was used before there was the other')
    return this.far
  }

  hangup(reason: Reason = {}): void {
    const { pair, other } = this
    if (pair.phase === 'up') this.bye(reason)
    if (pair.phase !== 'offered') return
    pair.phase = 'over'
    pair.later(() => other.handlers.ended({ by: 'remote', how: 'cancel', ...reason }))
    pair.later(() => this.handlers.ended({ by: 'local', how: 'cancel', ...reason }))
  }
}

const untold: SessionHandlers = { media: () => {}, digit: () => {}, ended: () => {} }

class Far extends Side<SessionHandlers> implements Offered {
  readonly other: Near

  constructor(near: Near, pair: Pair, callId: string, remote: NameAddr, media: LocalMedia) {
    super(pair, callId, remote, media, untold)
    this.other = near
  }

  ring(): void {
    if (this.pair.phase === 'offered') this.#provisional(180)
  }

  progress(): void {
    if (this.pair.phase !== 'offered') return
    this.handlers.media(this.agreed())
    this.#provisional(183, this.other.agreed())
  }

  accept(): void {
    const { pair, other } = this
    if (pair.phase !== 'offered') return
    pair.phase = 'up'
    this.handlers.media(this.agreed())
    const media = other.agreed()
    pair.later(() => other.handlers.media(media))
    pair.later(() => other.handlers.accepted())
  }

  reject(status: number, text?: string): void {
    const { pair, other } = this
    if (pair.phase !== 'offered') return
    pair.phase = 'over'
    const why = { how: 'rejected', status, ...(text === undefined ? {} : { text }) } as const
    pair.later(() => other.handlers.ended({ by: 'remote', ...why }))
    pair.later(() => this.handlers.ended({ by: 'local', ...why }))
  }

  hangup(reason: Reason = {}): void {
    if (this.pair.phase === 'up') this.bye(reason)
    else this.reject(480, reason.text)
  }

  #provisional(status: number, early?: NegotiatedMedia): void {
    const { pair, other } = this
    pair.later(() => {
      // What comes after a CANCEL is of no use to who sent it.
      if (pair.phase !== 'over') other.handlers.provisional(status, early)
    })
  }
}

/**
 * Both sides of a call that stays in this process: what one does reaches the other without a message. Their audio goes between the places
 * that each one names.
 */
export function innerSessions(o: InnerSessionsOptions): { readonly near: Session; readonly far: Session & Offered } {
  const pair = new Pair(o.nearMedia)
  const near = new Near(pair, o.callId, o.called, o.nearMedia, o.handlers)
  const far = new Far(near, pair, o.callId, o.caller, o.farMedia)
  near.far = far
  return { near, far }
}

const sends = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly'
const hears = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly'

function directionOf(out: boolean, back: boolean): Direction {
  if (out) return back ? 'sendrecv' : 'sendonly'
  return back ? 'recvonly' : 'inactive'
}

const seenFromThere = (direction: Direction): Direction => directionOf(hears(direction), sends(direction))
const both = (a: Direction, b: Direction): Direction => directionOf(sends(a) && sends(b), hears(a) && hears(b))
