import type { Logger } from '../../base/log.ts'
import type { Flow, NameAddr } from '../../sip/message/message.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { ClientSessionHandlers, Session, SessionEnd } from '../../sip/user-agent/session.ts'
import type { Offered } from '../embedded/inner-sessions.ts'
import { type CauseName, causeOf, q850Of, refusalOf, statusOf } from './cause.ts'
import type { Connection } from './connection.ts'
import type { EslEvent, Hangup } from './event.ts'
import { holdTell } from './lacks.ts'
import { isGone } from './line.ts'

/** What a channel is heard by. */
export interface ChannelAudio {
  /** Resolves when FreeSWITCH has brought the audio here. */
  readonly media: Promise<NegotiatedMedia>
  /** Joins it with the channel, which is answered or sends early audio. */
  join(): Promise<void>
  close(): void
}

export interface ChannelOptions {
  readonly connection: Pick<Connection, 'away' | 'job' | 'execute'>
  readonly log: Logger
  /** Unique-ID of the channel. */
  readonly callId: string
  readonly way: 'in' | 'out'
  readonly remote: NameAddr
  readonly flow: Flow
  /** False where its far end has said that its keys are sounds. */
  readonly telephoneEvent?: boolean
  openAudio(): ChannelAudio
  /** Nothing more comes of it. */
  onOver(): void
}

type Reason = NonNullable<Parameters<Session['hangup']>[0]>
type ChannelEvent = Exclude<EslEvent, { kind: 'job' }>

/** What we let it end with, so that its end is known for ours. */
interface Given {
  readonly end: Omit<SessionEnd, 'by'>
  readonly cause: CauseName
}

const unheard: ClientSessionHandlers = { media() {}, digit() {}, ended() {}, provisional() {}, accepted() {} }

