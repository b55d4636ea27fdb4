import { lookup } from 'node:dns/promises'
import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { MediaPlane, MediaStream } from '../../media/plane.ts'
import type { NameAddr } from '../../sip/message/message.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import { Leg } from '../embedded/leg.ts'
import type { OwnAddress } from '../embedded/own-address.ts'
import { CarrierAway, preferring } from '../embedded/place.ts'
import type { Arrived, Switch, SwitchDial } from '../embedded/switch.ts'
import { isOurs, openAudio } from './audio.ts'
import { Connection } from './connection.ts'
import { type AriEvent, type Channel, readApplication, readChannels, readIds } from './event.ts'
import { pressKeys } from './keys.ts'
import { lacks } from './lacks.ts'
import { type AriAccess, AriAway, AriRefused } from './rest.ts'
import { ChannelSession } from './session.ts'
import { storyOf } from './story.ts'
import { writeVariable } from './variable.ts'

/** A channel of external media is there in a few milliseconds. */
const arrivalMs = 5000
const leavesMs = 1000
/** Q.850. */
const normalClearing = 16

export interface AsteriskOptions {
  readonly access: AriAccess
  /** Name of the Stasis application; each service has one of its own. */
  readonly app: string
  readonly plane: MediaPlane
  readonly own: OwnAddress
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
}

/** Calls that an Asterisk carries, driven by ARI. */
export class AsteriskSwitch implements Switch {
  readonly scheme = 'asterisk'
  readonly lacks = lacks
  readonly place: string
  readonly #options: AsteriskOptions
  readonly #connection: Connection
  readonly #sessions = new Map<string, ChannelSession>()
  /** Who waits for an event of a channel, by `arrival id` or `entry id`. */
  readonly #waiting = new Map<string, Deferred<void>>()
  /** Looks whether channels that left the application are still there. */
  readonly #leaving = new Set<Timer>()
  readonly #closing = new AbortController()
  #address = ''
  #made = 0
  #arrive: ((arrived: Arrived) => void) | undefined

  constructor(options: AsteriskOptions) {
    this.#options = options
    const { access, app, clock, scope, log } = options
    this.place = new URL(access.url).host
    scope.add('waits for Asterisk', () => {
      for (const timer of this.#leaving) timer.stop()
      const why = new Error('the service is stopping')
      for (const wait of this.#waiting.values()) wait.reject(why)
      this.#closing.abort(why)
    })
    this.#connection = new Connection({
      ...{ access, app, clock, scope, log },
      onEvent: (event) => this.#hear(event),
      reconcile: (isNew) => this.#reconcile(isNew),
    })
  }

  get size(): number {
    return this.#sessions.size + this.#waiting.size
  }

  away(): string | undefined {
    const why = this.#connection.away
    return why === undefined ? undefined : `Asterisk at ${this.place} cannot be reached: ${why}`
  }

  async start(arrive: (arrived: Arrived) => void): Promise<void> {
    this.#arrive = arrive
    await this.#connection.open()
  }

  async dial(o: SwitchDial): Promise<Leg> {
    const why = this.away()
    if (why !== undefined) throw new CarrierAway(why)
    const { rest } = this.#connection
    // Unlike those that Asterisk gives, and unlike those of an earlier run.
    const id = `offhook-call-${this.#options.clock.wall().toString(36)}-${++this.#made}`
    const stream = await this.#openStream(o.near)
    const leg = this.#leg(stream, id)
    const session = this.#session(id, 'out', { number: o.target, name: '' }, stream, o.near?.codec ?? 'PCMU')
    leg.attach(session)
    session.handlers = o.handlers(leg)
    try {
      await this.#create(id, o)
      await session.audio()
      const left = await o.ready?.()
      await rest.post(`/channels/${encodeURIComponent(id)}/dial`, { timeout: 0 })
      left?.()
    } catch (error) {
      if (error instanceof AriRefused || error instanceof AriAway) {
        // Told as what it is: the network did not bring the call there.
        setImmediate(() => session.fail(`Asterisk does not place it (${error.message})`))
        return leg
      }
      // Whoever is told by the rejection is not told again.
      session.handlers = { ...session.handlers, ended: leg.onEnded }
      session.hangup()
      throw error
    }
    return leg
  }

