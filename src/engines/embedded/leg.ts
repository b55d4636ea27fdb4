import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import type { MediaStream, StreamStats } from '../../media/plane.ts'
import type { Lacks } from '../../phone/engine.ts'
import type { CallEnd } from '../../phone/reason.ts'
import type { AudioCodec, NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { IncomingRefer, Session, SessionEnd } from '../../sip/user-agent/session.ts'

export type LegOwner =
  | { readonly kind: 'extension'; readonly username: string }
  /** `id`: of the trunk. */
  | { readonly kind: 'trunk'; readonly id: string }
  | { readonly kind: 'trusted' | 'service' | 'call' }

type KeyListener = (key: string) => void

/** The leg that a placed one will be bridged with. */
export interface Near {
  readonly stream: MediaStream
  /** Offered first, so that nothing has to be translated. */
  readonly codec: AudioCodec | undefined
  /** False where its keys are sounds. */
  readonly telephoneEvent: boolean
}

/**
 * One party: a session and the stream that carries its audio. Keys arrive here whichever way they were sent.
 * The stream is closed when the session has ended.
 */
export class Leg {
  readonly stream: MediaStream
  readonly ended: Promise<SessionEnd>
  readonly #ended: Deferred<SessionEnd> = deferred()
  readonly #mediaReady: Deferred<void> = deferred()
  readonly #keys = new Set<KeyListener>()
  readonly #log: Logger
  #session: Session | undefined
  /** A key came by telephone-event. */
  #hasEvents = false
  #media: NegotiatedMedia | undefined
  #stats: StreamStats | undefined
  /** Who is at its far end, as far as we know by ourselves. */
  owner: LegOwner | undefined
  /** Called when the direction changes, `held` when the other side does not want to hear us. */
  onHold: (held: boolean) => void = () => {}
  /** Called when the other side wants the call handed over; where nobody listens it is refused. */
  onRefer: ((refer: IncomingRefer) => void) | undefined
  /** Called when the stream was lost with its thread. */
  onLost: (reason: string) => void = () => this.#session?.hangup({ q850: 41 })
  /** What carries it, where that is not our own SIP. */
  by: { readonly scheme: string; readonly lacks: Lacks } | undefined
  /** Presses a key towards the far end, where keys do not go with the audio. */
  press: ((key: string) => void) | undefined
  /** How the call ended that is the other side of this leg, where that is a call of ours; absent while it has not. */
  innerEnd: () => CallEnd | undefined = () => undefined
  /** Called with the figures of the stream once it is closed. */
  onFigures: (stats: StreamStats, media: NegotiatedMedia | undefined) => void = () => {}
  /** Called when nothing was heard for a while on a leg that should send. */
  onSilent: (seconds: number) => void = () => {}

  constructor(stream: MediaStream, log: Logger) {
    this.stream = stream
    this.#log = log
    this.ended = this.#ended.promise
    stream.onEvent = (event) => {
      switch (event.kind) {
        case 'digit':
          this.#hasEvents ||= event.by === 'telephone-event'
          this.#key(event.digit)
          return
        case 'silent':
          if (this.#media?.direction === 'sendrecv') this.onSilent(event.seconds)
          return
        case 'closed':
          this.onLost(event.reason)
          return
        default:
      }
    }
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error('the leg has no session yet')
    return this.#session
  }

  get media(): NegotiatedMedia | undefined {
    return this.#media
  }

  /** For a leg that will be bridged with this one. */
  get near(): Near {
    const { stream, media } = this
    return { stream, codec: media?.codec, telephoneEvent: media === undefined || media.telephoneEvent !== undefined }
  }

  /** Figures of the closed stream; absent while it is open. */
  get stats(): StreamStats | undefined {
    return this.#stats
  }

  /** Resolves when audio can flow; not at all when the session ends before. */
  get mediaReady(): Promise<void> {
    return this.#mediaReady.promise
  }

  /** @param session the leg's own; set once */
  attach(session: Session): void {
    this.#session = session
  }

  /** It leaves its call and goes on; who has it next listens anew. */
  release(): void {
    this.onHold = () => {}
    this.onRefer = undefined
    this.onLost = () => this.#session?.hangup({ q850: 41 })
    this.onSilent = () => {}
  }

  /** To be called from the session's handlers. */
  readonly onMedia = (media: NegotiatedMedia): void => {
    const wasHeld = isHeld(this.#media)
    const last = this.#media
    this.#media = media
    // Port 0 takes the audio away (RFC 3264 §8.2): there is nowhere to send to until the next offer.
    if (media.port > 0) this.stream.connect(media)
    else if (last !== undefined && last.port > 0) this.stream.connect({ ...last, direction: 'inactive' })
    // A side that was offered telephone-event and did not take it has its keys in the audio, if anywhere.
    this.stream.detectInband(media.telephoneEvent === undefined)
    this.#mediaReady.resolve()
    if (isHeld(media) !== wasHeld) this.onHold(isHeld(media))
  }

  readonly onReferred = (refer: IncomingRefer): void => {
    if (this.onRefer === undefined) refer.reject(603)
    else this.onRefer(refer)
  }

  readonly onDigit = (key: string): void => {
    // A phone that has sent a key by telephone-event sends them all so; its INFO says the same key again.
    if (this.#hasEvents) return
    this.stream.digit(key)
    this.#key(key)
  }

  readonly onEnded = (end: SessionEnd): void => {
    this.#ended.resolve(end)
    this.stream.close().then(
      (stats) => {
        this.#stats = stats
        this.onFigures(stats, this.#media)
      },
      (error: unknown) => this.#log.error({ err: error }, 'a media stream did not close'),
    )
  }

  /** @returns a function that stops listening */
  onKey(listener: KeyListener): () => void {
    this.#keys.add(listener)
    return () => {
      this.#keys.delete(listener)
    }
  }

  #key(key: string): void {
    for (const listener of [...this.#keys]) listener(key)
  }
}

const isHeld = (media: NegotiatedMedia | undefined): boolean =>
  media !== undefined && (media.direction === 'recvonly' || media.direction === 'inactive')

/** How a party is heard, for the story of its call. `srtp`: the suite, where the audio is encrypted. */
export const soundOf = (media: NegotiatedMedia | undefined): Readonly<Record<string, string>> =>
  media === undefined
    ? {}
    : { codec: media.codec, ...(media.srtp === undefined ? {} : { srtp: media.srtp.send.suite }) }
