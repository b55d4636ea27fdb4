import { type Address, addressKey } from '../../phone/address.ts'
import { blockNames } from '../../phone/block.ts'
import type { Call, Callee, TimelineEvent } from '../../phone/call.ts'
import type { Capabilities, Engine, OriginateRequest } from '../../phone/engine.ts'
import { type CallId, newId } from '../../phone/id.ts'
import { endOf } from '../../phone/reason.ts'
import type { Room, RoomName } from '../../phone/room.ts'
import type { HostPort } from '../../sip/message/host.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { Toward } from '../../sip/user-agent/options.ts'
import type { ServerSession, Session } from '../../sip/user-agent/session.ts'
import { startUserAgent } from '../../sip/user-agent/start.ts'
import type { UserAgent } from '../../sip/user-agent/user-agent.ts'
import { arrival } from './arrival.ts'
import { EmbeddedCall } from './call.ts'
import type { CallParts } from './call-parts.ts'
import { calleeOf } from './callee.ts'
import { callerSays } from './caller-says.ts'
import { linkOfOverload } from './ends.ts'
import type { EmbeddedEngineOptions } from './engine-options.ts'
import { FrontDoor, type RefusedCall } from './front-door.ts'
import { extensionsOnly, type HandedOver, handOver } from './hand-over.ts'
import { placeInner } from './inner-call.ts'
import { Ladder } from './ladder.ts'
import type { Leg } from './leg.ts'
import { originate } from './originate.ts'
import { calledParty, callerId, callingParty, meantBy } from './parties.ts'
import { place } from './place.ts'
import { preparePrompt } from './prompts.ts'
import { type Received, receive } from './receive.ts'
import { replace } from './replace.ts'
import { type Dialer, ownWishes } from './ring.ts'
import { Rooms } from './rooms.ts'
import { firstWay, onward, route, type Way } from './route.ts'
import type { Arrived, Switch } from './switch.ts'
import { placeSwitched, Switches, switchedArrival, switchedParties } from './switched.ts'
import { Talks } from './talks.ts'
import { TrunkBook } from './trunk-book.ts'
import { TrunkLoad } from './trunk-load.ts'

const stopping = { code: 'interrupted', sentence: 'the service is stopping' } as const

export class EmbeddedEngine implements Engine {
  readonly name = 'embedded'
  readonly capabilities: Capabilities
  readonly ua: UserAgent
  readonly trunks: TrunkBook
  readonly switches: Switches
  readonly #options: EmbeddedEngineOptions
  readonly #door: FrontDoor
  readonly #ladder: Ladder
  readonly #calls = new Map<CallId, EmbeddedCall>()
  readonly #talks = new Talks()
  readonly #rooms: Rooms
  /** Stories of calls that we place, until they are answered. */
  readonly #placing = new Map<CallId, TimelineEvent[]>()
  readonly #load = new TrunkLoad()
  #onCall: ((call: Call) => void) | undefined