  async #create(id: string, { target, caller, headers, codecs }: SwitchDial): Promise<void> {
    const { rest } = this.#connection
    const arrived = this.#arrival(id)
    const formats = codecs === undefined ? {} : { formats: codecs.map((codec) => formatOf[codec]).join(',') }
    const more = { channelId: id, appArgs: 'dialled', ...formats }
    await rest.post('/channels/create', { endpoint: target, app: this.#options.app, ...more })
    await arrived
    const { number, name = '' } = caller
    const set = (variable: string, value: string): Promise<void> => writeVariable(rest, id, variable, value)
    // Who is called sees what the channel is connected with; its own caller id is that of who is called.
    await set('CONNECTEDLINE(name,i)', name)
    await set('CONNECTEDLINE(num,i)', number)
    if (target.startsWith('PJSIP/'))
      for (const [header, value] of headers) await set(`PJSIP_HEADER(add,${header})`, value)
  }

  #hear(event: AriEvent): void {
    switch (event.type) {
      case 'StasisStart':
        if (!isOurs(event.channel.id)) this.#comesIn(event.channel, event.args)
        else this.#come('arrival', event.channel.id)
        return
      case 'StasisEnd':
        this.#leaves(event.channel.id)
        return
      case 'ChannelEnteredBridge':
        this.#come('entry', event.channel.id)
        return
      case 'ChannelDestroyed':
        this.#gone(event.channel.id)
        this.#sessions.get(event.channel.id)?.hear(event)
        return
      case 'Dial':
        this.#sessions.get(event.peer.id)?.hear(event)
        return
      case 'ApplicationReplaced':
        return
      default:
        this.#sessions.get(event.channel.id)?.hear(event)
    }
  }

