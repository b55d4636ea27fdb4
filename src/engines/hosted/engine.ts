import type { Clock, Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import { type Address, addressKey, describeAddress } from '../../phone/address.ts'
import type { Call, CallSource, TimelineEvent } from '../../phone/call.ts'
import { type Capabilities, type Engine, MaybePlaced, NotAnswered, type OriginateRequest } from '../../phone/engine.ts'
import { type CallId, isId, newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { type EndCode, type EndedBy, endCodes, endOf, type ReasonLink } from '../../phone/reason.ts'
import type { Directory, Trunk } from '../embedded/directory.ts'
import type { CallObserver } from '../embedded/engine-options.ts'
import { addressOf } from './address.ts'
import type { HostedAudio } from './audio.ts'
import { HostedCall, type HostedCallParts, type Reach } from './call.ts'
import type { Dialect } from './dialect.ts'
import { lacksOf } from './lacks.ts'
import type { Fields, Notice, Occasion } from './step.ts'
import { response } from './xml.ts'

/** No company lets a call last longer; one of which nothing is heard so long is over. */
const silentMs = 4.5 * 3600_000
/** A company that was not asked to stop ringing is given so much longer. */
const graceSeconds = 20
/** A call that we ended is known until the company tells its end, or so long. */
const afterlifeMs = 15 * 60_000

/** A company that carries calls and asks for documents. */
export interface Company {
  readonly dialect: Dialect
  readonly reach: Reach
  /**
   * Has it call somebody.
   * @param o `from` and `to` in E.164
   * @returns its name of the request, where it gives one
   * @throws Problem `carrier_failed`; MaybePlaced where it may be calling all the same
   */
  place(o: {
    readonly id: CallId
    readonly from: string
    readonly to: string
    readonly seconds: number
    readonly url: (about: Occasion) => string
  }): Promise<string | undefined>
  /** Stops it ringing. */
  cancel?(request: string): Promise<void>
}

export interface HostedEngineOptions {
  readonly company: Company
  readonly clock: Clock
  readonly log: Logger
  readonly directory: Pick<Directory, 'trunks' | 'owns' | 'forbids' | 'callerIdOf' | 'callerIdOfTrunk'>
  readonly observer: Pick<CallObserver, 'timeline' | 'placed' | 'refused'>
  readonly audio: HostedAudio
  readonly country: string | undefined
  url(call: CallId, n: number, about: Occasion): string
  fetchRecording(url: string): Promise<string>
}

/** What stood in the path of a request. */
export interface FromPath {
  readonly call: string
  readonly n: number
  readonly about: Occasion
}

/** `unknown`: a call that is none of ours, and that nobody here is to be asked about. */
export type Taken =
  | { readonly kind: 'document'; readonly xml: string }
  | { readonly kind: 'unknown' | 'not_understood' }

interface Placing {
  readonly trunk: string
  readonly make: (session: string) => HostedCall
  readonly answered: (call: HostedCall) => void
  readonly failed: (link: ReasonLink) => void
  readonly ringing: () => void
}

/** Calls that live at a company, and are driven by the documents that it asks for. */
export class HostedEngine implements Engine {
  readonly name: string
  readonly capabilities: Capabilities
  readonly #options: HostedEngineOptions
  readonly #calls = new Map<CallId, HostedCall>()
  /** With their trunks; also those that ended here, and of whose end the company did not tell yet. */
  readonly #known = new Map<CallId, { readonly call: HostedCall; readonly trunk: string | undefined; timer: Timer }>()
  readonly #sessions = new Map<string, Promise<CallId | undefined>>()
  readonly #placing = new Map<CallId, Placing>()
  #onCall: ((call: Call) => void) | undefined

  constructor(options: HostedEngineOptions) {
    this.#options = options
    const { scheme, blocks } = options.company.dialect
    this.name = scheme
    this.capabilities = {
      ...{ blocks, lacks: lacksOf(options.company.dialect) },
      ...{ textToSpeech: true, speechToText: false, urlPrompts: true, dtmf: new Set(['info']) },
    }
  }

  async start(onCall: (call: Call) => void): Promise<void> {
    this.#onCall = onCall
  }

  calls(): readonly Call[] {
    return [...this.#calls.values()]
  }

  call(id: CallId): HostedCall | undefined {
    return this.#calls.get(id)
  }

  rooms(): readonly never[] {
    return []
  }

  room(): undefined {
    return undefined
  }

  /** Calls of a trunk, in both directions. */
  carriedBy(trunk: string): number {
    const up = [...this.#known.entries()].filter(([id, known]) => known.trunk === trunk && this.#calls.has(id))
    return up.length + [...this.#placing.values()].filter((one) => one.trunk === trunk).length
  }

  get size(): number {
    return this.#calls.size + this.#placing.size
  }

  async stop(): Promise<void> {
    this.#onCall = undefined
    const reason = { code: 'interrupted', sentence: 'the service was stopped while the call was up' } as const
    await Promise.all([...this.#calls.values()].map((call) => call.hangup(reason)))
    for (const { timer } of this.#known.values()) timer.stop()
    this.#known.clear()
    this.#sessions.clear()
  }

  /** Whether this is about a call that we placed or have. */
  knows(fields: Fields): boolean {
    const notice = this.#options.company.dialect.read(fields, undefined)
    if (notice === undefined) return false
    return (notice.request !== undefined && isId('call', notice.request)) || this.#sessions.has(notice.session)
  }

  /** The company posted this. */
  async take(fields: Fields, path: FromPath | undefined): Promise<Taken> {
    const notice = this.#options.company.dialect.read(fields, path?.about)
    if (notice === undefined) return { kind: 'not_understood' }
    const named = [path?.call, notice.request].find((one) => one !== undefined && isId('call', one)) as
      | CallId
      | undefined
    // No waiting where none is needed: the same request may come again before this one is through.
    const session = named === undefined ? this.#sessions.get(notice.session) : undefined
    const id = session === undefined ? named : await session
    const placing = id === undefined ? undefined : this.#placing.get(id)
    if (id !== undefined && placing !== undefined) this.#placed(id, placing, notice)
    const known = id === undefined ? undefined : this.#known.get(id)
    if (known !== undefined) {
      const xml = await known.call.take(notice, path)
      if (notice.state === 'over') this.#forget(known.call.id, notice.session)
      else this.#watch(known.call)
      return { kind: 'document', xml }
    }
    if (placing !== undefined) return { kind: 'document', xml: response() }
    // Of a call that the last run of the service had, or that was given up: there is nothing to be done with it but to hang up.
    if (path !== undefined || id !== undefined) return { kind: 'document', xml: response() }
    if (notice.state !== 'up' || notice.request !== undefined || notice.outbound) return { kind: 'unknown' }
    const arrived = this.#arrive(notice)
    this.#sessions.set(
      notice.session,
      arrived.then((call) => call?.id),
    )
    const call = await arrived
    if (call !== undefined) return { kind: 'document', xml: await call.take(notice, undefined) }
    this.#sessions.delete(notice.session)
    return { kind: 'unknown' }
  }

  /** Places a call by a trunk that leads here. */
  async originateBy(trunk: Trunk, request: OriginateRequest): Promise<Call> {
    const { clock, observer, company } = this.#options
    const { from, to } = request
    const id = request.id ?? newId('call', clock.wall())
    const startedAt = clock.wall()
    const story: TimelineEvent[] = []
    const tell = (event: TimelineEvent): void => {
      story.push(event)
      observer.timeline(id, event)
    }
    observer.placed({ id, from, to, startedAt })
    const text = `calling ${addressKey(to)} as ${describeAddress(from)}, by ${company.dialect.company}`
    tell({ at: startedAt, kind: 'dial', text })
    const make = (session: string): HostedCall =>
      this.#make(
        { id, session, from, to, startedAt, story, direction: 'outbound', source: { kind: 'service' } },
        trunk.id,
      )
    const outcome = await this.#ring(trunk, id, request, make, tell)
    if (outcome.kind === 'answered') return outcome.call
    const { link } = outcome
    const end = endOf(link, [link])
    tell({ at: end.at, kind: 'ended', text: end.sentence, data: { code: end.code, q850: end.q850 } })
    observer.refused({ id, direction: 'outbound', from, to, startedAt, end })
    throw new NotAnswered(end)
  }

  /** Not for callers: a call goes out by a trunk. */
  originate(): Promise<Call> {
    return Promise.reject(new Error(`a call goes out at ${this.name} by a trunk only`))
  }

  async #ring(
    trunk: Trunk,
    id: CallId,
    request: OriginateRequest,
    make: (session: string) => HostedCall,
    tell: (event: TimelineEvent) => void,
  ): Promise<{ kind: 'answered'; call: HostedCall } | { kind: 'failed'; link: ReasonLink }> {
    const { clock, company, url, log } = this.#options
    const name = addressKey(request.to)
    const failed = (code: EndCode, by: EndedBy, sentence: string) => {
      const link: ReasonLink = { at: clock.wall(), code, by, target: name, q850: endCodes[code].q850, sentence }
      return { kind: 'failed', link } as const
    }
    const forbidden = await this.#options.directory.forbids(request.to)
    if (forbidden !== undefined) return failed('not_allowed', 'service', forbidden)
    const from = await this.#callerId(request.from, trunk)
    if (request.to.kind !== 'number') return failed('not_found', 'service', `${name} is no number`)
    if (from === undefined)
      return failed(
        'not_allowed',
        'service',
        `no number of this site goes out by the trunk ${trunk.name}, and ${company.dialect.company} shows no other`,
      )
    const outcome = deferred<{ kind: 'answered'; call: HostedCall } | { kind: 'failed'; link: ReasonLink }>()
    this.#placing.set(id, {
      trunk: trunk.id,
      make,
      answered: (call) => outcome.resolve({ kind: 'answered', call }),
      failed: (link) => outcome.resolve({ kind: 'failed', link }),
      ringing: () => {
        tell({ at: clock.wall(), kind: 'ringing', text: `${name} rings` })
        request.onRinging?.()
      },
    })
    let placed: string | undefined
    let unsure: string | undefined
    const giveUp = (code: EndCode, by: EndedBy, sentence: string): void => {
      outcome.resolve(failed(code, by, sentence))
      if (placed !== undefined)
        company.cancel?.(placed).catch((err: unknown) => log.warn({ call: id, err }, 'a call rings on at a company'))
    }
    let gaveUp: boolean = request.signal?.aborted === true
    const onAbort = (): void => {
      gaveUp = true
      giveUp('canceled', 'operator', `the call to ${name} was given up before it was answered`)
    }
    let timer: Timer | undefined
    try {
      request.signal?.addEventListener('abort', onAbort, { once: true })
      if (gaveUp) onAbort()
      // Its turn may come late; who gives it up before does not wait for it.
      const left = await Promise.race([request.beforeInvite?.(), outcome.promise.then(() => undefined)])
      if (gaveUp) return await outcome.promise
      const { e164 } = request.to
      const asked = { id, from, to: e164, seconds: request.seconds, url: (about: Occasion) => url(id, 0, about) }
      placed = await company.place(asked).catch((error: unknown) => {
        // Whether it rings is known when the company asks about it, or does not; another call before that would ring beside it.
        if (!(error instanceof MaybePlaced)) throw error
        unsure = error.message
        tell({ at: clock.wall(), kind: 'warning', text: `${unsure} Whether it rings is waited for` })
        return undefined
      })
      left?.()
      if (gaveUp) onAbort()
      timer = clock.after((request.seconds + graceSeconds) * 1000, () =>
        unsure === undefined
          ? giveUp('no_answer', 'callee', `${name} did not answer within ${request.seconds} s`)
          : giveUp('unreachable', 'network', `${unsure} Nothing was heard of the call within ${request.seconds} s`),
      )
      return await outcome.promise
    } catch (error) {
      if (error instanceof Problem && error.code === 'carrier_failed')
        return failed('unreachable', 'network', error.message)
      throw error
    } finally {
      timer?.stop()
      request.signal?.removeEventListener('abort', onAbort)
      this.#placing.delete(id)
    }
  }

  /** News of a call that we placed and that nobody has answered yet. */
  #placed(id: CallId, { make, answered, failed, ringing }: Placing, { state, session, end }: Notice): void {
    switch (state) {
      case 'ringing':
        ringing()
        return
      case 'told':
        return
      case 'up': {
        const call = make(session)
        this.#sessions.set(session, Promise.resolve(id))
        // Before whoever placed it comes to know of it, so that what it is told to do finds the company waiting.
        this.#placing.delete(id)
        answered(call)
        return
      }
      case 'over': {
        const { clock, company } = this.#options
        const code = end === undefined || end.code === 'completed' ? 'no_answer' : end.code
        const said = end === undefined || end.words === '' ? '' : ` (${end.words})`
        const sentence = `it was not answered, as ${company.dialect.company} tells${said}`
        const by = code === 'unreachable' || code === 'failed' || code === 'not_allowed' ? 'network' : 'callee'
        failed({ at: clock.wall(), code, by, q850: endCodes[code].q850, sentence })
      }
    }
  }

  async #arrive(notice: Notice): Promise<HostedCall | undefined> {
    const { clock, directory, country, company } = this.#options
    const [from, to] = [notice.from, notice.to].map((party) => addressOf(party, country)) as [Address, Address]
    // A call of ours that this run knows nothing of, told the other way round.
    const ours = from.kind === 'number' && (await directory.owns(from.e164))
    if (ours && !(to.kind === 'number' && (await directory.owns(to.e164)))) return undefined
    const onCall = this.#onCall
    if (onCall === undefined) return undefined
    const trunk = (await directory.trunks()).find(({ uri }) => uri.toLowerCase().startsWith(`${this.name}:`))
    const source: CallSource =
      trunk === undefined ? { kind: 'trusted', address: this.name } : { kind: 'trunk', id: trunk.id, name: trunk.name }
    const id = newId('call', clock.wall())
    const { session } = notice
    const startedAt = clock.wall()
    const call = this.#make({ id, session, from, to, startedAt, story: [], direction: 'inbound', source }, trunk?.id)
    const { company: by } = company.dialect
    const through = trunk === undefined ? by : `${by} for the trunk ${trunk.name}`
    call.note('arrived', `${describeAddress(from)} calls ${describeAddress(to)}, through ${through}`)
    onCall(call)
    return call
  }

  #make(
    parts: Pick<HostedCallParts, 'id' | 'session' | 'from' | 'to' | 'startedAt' | 'story' | 'direction' | 'source'>,
    trunk: string | undefined,
  ): HostedCall {
    const { company, clock, audio, directory, observer, url, fetchRecording, log } = this.#options
    const call = new HostedCall({
      ...parts,
      ...{ clock, audio, url, fetchRecording },
      ...{ dialect: company.dialect, reach: company.reach },
      numberOf: (username) => directory.callerIdOf(username),
      forbids: async (to) => ((await isOurs(to, directory)) ? undefined : directory.forbids(to)),
      onTimeline: (id, event) => observer.timeline(id, event),
      onFault: (err) => log.warn({ call: parts.id, err }, 'a company did not do to a call what it was asked to'),
    })
    this.#calls.set(call.id, call)
    this.#known.set(call.id, { call, trunk, timer: { stop: () => {} } })
    this.#watch(call)
    void call.ended.then(() => {
      this.#calls.delete(call.id)
      this.#watch(call)
    })
    if (parts.direction === 'outbound') call.note('answered', `${addressKey(parts.to)} answered`)
    return call
  }

  #watch(call: HostedCall): void {
    const known = this.#known.get(call.id)
    if (known === undefined) return
    known.timer.stop()
    const live = this.#calls.has(call.id)
    known.timer = this.#options.clock.after(live ? silentMs : afterlifeMs, () => {
      if (!live) this.#forget(call.id, call.session)
      else
        void call.hangup({ code: 'media_timeout', by: 'network', sentence: 'nothing was heard of the call for hours' })
    })
  }

  #forget(id: CallId, session: string): void {
    this.#known.get(id)?.timer.stop()
    this.#known.delete(id)
    this.#sessions.delete(session)
  }

  async #callerId(from: Address, trunk: Trunk): Promise<string | undefined> {
    const { directory } = this.#options
    if (from.kind === 'number' && (await directory.owns(from.e164))) return from.e164
    const own = from.kind === 'extension' ? await directory.callerIdOf(from.username) : undefined
    return own ?? (await directory.callerIdOfTrunk(trunk.id))
  }
}

const isOurs = async (to: Address, directory: Pick<Directory, 'owns'>): Promise<boolean> =>
  to.kind === 'number' && (await directory.owns(to.e164))
