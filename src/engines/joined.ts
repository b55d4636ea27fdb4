import type { Clock } from '../base/clock.ts'
import type { Call } from '../phone/call.ts'
import { type Capabilities, type EngineState, NotAnswered, type OriginateRequest } from '../phone/engine.ts'
import { type CallId, newId } from '../phone/id.ts'
import { type EndCode, endCodes, endOf, type ReasonLink } from '../phone/reason.ts'
import { isHosted } from '../phone/switch-uri.ts'
import type { Directory, Trunk } from './embedded/directory.ts'
import type { EmbeddedEngine } from './embedded/engine.ts'
import type { CallObserver } from './embedded/engine-options.ts'
import type { TrunkBook } from './embedded/trunk-book.ts'
import type { HostedEngine } from './hosted/engine.ts'

export interface JoinedOptions {
  readonly embedded: EmbeddedEngine
  readonly hosted: readonly HostedEngine[]
  readonly directory: Pick<Directory, 'trunkFor' | 'owns'>
  readonly observer: Pick<CallObserver, 'placed' | 'refused'>
  readonly clock: Clock
}

/** Our own engine, and beside it those of companies that keep the audio of their calls: a call goes where its trunk leads. */
export class JoinedEngine {
  readonly #options: JoinedOptions

  constructor(options: JoinedOptions) {
    this.#options = options
  }

  get capabilities(): Capabilities {
    return this.#options.embedded.capabilities
  }

  get trunks(): TrunkBook {
    return this.#options.embedded.trunks
  }

  /** Of the engine that this call is of. */
  capabilitiesOf(id: CallId): Capabilities {
    return this.#hostOf(id)?.capabilities ?? this.#options.embedded.capabilitiesOf(id)
  }

  /** Of the engine that carries calls of trunks with this URI. */
  capabilitiesBy(uri: string): Capabilities {
    const { capabilities, switches } = this.#options.embedded
    const lacks = switches.of(uri)?.lacks ?? capabilities.lacks
    return this.#accountOf(uri)?.capabilities ?? { ...capabilities, lacks }
  }

  /** Our own SIP, the switches beside it, and the companies that keep the audio of their calls. */
  states(): readonly EngineState[] {
    const { embedded, hosted } = this.#options
    const { name, capabilities, switches } = embedded
    return [
      { name, capabilities },
      ...switches.states(capabilities),
      ...hosted.map((engine) => ({ name: engine.name, capabilities: engine.capabilities })),
    ]
  }

  /** Calls of companies that are up or ring. */
  get hosted(): number {
    return this.#options.hosted.reduce((sum, { size }) => sum + size, 0)
  }

  async start(onCall: (call: Call) => void): Promise<void> {
    const { embedded, hosted } = this.#options
    await Promise.all(hosted.map((engine) => engine.start(onCall)))
    await embedded.start(onCall)
  }

  async stop(): Promise<void> {
    const { embedded, hosted } = this.#options
    await Promise.all([embedded.stop(), ...hosted.map((engine) => engine.stop())])
  }

  /** Why a trunk with this URI carries no calls now. */
  away(uri: string): string | undefined {
    if (!isHosted(uri)) return this.#options.embedded.switches.away(uri)
    return this.#accountOf(uri) === undefined ? noAccount(uri) : undefined
  }

  call(id: CallId): Call | undefined {
    return this.#options.embedded.call(id) ?? this.#hostOf(id)?.call(id)
  }

  /** Calls that a trunk carries now, in both directions. */
  carriedBy(trunk: string): number {
    const { embedded, hosted } = this.#options
    return [embedded, ...hosted].reduce((sum, engine) => sum + engine.carriedBy(trunk), 0)
  }

  /** @throws NotAnswered */
  async originate(request: OriginateRequest): Promise<Call> {
    const { embedded } = this.#options
    const trunk = await this.#hostedTrunk(request)
    if (trunk === undefined) return await embedded.originate(request)
    const by = this.#accountOf(trunk.uri)
    if (by === undefined)
      return this.refuse(request, 'unreachable', `the trunk ${trunk.name} carries no calls: ${noAccount(trunk.uri)}`)
    const carried = this.carriedBy(trunk.id)
    if (carried >= trunk.maxCalls)
      return this.refuse(
        request,
        'unreachable',
        `the trunk ${trunk.name} carries ${carried} calls already, and its setting maxCalls allows ${trunk.maxCalls}`,
      )
    return await by.originateBy(trunk, request)
  }

  async #hostedTrunk({ to, from, trunk }: OriginateRequest): Promise<Trunk | undefined> {
    const { directory } = this.#options
    // Numbers of our own are reached in the house.
    if (to.kind !== 'number' || (await directory.owns(to.e164))) return undefined
    const chosen = await directory.trunkFor(from, undefined, trunk)
    return chosen !== undefined && isHosted(chosen.uri) ? chosen : undefined
  }

  /** Ends a call that is not placed. @throws NotAnswered */
  refuse({ id, from, to }: OriginateRequest, code: EndCode, sentence: string): never {
    const { clock, observer } = this.#options
    const at = clock.wall()
    const call = { id: id ?? newId('call', at), from, to, startedAt: at }
    observer.placed(call)
    const link: ReasonLink = { at, code, by: 'service', q850: endCodes[code].q850, sentence }
    const end = endOf(link, [link])
    observer.refused({ ...call, direction: 'outbound', end })
    throw new NotAnswered(end)
  }

  #accountOf(uri: string): HostedEngine | undefined {
    return this.#options.hosted.find(({ name }) => uri.toLowerCase().startsWith(`${name}:`))
  }

  #hostOf(id: CallId): HostedEngine | undefined {
    return this.#options.hosted.find((engine) => engine.call(id) !== undefined)
  }
}

const noAccount = (uri: string): string =>
  `this service has no account for ${uri.replace(/:.*/, '')} that takes calls (the settings tell what it needs)`
