import type { Clock } from '../base/clock.ts'
import { type Address, addressKey } from '../phone/address.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import type { KeptBindings } from './bindings.ts'
import type { SipHosts } from './sip-hosts.ts'
import type { Site } from './site.ts'

export interface CalleeCheckOptions {
  readonly site: Pick<Site, 'owns' | 'forbids' | 'hasExtension' | 'assignment' | 'extensionOfNumber' | 'trunkFor'>
  readonly hosts: Pick<SipHosts, 'forbidsUri'>
  readonly bindings: Pick<KeptBindings, 'get'>
  readonly clock: Clock
}

/** Who may be called by what the API asks for. Both checks throw a Problem that names the field. */
export class CalleeCheck {
  readonly #options: CalleeCheckOptions

  constructor(options: CalleeCheckOptions) {
    this.#options = options
  }

  /** Whoever may drive calls is the operator's own program; premium-rate numbers stay closed to it as well. */
  async allowed(to: Address, field: string): Promise<void> {
    if (to.kind === 'uri') await this.#checkHost(to, field)
    if (to.kind !== 'number' || (await this.#options.site.owns(to.e164))) return
    const { allowed, ...verdict } = { sentence: '', ...mayCallOut('international', to.e164, []) }
    if (!allowed) throw new Problem('destination_not_allowed', verdict.sentence, [{ field, ...verdict }])
    await this.#checkListed(to, field)
  }

  async #checkListed(to: Address, field: string): Promise<void> {
    const sentence = await this.#options.site.forbids(to)
    if (sentence !== undefined) throw new Problem('destination_not_allowed', sentence, [{ field, sentence }])
  }

  async #checkHost(to: Extract<Address, { kind: 'uri' }>, field: string): Promise<void> {
    const { uri } = to
    const refusal = this.#options.hosts.forbidsUri(uri)
    if (refusal === undefined) return this.#checkListed(to, field)
    const sentence = `${uri} may not be called: ${refusal}.`
    throw new Problem('destination_not_allowed', sentence, [{ field, sentence }])
  }

  /** @param rung it is rung itself, and not put through to what is assigned to it */
  async reachable(address: Address, field: string, rung = field === '/from'): Promise<void> {
    const { site, bindings, clock } = this.#options
    const refuse = (sentence: string): never => {
      throw new Problem('not_reachable', sentence, [{ field, sentence }])
    }
    switch (address.kind) {
      case 'anonymous':
        return refuse('An anonymous address cannot be called.')
      case 'uri':
        return this.#checkHost(address, field)
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
          if (assignment === 'unassigned')
            return refuse(`${e164} is a number of this site, but nothing is assigned to it yet.`)
          const username = rung ? await site.extensionOfNumber(e164) : undefined
          // Whatever else it leads to answers by itself, or does not and says why.
          if (username === undefined) return
          return await this.reachable({ kind: 'extension', username, raw: username }, field, rung)
        }
        const verdict = mayCallOut('international', e164, [])
        if (!verdict.allowed)
          throw new Problem('destination_not_allowed', verdict.sentence, [{ field, sentence: verdict.sentence }])
        await this.#checkListed(address, field)
        if ((await site.trunkFor(address, undefined)) === undefined) {
          return refuse(`No trunk carries calls to ${addressKey(address)}; add one with "default": true.`)
        }
      }
    }
  }
}