  #comesIn(channel: Channel, args: readonly string[]): void {
    if (this.#sessions.has(channel.id)) return
    this.#receive(channel, args).catch((error: unknown) => {
      const level = error instanceof AriAway ? 'warn' : 'error'
      this.#options.log[level]({ err: error, channel: channel.id }, 'a call by Asterisk could not be taken')
      this.#hangUp(channel.id, 34)
    })
  }

  async #receive(channel: Channel, [trunk = '', called = channel.dialplan.exten]: readonly string[]): Promise<void> {
    const stream = await this.#openStream(undefined)
    const leg = this.#leg(stream, channel.id)
    // What comes of it after it has left the application is told to those who asked.
    const asked = this.#subscribe(channel.id)
    const story = asked.then(() => storyOf(this.#connection.rest, channel))
    const session = this.#session(
      channel.id,
      'in',
      channel.caller,
      stream,
      'PCMU',
      story.then(
        ({ codec }) => codec,
        () => 'PCMU',
      ),
    )
    leg.attach(session)
    session.handlers = { media: leg.onMedia, digit: leg.onDigit, ended: leg.onEnded, provisional() {}, accepted() {} }
    const { headers, divertedFrom, codec } = await story
    this.#arrive?.({
      ...{ leg, session, called, trunk, headers, divertedFrom },
      media: { address: this.#own(), port: stream.localPort, codecs: preferring(codec) },
      caller: { number: channel.caller.number, name: channel.caller.name },
    })
  }

  #session(
    callId: string,
    way: 'in' | 'out',
    party: { readonly number: string; readonly name: string },
    stream: MediaStream,
    codec: NegotiatedMedia['codec'],
    better: Promise<NegotiatedMedia['codec']> = Promise.resolve(codec),
  ): ChannelSession {
    const { app, log } = this.#options
    const { rest } = this.#connection
    const address = this.#own()
    const session = new ChannelSession({
      ...{ rest, log, callId, way, remote: remoteOf(party) },
      flow: { transport: 'TCP', localAddress: address, localPort: 0, remoteAddress: this.#address, remotePort: 0 },
      away: () => this.#connection.away,
      openAudio: async () =>
        openAudio({
          ...{ rest, app, channel: callId, codec: await better, stream, address },
          arrival: (channel) => this.#arrival(channel),
          entry: (channel) => this.#entry(channel),
        }),
      onOver: () => this.#sessions.delete(callId),
    })
    this.#sessions.set(callId, session)
    return session
  }

  /** Its keys go by ARI, in both directions. */
  #leg(stream: MediaStream, channel: string): Leg {
    const { clock, log } = this.#options
    const press = async (keys: string): Promise<void> => {
      try {
        await pressKeys(this.#connection.rest, clock, channel, keys, this.#closing.signal)
      } catch (error) {
        // Who hangs up meanwhile hears no more keys, nor does anybody of a service that stops.
        if (this.#sessions.has(channel) && !this.#closing.signal.aborted)
          log.warn({ err: error, channel }, 'keys could not be pressed')
      }
    }
    stream.send = press
    const leg = new Leg(stream, log)
    leg.press = (key) => void press(key)
    return leg
  }

  /** @param near the stream that it will be bridged with */
  async #openStream(near: SwitchDial['near']): Promise<MediaStream> {
    const { plane, own } = this.#options
    return plane.open({ bind: own.bindFor(this.#address), ...(near === undefined ? {} : { near: near.stream }) })
  }

  #own(): string {
    return this.#options.own.towards(this.#address)
  }

  #arrival = (channel: string): Promise<void> => this.#wait(`arrival ${channel}`)
  #entry = (channel: string): Promise<void> => this.#wait(`entry ${channel}`)

  #wait(name: string): Promise<void> {
    const wait = deferred<void>()
    this.#waiting.set(name, wait)
    const timer = this.#options.clock.after(arrivalMs, () =>
      wait.reject(new Error(`Asterisk did not do it within ${arrivalMs / 1000} s: ${name}`)),
    )
    const over = (): void => {
      timer.stop()
      this.#waiting.delete(name)
    }
    wait.promise.then(over, over)
    return wait.promise
  }

  #come(kind: 'arrival' | 'entry', channel: string): void {
    this.#waiting.get(`${kind} ${channel}`)?.resolve()
  }

  #gone(channel: string): void {
    for (const kind of ['arrival', 'entry'] as const)
      this.#waiting.get(`${kind} ${channel}`)?.reject(new Error(`the channel ${channel} ended`))
  }

  /** It is hung up, or somebody took it to another place of the dialplan. */
  #leaves(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    const look = async (): Promise<void> => {
      if (this.#sessions.get(id) !== session || this.away() !== undefined) return
      const there = await this.#connection.rest.has(`/channels/${encodeURIComponent(id)}`)
      if (there) session.lose('Asterisk was told to take the call away from this service')
      else session.gone(normalClearing)
    }
    // A channel that ends leaves first, and its end follows at once.
    const timer = this.#options.clock.after(leavesMs, () => {
      this.#leaving.delete(timer)
      look().catch((error: unknown) =>
        this.#options.log.warn({ err: error, channel: id }, 'a channel cannot be asked for'),
      )
    })
    this.#leaving.add(timer)
  }

  /** What both sides know of each other is made equal: after a start, and after every break of the connection. */
  async #reconcile(isNew: (channel: string) => boolean): Promise<void> {
    const { app, access } = this.#options
    const { rest } = this.#connection
    this.#address = (await lookup(new URL(access.url).hostname.replace(/^\[|\]$/g, ''))).address
    const name = encodeURIComponent(app)
    const [channels, ours, bridges] = await Promise.all([
      rest.get('/channels').then(readChannels),
      rest.get(`/applications/${name}`).then(readApplication),
      rest.get('/bridges').then(readIds),
    ])
    const states = new Map(channels.map(({ id, state }) => [id, state]))
    const parts = new Set<string>()
    for (const [id, session] of this.#sessions) {
      parts.add(id)
      if (states.has(id)) await this.#subscribe(id)
      session.recover(states.get(id))
    }
    const orphan = (id: string): boolean => !parts.has(id) && !parts.has(id.replace(/^offhook-(?:audio|bridge)-/, ''))
    for (const id of ours) if (states.has(id) && orphan(id) && !isNew(id)) this.#hangUp(id, 41)
    const prefix = /^offhook-bridge-/
    const mine = new Set(ours)
    for (const id of bridges)
      if (prefix.test(id) && orphan(id) && (mine.has(id.replace(prefix, '')) || !states.has(id.replace(prefix, ''))))
        await rest.delete(`/bridges/${encodeURIComponent(id)}`)
  }

  async #subscribe(channel: string): Promise<void> {
    const path = `/applications/${encodeURIComponent(this.#options.app)}/subscription`
    await this.#connection.rest.post(path, { eventSource: `channel:${channel}` })
  }

  #hangUp(channel: string, cause: number): void {
    this.#connection.rest
      .delete(`/channels/${encodeURIComponent(channel)}`, { reason_code: cause })
      .catch((error: unknown) => this.#options.log.warn({ err: error, channel }, 'a channel could not be hung up'))
  }
}

const formatOf = { PCMU: 'ulaw', PCMA: 'alaw' } as const

const remoteOf = ({ number, name }: { readonly number: string; readonly name: string }): NameAddr => ({
  ...(name === '' ? {} : { displayName: name }),
  uri: { scheme: 'sip', user: number === '' ? 'anonymous' : number, host: 'asterisk.invalid', params: new Map() },
  params: new Map(),
})
