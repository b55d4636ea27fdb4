import type { Logger } from '../../base/log.ts'
import type { Flow, NameAddr } from '../../sip/message/message.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { ClientSessionHandlers, Session, SessionEnd } from '../../sip/user-agent/session.ts'
import type { Offered } from '../embedded/inner-sessions.ts'
import { closeAudio } from './audio.ts'
import { causeOf, statusOf } from './cause.ts'
import type { AriEvent } from './event.ts'
import { type AriRest, isGone } from './rest.ts'

export interface ChannelOptions {
  readonly rest: AriRest
  readonly log: Logger
  /** Id of the channel. */
  readonly callId: string
  readonly way: 'in' | 'out'
  readonly remote: NameAddr
  readonly flow: Flow
  /** Why Asterisk cannot be told anything now. */
  away(): string | undefined
  openAudio(): Promise<NegotiatedMedia>
  /** Nothing more comes of it. */
  onOver(): void
}

type Reason = NonNullable<Parameters<Session['hangup']>[0]>

/** What we let it end with, so that its end is known for ours. */
interface Given {
  readonly how: 'bye' | 'cancel' | 'rejected'
  readonly status?: number
  readonly reason: Reason
}

const unheard: ClientSessionHandlers = { media() {}, digit() {}, ended() {}, provisional() {}, accepted() {} }

/** One channel of Asterisk as a party of a call. */
export class ChannelSession implements Session, Offered {
  readonly callId: string
  readonly remote: NameAddr
  readonly flow: Flow
  /** Nobody can name it by SIP. */
  readonly dialog = undefined
  handlers: ClientSessionHandlers = unheard
  readonly #options: ChannelOptions
  #phase: 'offered' | 'up' | 'over' = 'offered'
  #given: Given | undefined
  #media: NegotiatedMedia | undefined
  #audio: Promise<NegotiatedMedia> | undefined

  constructor(options: ChannelOptions) {
    this.#options = options
    this.callId = options.callId
    this.remote = options.remote
    this.flow = options.flow
  }

  ring(): void {
    if (this.#phase === 'offered') this.#tell('it could not be told to ring', this.#post('ring'))
  }

  async progress(): Promise<void> {
    if (this.#phase !== 'offered' || this.#given !== undefined) return
    await this.#setUp('the caller could not be given early audio', async () => {
      const media = await this.audio()
      await this.#post('progress')
      this.#agree(media)
    })
  }

  accept(): void {
    if (this.#phase !== 'offered' || this.#given !== undefined) return
    void this.#setUp('the call could not be answered', async () => {
      const media = await this.audio()
      await this.#post('answer')
      if (this.#phase === 'offered') this.#phase = 'up'
      this.#agree(media)
    })
  }

