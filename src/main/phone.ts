import type {
  ConferenceDesk,
  DrivenBy,
  ExtensionContact,
  Phone,
  PlaceCall,
  PlaceDriven,
  PlannedAction,
  PlannedParties,
  Readiness,
  TrunkState,
} from '../api/ports.ts'
import { followAnswer } from '../apps/answer-plan.ts'
import { runFlow } from '../apps/flow/run.ts'
import { handleCall, type InboundApp } from '../apps/inbound.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { JoinedEngine } from '../engines/joined.ts'
import type { MediaPlane } from '../media/plane.ts'
import type { Action, StartedAction } from '../phone/action.ts'
import type { Address } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import { type EngineState, NotAnswered, type OriginateRequest } from '../phone/engine.ts'
import { type CallId, newId } from '../phone/id.ts'
import { type FieldFault, Problem } from '../phone/problem.ts'
import { type CallEnd, endCodes, endOf, type ReasonLink } from '../phone/reason.ts'
import { capabilitiesFor, checkCapable, wantedBy } from './action-check.ts'
import type { KeptBindings } from './bindings.ts'
import { CalleeCheck } from './callee-check.ts'
import type { CallJournal } from './journal.ts'
import type { PlannedEnd, PlannedRun } from './planned-run.ts'
import type { SipHosts } from './sip-hosts.ts'
import type { Site, SiteNoun } from './site.ts'
import type { TrunkRegistrations } from './trunk-registrations.ts'

export interface RunningPhoneOptions {
  readonly engine: JoinedEngine
  /** Places a call when its turn has come. */
  readonly originate: (request: OriginateRequest) => Promise<Call>
  /** @throws Problem `destination_not_allowed` where nobody may be called there now */
  readonly checkOpen: (to: Address, field: string) => Promise<void>
  readonly plane: MediaPlane
  readonly site: Site
  readonly hosts: Pick<SipHosts, 'forbidsUri'>
  readonly bindings: KeptBindings
  readonly journal: CallJournal
  readonly trunks: TrunkRegistrations
  readonly app: InboundApp
  readonly conferences: ConferenceDesk
  readonly clock: Clock
  readonly log: Logger
  /** Called after a change, e.g. to speak new prompts before they are needed. */
  onReload(noun: SiteNoun): void
}

const faultSentence = 'a fault in the service ended the call; the log has it under the id of the call'

/** Of a call that a fault of ours ended before it came up. */
function faultEnd(at: number): CallEnd {
  const link: ReasonLink = { at, by: 'service', code: 'failed', q850: endCodes.failed.q850, sentence: faultSentence }
  return endOf(link, [link])
}

const closedSentences = {
  starting: 'The service is starting: no calls are taken yet.',
  stopping: 'The service is stopping and takes no more calls.',
} as const

/** A call to one party that somebody here says what to do with once it has answered. */
export interface PlaceRun {
  readonly from: Address
  readonly to: Address
  readonly seconds: number
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds since 1970 at which it was placed. */
  begun(id: CallId, startedAt: number): void
  ringing(): void
  /** It sends audio before it answers. */
  early?(send: (digits: string) => Promise<void>): void
  answered(call: Call): Promise<void>
  /** It never came up. */
  notAnswered(end: CallEnd): void
}

/** What the API asks of the running service. */
export class RunningPhone implements Phone {
  readonly conferences: ConferenceDesk
  readonly #options: RunningPhoneOptions
  readonly #check: CalleeCheck
  readonly #placing = new Map<CallId, AbortController>()
  readonly #settled = new Map<CallId, Promise<void>>()
  #state: 'starting' | 'open' | 'stopping' = 'starting'

  constructor(options: RunningPhoneOptions) {
    this.#options = options
    this.#check = new CalleeCheck(options)
    this.conferences = options.conferences
  }

  /** Whether a call could be placed now. */
  get open(): boolean {
    return this.#state === 'open' && !this.#options.plane.overloaded
  }

  async place(request: PlaceCall): Promise<{ readonly id: CallId }> {
    this.#refuseCalls()
    await this.#check.reachable(request.from, '/from')
    await this.#check.reachable(request.to, '/to')
    await this.checkOpen(request.from, '/from')
    await this.checkOpen(request.to, '/to')
    const { from, to, seconds, account } = request
    return this.#place(from, to, (id) => this.#connect(id, from, to, seconds), { account })
  }

  async placeDriven({ from, to, seconds, by, account }: PlaceDriven): Promise<{ readonly id: CallId }> {
    this.#refuseCalls()
    await this.#check.reachable(to, '/to', true)
    await this.checkOpen(to, '/to')
    return this.#place(from, to, (id) => this.#drive(id, from, to, seconds, by), { account })
  }

  /** @throws Problem where the address can never be rung, or nobody is there now; it names the field */
  checkCallable(to: Address, field: string): Promise<void> {
    return this.#check.reachable(to, field, true)
  }