/** One channel of FreeSWITCH as a party of a call. */
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
  /** Of its audio, before it is joined. */
  #offered: NegotiatedMedia | undefined
  /** Who called knows that it was answered. */
  #told = false
  #audio: ChannelAudio | undefined
  #joined: Promise<void> | undefined
  #telephoneEvent: boolean

  constructor(options: ChannelOptions) {
    this.#options = options
    this.callId = options.callId
    this.remote = options.remote
    this.flow = options.flow
    this.#telephoneEvent = options.telephoneEvent ?? true
  }

  ring(): void {
    if (this.#phase !== 'offered') return
    this.#options.connection.execute(this.callId, 'ring_ready').catch((error: unknown) => {
      if (!isGone(error)) this.#warn(error, 'it could not be told to ring')
    })
  }

  async progress(): Promise<void> {
    if (this.#phase !== 'offered' || this.#given !== undefined) return
    await this.#setUp('the caller could not be given early audio', async () => {
      const media = await this.audio()
      await this.#tell('uuid_pre_answer')
      await this.#join()
      this.#agree(media)
    })
  }

  accept(): void {
    if (this.#phase !== 'offered' || this.#given !== undefined) return
    void this.#setUp('the call could not be answered', async () => {
      const media = await this.audio()
      await this.#tell('uuid_answer')
      if (this.#phase === 'offered') this.#phase = 'up'
      await this.#join()
      this.#agree(media)
    })
  }

  reject(status: number): void {
    const cause = refusalOf(status)
    if (this.#phase === 'offered') this.#give({ end: { how: 'rejected', status, q850: q850Of(cause) }, cause })
    else this.hangup({ q850: q850Of(cause) })
  }

  hangup(reason: Reason = {}): void {
    const cause = causeOf(reason.q850 ?? 16)
    if (this.#phase === 'up') this.#give({ end: { how: 'bye', ...reason }, cause })
    else if (this.#options.way === 'out')
      this.#give({ end: { how: 'cancel', ...reason }, cause: reason.q850 === undefined ? 'ORIGINATOR_CANCEL' : cause })
    else this.reject(statusOf({ cause: causeOf(reason.q850 ?? 19), status: 0 }))
  }

  /** Its own hold plays music of FreeSWITCH and takes nothing from the bridge meanwhile, so that ours would not be heard. */
  async reoffer(): Promise<NegotiatedMedia> {
    throw new Error(holdTell)
  }

  async info(key: string, ms: number): Promise<void> {
    await this.#options.connection.job(`uuid_send_dtmf ${this.callId} ${key}@${Math.max(1, Math.round(ms))}`)
  }

  /** The event socket has no transfer that tells how it went. */
  async refer(): Promise<{ readonly kind: 'refused'; readonly status: number }> {
    return { kind: 'refused', status: 501 }
  }

  /** Its audio at our stream; opened when it is first needed. */
  audio(): Promise<NegotiatedMedia> {
    if (this.#audio === undefined) {
      this.#audio = this.#options.openAudio()
      this.#audio.media.then(
        (media) => {
          this.#offered = media
        },
        () => 'told to who asked for it',
      )
    }
    return this.#audio.media
  }

  /** FreeSWITCH wants the audio at another place; whether it is held is said by its events. */
  readonly move = (media: NegotiatedMedia): void => {
    if (this.#media === undefined || this.#phase === 'over') return
    this.#media = this.#heard({ ...media, direction: this.#media.direction })
    this.handlers.media(this.#media)
  }

  hear(event: ChannelEvent): void {
    if (this.#phase === 'over') return
    if (event.telephoneEvent !== undefined) this.#telephoneEvent = event.telephoneEvent
    switch (event.kind) {
      case 'made':
        return
      case 'rings':
        this.#rings()
        return
      case 'early':
        this.#early()
        return
      case 'answered':
        this.#up()
        return
      case 'held':
        this.#turn('recvonly')
        return
      case 'unheld':
        this.#turn('sendrecv')
        return
      case 'ended':
        this.gone(event.hangup)
        return
    }
  }

  /** FreeSWITCH was away and is back; the channel is there, answered or not, or is no more. */
  recover(state: 'up' | 'waiting' | undefined): void {
    if (state === undefined) this.lose('it ended while FreeSWITCH could not be reached')
    else if (this.#given !== undefined) this.#kill(this.#given.cause)
    else if (state === 'up') this.#up()
  }

  /** It could not be called. */
  fail(text: string): void {
    if (this.#phase === 'over') return
    this.#options.connection.job(`uuid_kill ${this.callId}`).catch((error: unknown) => {
      if (!isGone(error)) this.#warn(error, 'a channel could not be hung up')
    })
    this.lose(text)
  }

  /** It is not ours any more. */
  lose(text: string): void {
    const given = this.#given
    this.#end(given === undefined ? { by: 'network', how: 'transport', text } : { by: 'local', ...given.end })
  }

  gone(hangup: Hangup): void {
    const given = this.#given
    const q850 = q850Of(hangup.cause)
    if (given !== undefined) this.#end({ by: 'local', ...given.end })
    else if (this.#phase === 'up') this.#hangUp(q850)
    else if (this.#options.way === 'in') this.#end({ by: 'remote', how: 'cancel', q850 })
    else this.#end({ by: 'remote', how: 'rejected', status: statusOf(hangup), q850, text: hangup.cause })
  }

  /** One that hangs up before its audio was joined had answered all the same. */
  #hangUp(q850: number): void {
    if (this.#offered !== undefined) this.#agree(this.#offered)
    this.#accepted()
    this.#end({ by: 'remote', how: 'bye', q850 })
  }

  #accepted(): void {
    if (this.#told || this.#options.way === 'in') return
    this.#told = true
    this.handlers.accepted()
  }

  #tell(command: 'uuid_answer' | 'uuid_pre_answer'): Promise<string> {
    return this.#options.connection.job(`${command} ${this.callId}`)
  }

  #join(): Promise<void> {
    if (this.#audio === undefined) throw new Error('a channel is joined with audio that was not opened')
    // One that failed is tried again when the call is answered.
    this.#joined ??= this.#audio.join().catch((error: unknown) => {
      this.#joined = undefined
      throw error
    })
    return this.#joined
  }

  #warn(error: unknown, what: string): void {
    this.#options.log.warn({ err: error, channel: this.callId }, what)
  }

  async #setUp(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // One that is gone meanwhile tells by its end.
      if (this.#phase === 'over' || this.#given !== undefined || isGone(error)) return
      this.#options.log.error({ err: error, channel: this.callId }, what)
      this.hangup({ q850: 41 })
    }
  }

  #agree(media: NegotiatedMedia): void {
    if (this.#phase === 'over' || this.#media !== undefined) return
    this.#media = this.#heard(media)
    this.handlers.media(this.#media)
  }

  /** A far end whose keys are sounds has them in its audio, and takes ours there. */
  #heard(media: NegotiatedMedia): NegotiatedMedia {
    if (this.#telephoneEvent) return media
    const { telephoneEvent: _, telephoneEventIn: __, ...rest } = media
    return rest
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
    const join = async (): Promise<void> => {
      const media = await this.audio()
      await this.#join()
      if (this.#phase === 'offered') this.handlers.provisional(183, this.#heard(media))
    }
    join().catch((error: unknown) => {
      if (!isGone(error)) this.#warn(error, 'early audio could not be brought here')
      this.#rings()
    })
  }

  #up(): void {
    if (this.#options.way === 'in' || this.#phase !== 'offered' || this.#given !== undefined) return
    this.#phase = 'up'
    void this.#setUp('the call that was answered has no audio', async () => {
      const media = await this.audio()
      await this.#joined?.catch(() => 'it was told, and is tried again')
      await this.#join()
      this.#agree(media)
      if (this.#phase === 'up') this.#accepted()
    })
  }

  #give(given: Given): void {
    if (this.#phase === 'over' || this.#given !== undefined) return
    this.#given = given
    // What it was told is done when FreeSWITCH is back; nobody is kept waiting for that.
    if (this.#options.connection.away !== undefined) this.lose('')
    else this.#kill(given.cause)
  }

  #kill(cause: CauseName): void {
    this.#options.connection.job(`uuid_kill ${this.callId} ${cause}`).catch((error: unknown) => {
      if (!isGone(error)) this.#warn(error, 'a channel could not be hung up')
      this.lose('')
    })
  }

  #end(end: SessionEnd): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#audio?.close()
    this.#options.onOver()
    this.handlers.ended(end)
  }
}