  reject(status: number): void {
    if (this.#phase === 'offered') this.#give({ how: 'rejected', status, reason: { q850: causeOf(status) } })
    else this.hangup({ q850: causeOf(status) })
  }

  hangup(reason: Reason = {}): void {
    if (this.#phase === 'up') this.#give({ how: 'bye', reason })
    else if (this.#options.way === 'out') this.#give({ how: 'cancel', reason })
    else this.#give({ how: 'rejected', status: statusOf(reason.q850 ?? 19), reason: { q850: 19, ...reason } })
  }

  async reoffer({ direction = 'sendrecv' }: Parameters<Session['reoffer']>[0]): Promise<NegotiatedMedia> {
    const media = this.#media
    if (media === undefined || this.#phase !== 'up') throw new Error('A channel that is not up cannot be held.')
    if (direction === 'sendrecv') await this.#options.rest.delete(`${this.#path}/hold`)
    else await this.#post('hold')
    return media
  }

  async info(key: string, ms: number): Promise<void> {
    await this.#options.rest.post(`${this.#path}/dtmf`, { dtmf: key, duration: ms })
  }

  /** ARI has no transfer that tells how it went. */
  async refer(): Promise<{ readonly kind: 'refused'; readonly status: number }> {
    return { kind: 'refused', status: 501 }
  }

  /** Its audio at our stream; opened when it is first needed. */
  audio(): Promise<NegotiatedMedia> {
    this.#audio ??= this.#options.openAudio()
    return this.#audio
  }

  hear(event: AriEvent): void {
    if (this.#phase === 'over') return
    switch (event.type) {
      case 'ChannelStateChange':
        if (event.channel.state === 'Up') this.#up()
        else if (event.channel.state === 'Ringing') this.#rings()
        return
      case 'Dial':
        if (event.dialstatus === 'RINGING') this.#rings()
        else if (event.dialstatus === 'PROGRESS') this.#early()
        else if (event.dialstatus === 'ANSWER') this.#up()
        return
      case 'ChannelDtmfReceived':
        this.handlers.digit(event.digit, event.duration_ms)
        return
      case 'ChannelHold':
        this.#turn('recvonly')
        return
      case 'ChannelUnhold':
        this.#turn('sendrecv')
        return
      case 'ChannelDestroyed':
        this.gone(event.cause, event.tech_cause, event.cause_txt)
        return
      default:
    }
  }

  /** Asterisk was away and is back; the channel is there in this state, or is no more. */
  recover(state: string | undefined): void {
    if (state === undefined) this.lose('it ended while Asterisk could not be reached')
    else if (this.#given !== undefined) this.#remove(this.#given.reason)
    else if (state === 'Up') this.#up()
  }

  /** It could not be called. */
  fail(text: string): void {
    if (this.#phase === 'over') return
    this.#options.rest
      .delete(this.#path, { reason_code: 16 })
      .catch((error: unknown) =>
        this.#options.log.warn({ err: error, channel: this.callId }, 'a channel could not be hung up'),
      )
    this.lose(text)
  }

  /** It is not ours any more. */
  lose(text: string): void {
    const given = this.#given
    this.#end(given === undefined ? { by: 'network', how: 'transport', text } : { by: 'local', ...ended(given) })
  }

  get #path(): string {
    return `/channels/${encodeURIComponent(this.callId)}`
  }

  #post(what: string): Promise<unknown> {
    return this.#options.rest.post(`${this.#path}/${what}`)
  }

  /** Asterisk has a thread of its own for each channel: one that is gone meanwhile tells by its end. */
  #tell(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!isGone(error)) this.#options.log.warn({ err: error, channel: this.callId }, what)
    })
  }

  async #setUp(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.#phase === 'over' || this.#given !== undefined || isGone(error)) return
      this.#options.log.error({ err: error, channel: this.callId }, what)
      this.hangup({ q850: 38 })
    }
  }

  #agree(media: NegotiatedMedia): void {
    if (this.#phase === 'over') return
    const first = this.#media === undefined
    this.#media ??= media
    if (first) this.handlers.media(this.#media)
  }

  #turn(direction: 'sendrecv' | 'recvonly'): void {
    if (this.#media === undefined) return
    this.#media = { ...this.#media, direction }
    this.handlers.media(this.#media)
  }

  #rings(): void {
    if (this.#options.way === 'out' && this.#phase === 'offered') this.handlers.provisional(180)
  }

  #early(): void {
    if (this.#options.way === 'in' || this.#phase !== 'offered') return
    this.audio().then(
      (media) => {
        if (this.#phase === 'offered') this.handlers.provisional(183, media)
      },
      (error: unknown) => {
        if (this.#phase === 'offered' && !isGone(error))
          this.#options.log.warn({ err: error, channel: this.callId }, 'early audio could not be brought here')
        this.#rings()
      },
    )
  }

  #up(): void {
    if (this.#options.way === 'in' || this.#phase !== 'offered' || this.#given !== undefined) return
    this.#phase = 'up'
    void this.#setUp('the call that was answered has no audio', async () => {
      this.#agree(await this.audio())
      if (this.#phase === 'up') this.handlers.accepted()
    })
  }

  #give(given: Given): void {
    if (this.#phase === 'over' || this.#given !== undefined) return
    this.#given = given
    // What it was told is done when Asterisk is back; nobody is kept waiting for that.
    if (this.#options.away() !== undefined) this.lose('')
    else this.#remove(given.reason)
  }

  #remove({ q850 = 16 }: Reason): void {
    this.#options.rest.delete(this.#path, { reason_code: q850 }).then(
      (wasThere) => {
        if (!wasThere) this.lose('')
      },
      (error: unknown) => {
        this.#options.log.warn({ err: error, channel: this.callId }, 'a channel could not be hung up')
        this.lose('')
      },
    )
  }

  /** @param cause Q.850; @param tech what its technology said, a status of SIP */
  gone(cause: number, tech?: number, text?: string): void {
    if (this.#phase === 'over') return
    const given = this.#given
    if (given !== undefined) this.#end({ by: 'local', ...ended(given) })
    else if (this.#phase === 'up') this.#end({ by: 'remote', how: 'bye', q850: cause })
    else if (this.#options.way === 'in') this.#end({ by: 'remote', how: 'cancel', q850: cause })
    else {
      const said = text === undefined ? {} : { text }
      this.#end({ by: 'remote', how: 'rejected', status: statusOf(cause, tech), q850: cause, ...said })
    }
  }

  #end(end: SessionEnd): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    const { rest, log, onOver, away } = this.#options
    if (this.#audio !== undefined && away() === undefined) {
      // It may still be in the making; what it has made until then is removed. Why it failed is in the log of whoever asked for it.
      const made = this.#audio.catch(() => undefined)
      made
        .then(() => closeAudio(rest, this.callId))
        .catch((error: unknown) => log.warn({ err: error, channel: this.callId }, 'a bridge could not be removed'))
        .finally(onOver)
    } else onOver()
    this.handlers.ended(end)
  }
}

const ended = (given: Given) => ({
  how: given.how,
  ...given.reason,
  ...(given.status === undefined ? {} : { status: given.status }),
})
