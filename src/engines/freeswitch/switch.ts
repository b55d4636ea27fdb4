import { isIPv6 } from 'node:net'
import type { Clock, Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { MediaPlane, MediaStream } from '../../media/plane.ts'
import type { NameAddr } from '../../sip/message/message.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import { Leg } from '../embedded/leg.ts'
import type { OwnAddress } from '../embedded/own-address.ts'
import { CarrierAway, preferring } from '../embedded/place.ts'
import type { Arrived, Switch, SwitchDial } from '../embedded/switch.ts'
import { Arrivals, type ArrivedChannel } from './arrivals.ts'
import { AudioDoor } from './audio.ts'
import { causeIn } from './cause.ts'
import { readChannels } from './channels.ts'
import { oneWord, originate } from './command.ts'
import { Connection, type EslAccess } from './connection.ts'
import type { EslEvent } from './event.ts'
import { lacks } from './lacks.ts'
import { EslAway, EslRefused, isGone } from './line.ts'
import { type ChannelAudio, ChannelSession } from './session.ts'
import { storyOf } from './story.ts'

/** How long FreeSWITCH rings at most, seconds; who rings by us says when it is enough. */
const longestRing = 600
const endsMs = 500

export interface FreeSwitchOptions {
  readonly access: EslAccess
  /** Begins the names of our channels there; each service has one of its own. */
  readonly app: string
  /** Of Sofia, by which FreeSWITCH brings the audio here. */
  readonly profile: string
  /** Where `socket` of the dialplan leads to by TCP, and where audio is brought to by UDP; 0 lets the kernel choose. */
  readonly port: number
  readonly plane: MediaPlane
  readonly own: OwnAddress
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
}

/** Calls that a FreeSWITCH carries, driven by its event socket. */
export class FreeSwitch implements Switch {
  readonly scheme = 'freeswitch'
  readonly lacks = lacks
  readonly place: string
  readonly #options: FreeSwitchOptions
  readonly #connection: Connection
  readonly #sessions = new Map<string, ChannelSession>()
  /** Calls that are being placed: resolves when their channel waits to be bridged, or will not be there. */
  readonly #placing = new Map<string, Promise<void>>()
  /** Calls that failed, before it is sure that no channel says why. */
  readonly #ending = new Set<Timer>()
  #arrivals: Arrivals | undefined
  #audio: AudioDoor | undefined
  #made = 0
  #arrive: ((arrived: Arrived) => void) | undefined

  constructor(options: FreeSwitchOptions) {
    this.#options = options
    const { access, own, clock, scope, log } = options
    // It brings audio to the address that we have towards it.
    const family = isIPv6(own.bind) ? 0 : 4
    this.place = `${access.host.includes(':') ? `[${access.host}]` : access.host}:${access.port}`
    scope.add('calls of FreeSWITCH that failed', () => {
      for (const timer of this.#ending) timer.stop()
    })
    this.#connection = new Connection({
      ...{ access, family, clock, scope, log },
      onEvent: (event) => this.#hear(event),
      reconcile: (ask) => this.#reconcile(ask),
    })
  }

  get size(): number {
    return this.#sessions.size + (this.#audio?.size ?? 0) + (this.#arrivals?.size ?? 0)
  }

  /** Where calls that come in are to be sent; 0 before it was started. */
  get port(): number {
    return this.#arrivals?.port ?? 0
  }

  away(): string | undefined {
    const why = this.#connection.away
    return why === undefined ? undefined : `FreeSWITCH at ${this.place} cannot be reached: ${why}`
  }

  /** Rejects where its port is taken. */
  async start(arrive: (arrived: Arrived) => void): Promise<void> {
    this.#arrive = arrive
    const { own, port, clock, scope, log } = this.#options
    this.#audio = await AudioDoor.open({ own, port, clock, scope, log })
    this.#arrivals = await Arrivals.open({
      ...{ bind: own.bind, port, clock, scope, log },
      knows: (address) => address === this.#connection.address,
      onChannel: (channel) => this.#comesIn(channel),
    })
    await this.#connection.open()
  }

  async dial(o: SwitchDial): Promise<Leg> {
    const why = this.away()
    if (why !== undefined) throw new CarrierAway(why)
    // Unlike those that FreeSWITCH gives, and unlike those of an earlier run.
    const id = `${this.#prefix}call-${this.#options.clock.wall().toString(36)}-${++this.#made}`
    const { number, name = '' } = o.caller
    const command = originate({
      id,
      target: o.target,
      variables: [
        ['origination_caller_id_number', number],
        ['origination_caller_id_name', name === '' ? number : name],
        ['originate_timeout', String(longestRing)],
        ...codecVariable(o.codecs),
        ...[...o.headers].map(([header, value]) => [`sip_h_${header}`, value] as const),
      ],
    })
    const codec = o.near?.codec ?? 'PCMU'
    const stream = await this.#openStream(o.near)
    const leg = new Leg(stream, this.#options.log)
    const session = this.#session({ id, way: 'out', party: { number: o.target, name: '' }, stream, codec })
    leg.attach(session)
    session.handlers = o.handlers(leg)
    try {
      await session.audio()
      const left = await o.ready?.()
      await this.#place(session, command)
      left?.()
    } catch (error) {
      if (error instanceof EslRefused || error instanceof EslAway) {
        // Told as what it is: the network did not bring the call there.
        setImmediate(() => session.fail(`FreeSWITCH does not place it (${error.message})`))
        return leg
      }
      // Whoever is told by the rejection is not told again.
      session.handlers = { ...session.handlers, ended: leg.onEnded }
      session.lose('it was not placed')
      throw error
    }
    return leg
  }

  /** Resolves when FreeSWITCH has begun. */
  async #place(session: ChannelSession, command: string): Promise<void> {
    const { callId } = session
    const over = deferred<void>()
    this.#placing.set(callId, over.promise)
    over.promise.then(() => this.#placing.delete(callId))
    try {
      const { result } = await this.#connection.begin(command)
      result
        .then(
          () => 'it is there',
          (error: unknown) => this.#notPlaced(session, error),
        )
        .finally(over.resolve)
    } catch (error) {
      over.resolve()
      throw error
    }
  }

  /** A failure before there is a channel has no event. */
  #notPlaced(session: ChannelSession, error: unknown): void {
    // What became of it is found out when the line is there again.
    if (error instanceof EslAway) return
    const [, said = ''] = /(-ERR .*)$/.exec(error instanceof Error ? error.message : '') ?? []
    const cause = causeIn(said)
    if (cause === undefined) session.fail(`FreeSWITCH does not place it (${String(error)})`)
    else {
      // The end of a channel says more, and comes at about the same time.
      const timer = this.#options.clock.after(endsMs, () => {
        this.#ending.delete(timer)
        session.gone({ cause, status: 0 })
      })
      this.#ending.add(timer)
    }
  }

  #hear(event: Exclude<EslEvent, { kind: 'job' }>): void {
    const session = this.#sessions.get(event.channel)
    if (session !== undefined) session.hear(event)
    // Given up before it was there.
    else if (event.kind !== 'ended' && event.channel.startsWith(`${this.#prefix}call-`)) this.#kill(event.channel)
  }

  #comesIn(channel: ArrivedChannel): void {
    this.#receive(channel).catch((error: unknown) => {
      const level = error instanceof EslAway ? 'warn' : 'error'
      this.#options.log[level]({ err: error, channel: channel.id }, 'a call by FreeSWITCH could not be taken')
      channel.release('resume')
    })
  }

  async #receive({ id, fields, release }: ArrivedChannel): Promise<void> {
    oneWord(id, 'the id of a channel')
    if (this.#sessions.has(id) || id.startsWith(this.#prefix)) throw new Error('the channel has a session already')
    const { caller, called, trunk, divertedFrom, headers, codec, telephoneEvent } = storyOf(fields)
    const stream = await this.#openStream(undefined)
    const leg = new Leg(stream, this.#options.log)
    const over = (): void => release('over')
    const session = this.#session({ id, way: 'in', party: caller, stream, codec, telephoneEvent, over })
    leg.attach(session)
    session.handlers = { media: leg.onMedia, digit: leg.onDigit, ended: leg.onEnded, provisional() {}, accepted() {} }
    try {
      // Whoever connects could name any channel. And one that ended before it had a session told nobody.
      if ((await this.#connection.api(`uuid_exists ${id}`)) !== 'true')
        throw new Error('FreeSWITCH has no such channel')
    } catch (error) {
      release('resume')
      session.lose('FreeSWITCH does not know the channel')
      throw error
    }
    this.#arrive?.({
      ...{ leg, session, caller, called, trunk, headers, divertedFrom },
      media: { address: this.#near(), port: stream.localPort, codecs: preferring(codec) },
    })
  }

  #session(o: {
    readonly id: string
    readonly way: 'in' | 'out'
    readonly party: { readonly number: string; readonly name: string }
    readonly stream: MediaStream
    readonly codec: NegotiatedMedia['codec']
    readonly telephoneEvent?: boolean
    readonly over?: () => void
  }): ChannelSession {
    const { id, way, party, stream, codec, telephoneEvent = true } = o
    const connection = this.#connection
    const session: ChannelSession = new ChannelSession({
      ...{ connection, log: this.#options.log, callId: id, way, remote: remoteOf(party), telephoneEvent },
      flow: {
        ...{ transport: 'TCP', localAddress: this.#near(), localPort: 0 },
        ...{ remoteAddress: connection.address, remotePort: 0 },
      },
      openAudio: () => this.#openAudio(id, stream, codec, (media) => session.move(media)),
      onOver: () => {
        this.#sessions.delete(id)
        o.over?.()
      },
    })
    this.#sessions.set(id, session)
    return session
  }

  /** A second channel, which calls us by SIP; both are bridged in FreeSWITCH when there is something to be heard. */
  #openAudio(
    id: string,
    stream: MediaStream,
    codec: NegotiatedMedia['codec'],
    onChange: (media: NegotiatedMedia) => void,
  ): ChannelAudio {
    const door = this.#audio
    if (door === undefined) throw new Error('the engine was not started')
    const audio = `${this.#prefix}audio-${id}`
    const media = { address: this.#near(), port: stream.localPort, codecs: [codec] }
    const way = door.expect(this.#connection.address, media, onChange)
    const command = originate({
      id: audio,
      target: `sofia/${this.#options.profile}/${way.address}`,
      variables: [
        ['origination_caller_id_number', 'offhook'],
        ['absolute_codec_string', codec],
        ['originate_timeout', '5'],
      ],
    })
    const made = this.#connection.job(command)
    // Both are waited for together; which one says why is all the same.
    const ready = Promise.all([way.media, made]).then(([agreed]) => agreed)
    ready.catch(() => way.close())
    return {
      media: ready,
      join: async () => {
        // Its answer is told before it has come to `park`, where a bridge can take it.
        await this.#placing.get(id)
        await this.#connection.job(`uuid_bridge ${id} ${audio}`)
      },
      close: () => way.close(),
    }
  }

  /** @param near the stream that it will be bridged with */
  #openStream(near: SwitchDial['near']): Promise<MediaStream> {
    const { plane, own } = this.#options
    const bind = own.bindFor(this.#connection.address)
    return plane.open({ bind, ...(near === undefined ? {} : { near: near.stream }) })
  }

  #near(): string {
    return this.#options.own.towards(this.#connection.address)
  }

  get #prefix(): string {
    return `${this.#options.app}-`
  }

  /** What both sides know of each other is made equal: after a start, and after every break of the connection. */
  async #reconcile(ask: (command: string) => Promise<string>): Promise<() => void> {
    // Those that begin while the answer is on its way are not lost for missing in it.
    const known = [...this.#sessions]
    const channels = readChannels(await ask('show channels as json'))
    return () => {
      for (const [id, session] of known) session.recover(channels.get(id))
      for (const id of channels.keys()) if (this.#isOrphan(id)) this.#kill(id)
    }
  }

  /** A channel of ours that no call here knows: of an earlier run, or of a call that ended meanwhile. */
  #isOrphan(id: string): boolean {
    if (!id.startsWith(this.#prefix)) return false
    const name = id.slice(this.#prefix.length)
    if (name.startsWith('call-')) return !this.#sessions.has(id)
    return name.startsWith('audio-') && !this.#sessions.has(name.slice('audio-'.length))
  }

  #kill(channel: string): void {
    this.#connection.job(`uuid_kill ${channel} NORMAL_TEMPORARY_FAILURE`).catch((error: unknown) => {
      if (!isGone(error)) this.#options.log.warn({ err: error, channel }, 'a channel could not be hung up')
    })
  }
}

const remoteOf = ({ number, name }: { readonly number: string; readonly name: string }): NameAddr => ({
  ...(name === '' ? {} : { displayName: name }),
  uri: { scheme: 'sip', user: number === '' ? 'anonymous' : number, host: 'freeswitch.invalid', params: new Map() },
  params: new Map(),
})

/** A list would need commas, which no value of a dial string has here: of several FreeSWITCH offers what its profile does. */
const codecVariable = (codecs: SwitchDial['codecs'] = []): readonly (readonly [string, string])[] =>
  codecs.length === 1 ? codecs.map((codec) => ['absolute_codec_string', codec] as const) : []
