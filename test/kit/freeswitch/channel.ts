import type { MediaPlane, MediaStream } from '../../../src/media/plane.ts'
import type { NegotiatedMedia } from '../../../src/sip/sdp/media.ts'
import type { ClientSessionHandlers, ServerSession, Session, SessionEnd } from '../../../src/sip/user-agent/session.ts'
import { causeOfStatus, q850OfCause, statusOfCause } from './causes.ts'

export type ChannelNews =
  | 'CHANNEL_PROGRESS'
  | 'CHANNEL_PROGRESS_MEDIA'
  | 'CHANNEL_ANSWER'
  | 'CHANNEL_HOLD'
  | 'CHANNEL_UNHOLD'

export interface ChannelWatcher {
  tell(channel: Channel, news: ChannelNews): void
  /** @param status of SIP that the far end refused with; 0 for none */
  ended(channel: Channel, cause: string, status: number): void
}

/** One leg of the scripted FreeSWITCH: a session of real SIP and a stream of real RTP. */
export class Channel {
  readonly id: string
  readonly way: 'in' | 'out'
  readonly number: string
  readonly name: string
  readonly called: string
  state: 'new' | 'ringing' | 'early' | 'up' | 'over' = 'new'
  /** What the far end said that it takes; '' before. */
  sdp = ''
  codec: NegotiatedMedia['codec'] = 'PCMU'
  /** The channel that it is bridged with. */
  partner: Channel | undefined
  readonly stream: MediaStream
  readonly handlers: ClientSessionHandlers
  #session: Session | undefined
  #offered: ServerSession | undefined
  #held = false
  #killed: string | undefined

  private constructor(
    watcher: ChannelWatcher,
    stream: MediaStream,
    o: Pick<Channel, 'id' | 'way' | 'number' | 'name' | 'called'>,
  ) {
    this.id = o.id
    this.way = o.way
    this.number = o.number
    this.name = o.name
    this.called = o.called
    this.stream = stream
    const tell = (news: ChannelNews): void => watcher.tell(this, news)
    this.handlers = {
      media: (media) => {
        const events = media.telephoneEvent === undefined ? '' : ' 101\r\na=rtpmap:101 telephone-event/8000'
        if (this.way === 'out') this.sdp = `v=0\r\nm=audio ${media.port} RTP/AVP ${media.payloadType}${events}\r\n`
        this.codec = media.codec
        stream.connect(media)
        const held = media.direction === 'recvonly' || media.direction === 'inactive'
        if (held !== this.#held) tell(held ? 'CHANNEL_HOLD' : 'CHANNEL_UNHOLD')
        this.#held = held
      },
      // A key by INFO goes on as any other.
      digit: (key) => stream.digit(key),
      provisional: (_status, early) => {
        if (early !== undefined) {
          this.handlers.media(early)
          if (this.state !== 'early') tell('CHANNEL_PROGRESS_MEDIA')
          this.state = 'early'
        } else if (this.state === 'new') {
          this.state = 'ringing'
          tell('CHANNEL_PROGRESS')
        }
      },
      accepted: () => {
        this.state = 'up'
        tell('CHANNEL_ANSWER')
      },
      ended: (end) => {
        const cause = this.#killed ?? causeOf(end, this.state)
        const refused = this.way === 'out' && end.how === 'rejected' && end.by === 'remote'
        this.state = 'over'
        const over = (): void => watcher.ended(this, cause, refused ? (end.status ?? 0) : 0)
        stream.close().then(over, over)
      },
    }
  }

  static async open(
    watcher: ChannelWatcher,
    plane: MediaPlane,
    o: Pick<Channel, 'id' | 'way' | 'number' | 'name' | 'called'>,
  ): Promise<Channel> {
    return new Channel(watcher, await plane.open({ bind: '127.0.0.1' }), o)
  }

  attach(session: Session, offered?: ServerSession): void {
    this.#session = session
    this.#offered = offered
    if (offered !== undefined) session.handlers = this.handlers
  }

  get #media() {
    return { address: '127.0.0.1', port: this.stream.localPort, codecs: ['PCMU', 'PCMA'] as const }
  }

  ring(): void {
    this.#offered?.ring()
  }

  preAnswer(): void {
    if (this.state === 'up') return
    this.#offered?.progress(this.#media)
    this.state = 'early'
  }

  answer(): void {
    if (this.state === 'up') return
    this.state = 'up'
    this.#offered?.accept(this.#media)
  }

  /** Once for both: the packets of each go to the other. */
  bridge(other: Channel): void {
    this.partner = other
    other.partner = this
    this.stream.bridge(other.stream)
  }

  kill(cause: string): void {
    if (this.#killed !== undefined || this.state === 'over') return
    this.#killed = cause
    if (this.#offered !== undefined && this.state !== 'up') this.#offered.reject(statusOfCause(cause))
    else this.#session?.hangup({ q850: q850OfCause(cause) })
  }
}

function causeOf(end: SessionEnd, state: Channel['state']): string {
  if (end.how === 'rejected') return causeOfStatus(end.status ?? 0)
  if (end.how === 'cancel') return 'ORIGINATOR_CANCEL'
  return state === 'up' ? 'NORMAL_CLEARING' : 'NORMAL_TEMPORARY_FAILURE'
}