  constructor(options: EmbeddedEngineOptions) {
    this.#options = options
    this.capabilities = {
      blocks: new Set(blockNames),
      textToSpeech: true,
      speechToText: options.recogniser !== undefined,
      urlPrompts: options.fetcher !== undefined,
      dtmf: new Set(['telephone-event', 'info', 'in-band']),
      lacks: {},
    }
    const { clock, scope, log, name, transports, directory, realm, digest, trusted, country } = options
    this.#rooms = new Rooms({
      clock,
      log,
      plane: options.plane,
      prepare: (prompt) => preparePrompt(prompt, options, (sentence) => log.warn({}, sentence)),
      tell: (room, event) => options.observer.room?.(room, event),
    })
    this.switches = new Switches(options.switches ?? [])
    this.#ladder = new Ladder((id, event) => this.#tell(id, event))
    this.trunks = new TrunkBook(directory, transports, clock, log)
    this.#door = new FrontDoor({
      clock,
      log,
      directory,
      realm,
      digest: digest ?? ['MD5'],
      trusted,
      country,
      trunkAt: (address) => this.trunks.at(address),
      refused: (call, request) => this.#refused(call, request),
    })
    this.ua = startUserAgent({
      transports,
      trace: this.#ladder.trace,
      clock,
      scope: scope.child('user agent'),
      log,
      name,
      advertise: (toward) => this.#advertise(toward),
      handlers: {
        admit: (incoming) => this.#door.admit(incoming),
        invite: (session) => this.#arrive(session),
        replace: (session, replaced) => this.#replace(session, replaced),
        refused: (request, { status, sentence }) =>
          this.#door.refuse(request, this.#door.sourceOf(request), {
            code: status === 488 ? 'incompatible_media' : 'failed',
            by: 'service',
            sip: status,
            sentence: `the offer of the caller was refused: ${sentence}`,
          }),
        register: (incoming) => options.requests.register(incoming, this.#door.sourceOf(incoming.request)),
        message: (incoming) => options.requests.message(incoming, this.#door.sourceOf(incoming.request)),
        flowClosed: (flow) => options.requests.flowClosed(flow),
      },
    })
  }

  async start(onCall: (call: Call) => void): Promise<void> {
    await this.trunks.refresh()
    this.#onCall = onCall
    await this.switches.start((by, arrived) => void this.#arriveSwitched(by, arrived))
  }

  calls(): readonly Call[] {
    return [...this.#calls.values()]
  }

  call(id: CallId): Call | undefined {
    return this.#calls.get(id)
  }

  /** What the engine can do that carries this call. */
  capabilitiesOf(id: CallId): Capabilities {
    return { ...this.capabilities, lacks: this.#calls.get(id)?.leg.by?.lacks ?? this.capabilities.lacks }
  }

  /** Whom this call talks with by a dial. */
  callee(id: CallId): Callee | undefined {
    const call = this.#calls.get(id)
    return call && calleeOf(call, this.#talks, this.#options, (parts) => this.#makeCall(parts))
  }

  rooms(): readonly Room[] {
    return this.#rooms.all()
  }

  room(name: RoomName): Room | undefined {
    return this.#rooms.get(name)
  }

  /** Calls that a trunk carries now, in both directions. */
  carriedBy(trunk: string): number {
    return this.#load.of(trunk)
  }

  /** Whether what comes from this address is not even read at the moment. */
  banned(address: string): boolean {
    return this.#door.banned(address)
  }

  originate(request: OriginateRequest): Promise<Call> {
    const { clock, observer } = this.#options
    return originate(request, {
      ...{ clock, observer, placing: this.#placing, tell: (id, event) => this.#tell(id, event) },
      dialer: (id) => this.#dialer(id, undefined, firstWay),
      make: (parts) => this.#makeCall({ ...parts, way: firstWay }),
    })
  }

  async stop(): Promise<void> {
    this.#onCall = undefined
    const calls = [...this.#calls.values()]
    for (const call of calls) {
      await call.hangup({ code: 'interrupted', sentence: 'the service was stopped while the call was up' })
    }
    await Promise.all(calls.map((call) => call.over))
  }

  /** What is held for calls; all zero when none is up and the last second is over. For the leak check. */
  counts(): Readonly<Record<'calls' | 'placing' | 'ladder' | 'rooms' | 'sessions' | 'requests' | 'switches', number>> {
    const { live, requests } = this.ua.counts()
    return {
      calls: this.#calls.size,
      placing: this.#placing.size,
      ladder: this.#ladder.size,
      rooms: this.#rooms.size,
      sessions: live,
      requests,
      switches: this.switches.size,
    }
  }

  /** Why no more calls come in at the moment. */
  #closed(): string | undefined {
    if (this.#onCall === undefined) return 'the service is starting or stopping'
    return this.#options.plane.overloaded
      ? 'the service is at its limit: audio of the calls in progress would suffer from one more'
      : undefined
  }

  #advertise({ transport, remoteAddress }: Toward): HostPort {
    const { own, sipPort, tlsPort, tlsName } = this.#options
    const host = own.towards(remoteAddress)
    if (transport !== 'TLS') return { host, port: sipPort }
    return { host: tlsName ?? host, ...(tlsPort === undefined ? {} : { port: tlsPort }) }
  }

  get #ports(): readonly (number | undefined)[] {
    return [this.#options.sipPort, this.#options.tlsPort]
  }

  #leadsHere({ host, port }: HostPort): boolean {
    const { own, tlsName } = this.#options
    if (port !== undefined && !this.#ports.includes(port)) return false
    return host === tlsName?.toLowerCase() || own.has(host)
  }

  #refused(call: RefusedCall, request: SipRequest): void {
    this.#options.observer.refused(call)
    this.#ladder.belongs(request.callId, call.id)
    this.#forgetLater(request.callId)
  }

  async #receive(session: ServerSession): Promise<Received | undefined> {
    const closed = this.#closed()
    const source = this.#door.sourceOf(session.request)
    const received = await receive(session, source, { ...this.#options, door: this.#door, closed })
    if (received !== undefined && source.kind === 'trunk') this.#load.carry(source.id, received.leg)
    return received
  }

  async #arrive(session: ServerSession): Promise<void> {
    const { directory, country } = this.#options
    const received = await this.#receive(session)
    if (received === undefined) return
    const { request } = session
    await this.#begin(session, received, await calledParty(request, this.#door.sourceOf(request), directory, country))
  }

  #replace(session: ServerSession, replaced: Session): Promise<void> {
    const source = this.#door.sourceOf(session.request)
    return replace(session, replaced, {
      talks: this.#talks,
      door: this.#door,
      from: callingParty(session.request, source, this.#options.country),
      source,
      receive: () => this.#receive(session),
      begin: (received, to, waiting) => this.#begin(session, received, to, { waiting }),
    })
  }

  async #begin(session: ServerSession, { leg, media }: Received, to: Address, dialer?: Partial<Dialer>): Promise<void> {
    const { clock, country } = this.#options
    const { request, flow } = session
    const source = this.#door.sourceOf(request)
    const call = this.#makeCall({
      id: newId('call', clock.wall()),
      source,
      from: callingParty(request, source, country),
      to,
      said: callerSays(request, country),
      leg,
      inbound: { session, media },
      way: { maxForwards: Math.max(0, Number(request.headers.get('Max-Forwards') ?? 70) - 1), passed: [] },
      ...(dialer === undefined ? {} : { dialer }),
    })
    call.note('arrived', arrival(call, flow.remoteAddress, flow.remotePort))
    if (this.#onCall === undefined) await call.hangup(stopping)
    else this.#onCall(call)
  }

  async #arriveSwitched(by: Switch, arrived: Arrived): Promise<void> {
    const { clock, directory, country, observer } = this.#options
    const { leg, session, media } = arrived
    const parties = await switchedParties(by, arrived, directory, country)
    const id = newId('call', clock.wall())
    leg.owner = parties.source
    leg.by = by
    const closed = this.#closed()
    if (closed !== undefined) {
      session.reject(503)
      const link = linkOfOverload(clock.wall(), closed)
      observer.refused({ ...parties, id, direction: 'inbound', startedAt: link.at, end: endOf(link, [link]) })
      return
    }
    if (parties.source.kind === 'trunk') this.#load.carry(parties.source.id, leg)
    const call = this.#makeCall({ ...parties, id, leg, inbound: { session, media }, way: firstWay })
    call.note('arrived', switchedArrival(by, parties))
    this.#onCall?.(call)
  }

  #makeCall(
    parts: Omit<CallParts, 'clock' | 'speaker' | 'fetcher' | 'recogniser' | 'dialer' | 'rooms' | 'onTimeline'> & {
      readonly way: Way
      readonly dialer?: Partial<Dialer>
      heard?(event: TimelineEvent): void
    },
  ): EmbeddedCall {
    const { clock, speaker, fetcher, recogniser, observer } = this.#options
    const { way, dialer, heard, ...rest } = parts
    const call = new EmbeddedCall({
      ...rest,
      clock,
      speaker,
      ...(fetcher === undefined ? {} : { fetcher }),
      ...(recogniser === undefined ? {} : { recogniser }),
      dialer: { ...this.#dialer(parts.id, parts.leg, way), ...dialer },
      rooms: this.#rooms,
      onTimeline: (id, event) => {
        observer.timeline(id, event)
        heard?.(event)
      },
    })
    this.#calls.set(call.id, call)
    const sipCallId = parts.leg.session.callId
    this.#ladder.belongs(sipCallId, call.id)
    void call.over.then(() => this.#calls.delete(call.id))
    void parts.leg.ended.then(() => this.#forgetLater(sipCallId))
    return call
  }

  #dialer(id: CallId, caller: Leg | undefined, way: Way): Dialer {
    const { clock, directory, contacts, plane, own, log } = this.#options
    return {
      clock,
      talks: this.#talks,
      openRoom: (o) => plane.openRoom(o),
      resolve: (uri) => meantBy(uri, directory, this.#options.country, (place) => this.#leadsHere(place)),
      mayCall: (by, to) => (this.#options.mayRefer ?? extensionsOnly)(by, to),
      handOver: (party) => {
        const make = (parts: HandedOver): EmbeddedCall => this.#makeCall({ ...parts, id: newId('call', clock.wall()) })
        void handOver(party, make, this.#onCall)
      },
      adopt: (leg) => this.#ladder.belongs(leg.session.callId, id),
      route: (to, from, number, trunk) =>
        route(to, from, number, {
          trunk,
          ...{ directory, contacts, passed: way.passed, carriedBy: (trunk) => this.carriedBy(trunk) },
          closed: () => this.#closed(),
          away: (uri) => this.switches.away(uri),
        }),
      place: async (destination, from, handlers) => {
        const near = caller === undefined ? {} : { near: caller.near }
        if ('inner' in destination) {
          const left = await from.ready?.()
          return placeInner({
            ...{ plane, own, log, handlers, ...near, by: id, id: newId('call', clock.wall()) },
            ...{ from: from.address, headers: from.headers ?? [], number: destination.inner },
            make: (parts) => this.#makeCall({ ...parts, way: onward(way, destination.inner) }),
            begin: (call) => this.#arriveInner(call, id, left),
          })
        }
        const by = this.switches.of(destination.uri)
        const outside = by !== undefined || destination.credentials !== undefined || destination.via?.kind === 'proxy'
        const seen = await callerId(from.address, { outside, trunk: destination.trunk }, directory)
        const leg = await (by === undefined
          ? place(
              { ...this.#options, ua: this.ua },
              {
                ...{ destination, handlers, ...near, maxForwards: way.maxForwards, headers: from.headers ?? [] },
                from: seen,
                ...ownWishes(from),
              },
            )
          : placeSwitched(by, destination, seen, from, { ...near, handlers }))
        if (destination.trunk !== undefined) this.#load.carry(destination.trunk, leg)
        const sipCallId = leg.session.callId
        this.#ladder.belongs(sipCallId, id)
        void leg.ended.then(() => this.#forgetLater(sipCallId))
        return leg
      },
    }
  }

  /** @param by the call that rings a number of ours */
  #arriveInner(call: EmbeddedCall, by: CallId, left: () => void = () => {}): void {
    const target = addressKey(call.to)
    const text = `${target} is a number of this site, and ${call.id} is the call that arrives there`
    this.#tell(by, { at: call.startedAt, kind: 'target', text, data: { target, call: call.id } })
    call.note('arrived', arrival(call, '', 0))
    this.#onCall?.(call)
    left()
  }

  #forgetLater(sipCallId: string): void {
    this.#options.clock.after(this.#options.ladderTailMs ?? 1000, () => this.#ladder.forget(sipCallId))
  }

  #tell(id: CallId, event: TimelineEvent): void {
    const call = this.#calls.get(id)
    if (call !== undefined) {
      call.tell(event)
      return
    }
    this.#placing.get(id)?.push(event)
    this.#options.observer.timeline(id, event)
  }
}
