import type { ExtensionContact, Phone, PlaceCall, Readiness, TrunkState } from '../api/ports.ts'
import { handleCall, type InboundApp } from '../apps/inbound.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { EmbeddedEngine } from '../engines/embedded/engine.ts'
import type { MediaPlane } from '../media/plane.ts'
import { type Address, addressKey } from '../phone/address.ts'
import { NotAnswered } from '../phone/engine.ts'
import { type CallId, newId } from '../phone/id.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import { endCodes, endOf, type ReasonLink } from '../phone/reason.ts'
import type { KeptBindings } from './bindings.ts'
import type { CallJournal } from './journal.ts'
import type { Site, SiteNoun } from './site.ts'
import type { TrunkRegistrations } from './trunk-registrations.ts'

export interface RunningPhoneOptions {
  readonly engine: EmbeddedEngine
  readonly plane: MediaPlane
  readonly site: Site
  readonly bindings: KeptBindings
  readonly journal: CallJournal
  readonly trunks: TrunkRegistrations
  readonly app: InboundApp
  readonly clock: Clock
  readonly log: Logger
  /** Called after a change, e.g. to speak new prompts before they are needed. */
  onReload(noun: SiteNoun): void
}

/** What the API asks of the running service. */
export class RunningPhone implements Phone {
  readonly #options: RunningPhoneOptions
  readonly #placing = new Map<CallId, AbortController>()
  readonly #settled = new Map<CallId, Promise<void>>()
  #stopping = false

  constructor(options: RunningPhoneOptions) {
    this.#options = options
  }

  async place(request: PlaceCall): Promise<{ readonly id: CallId }> {
    const { plane, clock, journal } = this.#options
    if (this.#stopping) throw new Problem('shutting_down', 'The service is stopping and takes no more calls.')
    if (plane.overloaded) throw new Problem('overloaded', 'Audio of the calls in progress would suffer from one more.')
    await this.#checkReachable(request.from, '/from')
    await this.#checkReachable(request.to, '/to')
    const { from, to, seconds } = request
    const wall = clock.wall()
    const id = newId('call', wall)
    journal.started({ id, direction: 'outbound', from, to, startedAt: wall })
    await journal.written(id)
    const work = this.#connect(id, from, to, seconds).finally(() => {
      this.#placing.delete(id)
      this.#settled.delete(id)
    })
    this.#settled.set(id, work)
    return { id }
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
    const stopping: Readiness = { ready: false, sentence: 'The service is stopping.' }
    if (this.#stopping) return { sip: stopping, media: stopping }
    return {
      sip: { ready: true },
      media: plane.overloaded
        ? { ready: false, sentence: 'Packets of audio are late: no more calls are taken now.' }
        : { ready: true },
    }
  }

  /** Refuses new calls and gives up those that ring. */
  stop(): void {
    this.#stopping = true
    for (const placing of this.#placing.values()) placing.abort()
  }

  /** Resolves when every placed call is over; to be awaited after the engine has stopped. */
  async settled(): Promise<void> {
    await Promise.all(this.#settled.values())
  }

  /** Rings `from`, who sees `to` calling, and puts the two through. */
  async #connect(id: CallId, from: Address, to: Address, seconds: number): Promise<void> {
    const { engine, journal, app, clock, log } = this.#options
    const giveUp = new AbortController()
    this.#placing.set(id, giveUp)
    try {
      const call = await engine.originate({ id, from: to, to: from, seconds, signal: giveUp.signal })
      this.#placing.delete(id)
      journal.follow(call)
      await handleCall(call, app, to)
    } catch (error) {
      if (error instanceof NotAnswered) return
      log.error({ call: id, err: error }, 'a call could not be placed')
      const link: ReasonLink = {
        at: clock.wall(),
        by: 'service',
        code: 'failed',
        q850: endCodes.failed.q850,
        sentence: 'a fault in the service ended the call; the log has it under the id of the call',
      }
      journal.refused({ id, direction: 'outbound', from, to, startedAt: link.at, end: endOf(link, [link]) })
    }
  }

  async #checkReachable(address: Address, field: string): Promise<void> {
    const { site, bindings, clock } = this.#options
    const refuse = (sentence: string): never => {
      throw new Problem('not_reachable', sentence, [{ field, sentence }])
    }
    switch (address.kind) {
      case 'anonymous':
        return refuse('An anonymous address cannot be called.')
      case 'uri':
        return
      case 'extension': {
        const { username } = address
        if (!(await site.hasExtension(username))) return refuse(`There is no extension ${username}.`)
        const live = bindings.get(username).some((binding) => binding.expiresAt > clock.wall())
        if (!live) return refuse(`No phone is signed in as ${username}.`)
        return
      }
      case 'number': {
        const { e164 } = address
        if (await site.owns(e164)) {
          const assignment = await site.assignment(e164)
          if (field === '/to' && assignment !== 'unassigned') return
          const username = await site.extensionOfNumber(e164)
          if (username === undefined) return refuse(`${e164} is a number of this site that rings no extension.`)
          return await this.#checkReachable({ kind: 'extension', username, raw: username }, field)
        }
        const verdict = mayCallOut('international', e164, [])
        if (!verdict.allowed)
          throw new Problem('destination_not_allowed', verdict.sentence, [{ field, sentence: verdict.sentence }])
        if ((await site.trunkFor(address, undefined)) === undefined) {
          return refuse(`No trunk carries calls to ${addressKey(address)}; add one with "default": true.`)
        }
      }
    }
  }
}