  /** @throws Problem `destination_not_allowed` where calling hours do not let it be called now */
  checkOpen(to: Address, field: string): Promise<void> {
    return this.#options.checkOpen(to, field)
  }

  /** As `placeDriven`. */
  async placeRun(run: PlaceRun): Promise<{ readonly id: CallId }> {
    this.#refuseCalls()
    await this.#check.reachable(run.to, '/to', true)
    await this.checkOpen(run.to, '/to')
    const { from, to, seconds, headers } = run
    return this.#place(from, to, (id, startedAt) => {
      run.begun(id, startedAt)
      const request = { id, from, to, seconds, ...(headers === undefined ? {} : { headers }) }
      const onEarly = run.early === undefined ? {} : { onEarly: run.early }
      const told = { ...request, onRinging: () => run.ringing(), ...onEarly }
      return this.#ring(
        told,
        { from, to },
        (call) => run.answered(call),
        (end) => run.notAnswered(end),
      )
    })
  }

  /** A call that is up already, and that nobody drives yet. */
  adopt(call: Call, run: (call: Call) => Promise<void>): void {
    const { journal, log } = this.#options
    journal.started({
      ...{ id: call.id, from: call.from, to: call.to },
      direction: 'outbound',
      startedAt: call.startedAt,
    })
    journal.follow(call)
    const work = run(call)
      .catch(async (error: unknown) => {
        log.error({ call: call.id, err: error }, 'an app failed; the call is hung up')
        await call.hangup({ code: 'failed', sentence: faultSentence })
      })
      .finally(() => this.#settled.delete(call.id))
    this.#settled.set(call.id, work)
  }

  /**
   * Places an attempt and resolves with its end, once that is in the store. Whoever cannot be reached makes a call that was not answered.
   * @throws Problem `starting`, `shutting_down`, `overloaded`: nothing was placed
   */
  async placePlanned({ id, from, to, shown, seconds, account, wishes, ...run }: PlannedRun): Promise<PlannedEnd> {
    this.#refuseCalls()
    let ended: PlannedEnd | undefined
    const request = { id, from, to, seconds, ...wishes, beforeInvite: () => run.beforeInvite() }
    await this.#place(
      shown.from,
      shown.to,
      () =>
        this.#ring(
          request,
          shown,
          async (call) => {
            await run.answered(call)
            ended = { answered: true, end: await call.ended }
          },
          (end) => {
            ended = { answered: false, end }
          },
        ),
      { id, account },
    )
    await this.#settled.get(id)
    await this.#options.journal.written(id)
    if (ended !== undefined) return ended
    return { answered: false, end: faultEnd(this.#options.clock.wall()) }
  }

  async act(id: CallId, action: Action): Promise<StartedAction> {
    const { engine, app } = this.#options
    const call = engine.call(id)
    if (call === undefined && this.#placing.has(id)) {
      const sentence = `The call ${id} rings and takes actions once it is answered; POST /v1/calls/${id}/hangup gives it up.`
      throw new Problem('call_ringing', sentence)
    }
    if (call === undefined) throw new Problem('call_ended', `The call ${id} has ended.`)
    checkCapable(action, engine.capabilitiesOf(id))
    for (const [to, field] of wantedBy(action)) await this.#check.allowed(to, field)
    return app.driver.start(call, action)
  }

  async checkPlan(actions: readonly PlannedAction[], call?: PlannedParties): Promise<readonly FieldFault[]> {
    const { engine } = this.#options
    const capabilities = call === undefined ? engine.capabilities : await capabilitiesFor(call, this.#options)
    const faults: FieldFault[] = []
    for (const { action, field } of actions) {
      try {
        checkCapable(action, capabilities)
        for (const [to, at] of wantedBy(action)) await this.#check.allowed(to, at)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        faults.push({ field: `${field}${error.fields[0]?.field ?? '/block'}`, sentence: error.message })
      }
    }
    return faults
  }

  async hangUp(id: CallId): Promise<boolean> {
    const { engine, journal } = this.#options
    const placing = this.#placing.get(id)
    const call = engine.call(id)
    if (placing === undefined && call === undefined) return false
    if (call !== undefined) {
      await call.hangup({ code: 'completed', by: 'operator', sentence: 'the call was hung up through the API' })
    } else {
      placing?.abort()
      await this.#settled.get(id)
    }
    await journal.written(id)
    return true
  }

  contactsOf(username: string): readonly ExtensionContact[] {
    const { bindings, clock } = this.#options
    const now = clock.wall()
    return bindings
      .get(username)
      .filter((binding) => binding.expiresAt > now)
      .map((binding) => {
        const { transport, remoteAddress: host, remotePort } = binding.flow
        return {
          contact: binding.contact,
          flow: `${transport.toLowerCase()} ${host.includes(':') ? `[${host}]` : host}:${remotePort}`,
          registeredAt: bindings.since(binding),
          expiresAt: binding.expiresAt,
          ...(binding.userAgent === undefined ? {} : { userAgent: binding.userAgent }),
        }
      })
  }

  engines(): readonly EngineState[] {
    return this.#options.engine.states()
  }

  trunkState(id: string): TrunkState | undefined {
    return this.#options.trunks.state(id)
  }

  async reload(noun: SiteNoun): Promise<void> {
    const { site, engine, trunks, bindings, onReload } = this.#options
    await site.reload(noun)
    // A forward rents and releases its numbers; an extension takes its assignments with it.
    if (noun === 'forwards' || noun === 'extensions') await site.reload('numbers')
    if (noun === 'trunks') {
      await engine.trunks.refresh()
      trunks.update(engine.trunks.trunks)
    }
    if (noun === 'extensions') {
      for (const username of bindings.aors()) if (!(await site.hasExtension(username))) bindings.forget(username)
    }
    onReload(noun)
  }

  readiness(): { readonly sip: Readiness; readonly media: Readiness } {
    const { plane } = this.#options
    if (this.#state !== 'open') {
      const closed: Readiness = { ready: false, sentence: closedSentences[this.#state] }
      return { sip: closed, media: closed }
    }
    return {
      sip: { ready: true },
      media: plane.overloaded
        ? { ready: false, sentence: 'Packets of audio are late: no more calls are taken now.' }
        : { ready: true },
    }
  }

  /** To be called once the engine takes calls. */
  opened(): void {
    if (this.#state === 'starting') this.#state = 'open'
  }

  /** Refuses new calls and gives up those that ring. */
  stop(): void {
    this.#state = 'stopping'
    for (const placing of this.#placing.values()) placing.abort()
  }

  /** Resolves when every placed call is over; to be awaited after the engine has stopped. */
  async settled(): Promise<void> {
    await Promise.all(this.#settled.values())
  }

  /** Resolves when a call that was placed is over, or was never known. */
  async settledCall(id: CallId): Promise<void> {
    await this.#settled.get(id)
  }

  #refuseCalls(): void {
    // A call that is placed before those of the last run are closed would be closed with them.
    if (this.#state === 'starting') throw new Problem('starting', closedSentences.starting)
    if (this.#state === 'stopping') throw new Problem('shutting_down', closedSentences.stopping)
    if (this.#options.plane.overloaded)
      throw new Problem('overloaded', 'Audio of the calls in progress would suffer from one more.')
  }

  /** Writes the row of the call, then lets the work begin. */
  async #place(
    from: Address,
    to: Address,
    begin: (id: CallId, startedAt: number) => Promise<void>,
    more: { readonly id?: CallId; readonly account?: string | undefined } = {},
  ): Promise<{ readonly id: CallId }> {
    const { clock, journal } = this.#options
    const wall = clock.wall()
    const { id = newId('call', wall), account } = more
    journal.started({ id, direction: 'outbound', from, to, startedAt: wall, account })
    await journal.written(id)
    const work = begin(id, wall).finally(() => {
      this.#placing.delete(id)
      this.#settled.delete(id)
    })
    this.#settled.set(id, work)
    return { id }
  }

  /** Rings `from`, who sees `to` calling, and puts the two through. */
  #connect(id: CallId, from: Address, to: Address, seconds: number): Promise<void> {
    const { app } = this.#options
    return this.#ring({ id, from: to, to: from, seconds }, { from, to }, (call) => handleCall(call, app, to))
  }

  /** Rings `to`, who sees `from` calling; from then on it is driven. */
  #drive(id: CallId, from: Address, to: Address, seconds: number, by: DrivenBy): Promise<void> {
    const { app } = this.#options
    const work = (call: Call): Promise<void> => {
      switch (by.kind) {
        case 'api':
          return app.driver.drive(call, { ...by, first: by.actions })
        case 'flow':
          return runFlow(call, by.flow, app.flows)
      }
    }
    return this.#ring({ id, from, to, seconds }, { from, to }, async (call) => {
      await followAnswer(call, by.detect, () => work(call))
    })
  }

  /** @param shown the parties as they stand in the row of the call */
  async #ring(
    request: Omit<OriginateRequest, 'signal'> & { readonly id: CallId },
    shown: { readonly from: Address; readonly to: Address },
    answered: (call: Call) => Promise<void>,
    notAnswered: (end: CallEnd) => void = () => {},
  ): Promise<void> {
    const { originate, journal, clock, log } = this.#options
    const { id } = request
    const giveUp = new AbortController()
    this.#placing.set(id, giveUp)
    try {
      const call = await originate({ ...request, signal: giveUp.signal })
      this.#placing.delete(id)
      journal.follow(call)
      await answered(call)
    } catch (error) {
      if (error instanceof NotAnswered) return notAnswered(error.end)
      log.error({ call: id, err: error }, 'a call could not be placed')
      const end = faultEnd(clock.wall())
      journal.refused({ id, direction: 'outbound', ...shown, startedAt: end.at, end })
    }
  }
}
