import type { Limit } from '../apps/dialer/gate.ts'
import type { DestinationRule, DialerRules } from '../apps/dialer/rules.ts'
import type { Address } from '../phone/address.ts'
import type { Site } from './site.ts'

/** Numbers that no trunk carries; the call is placed, and says so. */
const noTrunk = 'none'
/** Extensions, and numbers of the site. */
const inside = 'inside'
const uris = 'uris'

/** What a planned call counts against. */
export class DialerLimits {
  readonly #site: Pick<Site, 'owns' | 'trunkFor' | 'boundsOf'>
  readonly #carriedBy: (trunk: string) => number

  constructor(site: Pick<Site, 'owns' | 'trunkFor' | 'boundsOf'>, carriedBy: (trunk: string) => number) {
    this.#site = site
    this.#carriedBy = carriedBy
  }

  /** The trunk that carries a call, or what stands for one. @param trunk its id, where one was asked for */
  async laneOf(to: Address, from: Address, trunk: string | undefined): Promise<string> {
    if (to.kind === 'uri') return uris
    if (to.kind !== 'number' || (await this.#site.owns(to.e164))) return inside
    return (await this.#site.trunkFor(from, undefined, trunk))?.id ?? noTrunk
  }

  of(lane: string, { callsAtOnce }: DialerRules): readonly Limit[] {
    const all: Limit = { key: 'all', atOnce: callsAtOnce }
    const trunk = this.#site.boundsOf(lane)
    if (trunk === undefined) return [all]
    const { maxCalls, callsPerSecond } = trunk
    const rate = callsPerSecond === null ? {} : { perSecond: callsPerSecond }
    return [all, { key: `trunk:${lane}`, atOnce: maxCalls, carried: () => this.#carriedBy(lane), ...rate }]
  }

  ofRules(rules: readonly DestinationRule[]): readonly Limit[] {
    return rules.map(({ prefix, callsPerSecond, callsAtOnce }) => ({
      key: `to:${prefix}`,
      ...(callsPerSecond === undefined ? {} : { perSecond: callsPerSecond }),
      ...(callsAtOnce === undefined ? {} : { atOnce: callsAtOnce }),
    }))
  }
}
