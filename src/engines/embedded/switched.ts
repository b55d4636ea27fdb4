import { type Address, describeAddress } from '../../phone/address.ts'
import type { CallerSays, CallSource } from '../../phone/call.ts'
import type { Capabilities, EngineState } from '../../phone/engine.ts'
import { isHosted } from '../../phone/switch-uri.ts'
import type { Directory } from './directory.ts'
import type { Leg } from './leg.ts'
import { partyNamed, partyOf } from './parties.ts'
import { Forbidden } from './place.ts'
import type { Caller } from './ring.ts'
import type { SipDestination } from './route.ts'
import type { Arrived, Switch, SwitchDial } from './switch.ts'

/** The switches beside our own SIP, by the schemes of the URIs that lead to them. */
export class Switches {
  readonly #all: readonly Switch[]

  constructor(all: readonly Switch[]) {
    this.#all = all
  }

  get size(): number {
    return this.#all.reduce((sum, { size }) => sum + size, 0)
  }

  /** The switch that a URI leads to; none for SIP. */
  of(uri: string): Switch | undefined {
    const scheme = /^([a-z]+):/i.exec(uri)?.[1]?.toLowerCase()
    return this.#all.find((each) => each.scheme === scheme)
  }

  /** Why a trunk cannot carry calls: its scheme is that of no switch here, or the switch is away. */
  away(uri: string): string | undefined {
    const by = this.of(uri)
    if (by !== undefined) return by.away()
    if (isHosted(uri))
      return `by its URI ${uri} whole calls go out, whose audio stays there; a call that is up here cannot be put through by it`
    return /^sips?:/i.test(uri) ? undefined : `its URI ${uri} leads to a switch that this service has no settings of`
  }

  /** @param own what their calls have of this service, whoever carries them */
  states(own: Capabilities): readonly EngineState[] {
    return this.#all.map((by) => {
      const away = by.away()
      const capabilities = { ...own, lacks: by.lacks }
      return { name: by.scheme, place: by.place, capabilities, ...(away === undefined ? {} : { away }) }
    })
  }

  async start(arrive: (by: Switch, arrived: Arrived) => void): Promise<void> {
    await Promise.all(this.#all.map((each) => each.start((arrived) => arrive(each, arrived))))
  }
}

/** Whose call it is that a switch brought, and for whom. */
export interface SwitchedParties {
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly said: CallerSays
}

/**
 * A call belongs to the trunk that the switch names, or to the only one that goes by that switch. Whoever else the operator's dialplan
 * sends here is trusted as a network is.
 */
export async function switchedParties(
  by: Pick<Switch, 'scheme' | 'place'>,
  { caller, called, divertedFrom, headers, trunk }: Arrived,
  directory: Directory,
  country: string | undefined,
): Promise<SwitchedParties> {
  const trunks = (await directory.trunks()).filter(({ uri }) => uri.toLowerCase().startsWith(`${by.scheme}:`))
  const own = trunk === '' && trunks.length === 1 ? trunks[0] : trunks.find(({ name }) => name === trunk)
  const raw = `${by.scheme}:${called}`
  return {
    source: own === undefined ? { kind: 'trusted', address: by.place } : { kind: 'trunk', id: own.id, name: own.name },
    from: partyNamed(by.scheme, caller, country),
    to: await partyOf(called, raw, directory, country),
    said: {
      headers,
      ...(divertedFrom === ''
        ? {}
        : { divertedFrom: partyNamed(by.scheme, { number: divertedFrom, name: '' }, country) }),
    },
  }
}

export const switchedArrival = (by: Switch, { source, from, to }: SwitchedParties): string =>
  `${describeAddress(from)} calls ${describeAddress(to)}, through ${by.scheme} at ${by.place}${
    source.kind === 'trunk' ? ` for the trunk ${source.name}` : ''
  }`

/** Calls by a switch. @param from as the far end is to see it */
export async function placeSwitched(
  by: Switch,
  destination: SipDestination,
  from: Address,
  { headers = [], ready, codecs }: Caller,
  rest: Pick<SwitchDial, 'near' | 'handlers'>,
): Promise<Leg> {
  if (destination.foreign === true)
    throw new Forbidden(
      `${destination.uri} leads to a switch; only a trunk may, not a target that was written by a user`,
    )
  const leg = await by.dial({
    ...rest,
    headers,
    target: destination.uri.slice(by.scheme.length + 1),
    caller: callerOf(from),
    ...(ready === undefined ? {} : { ready }),
    ...(codecs === undefined ? {} : { codecs }),
  })
  leg.by = by
  leg.owner = destination.trunk === undefined ? undefined : { kind: 'trunk', id: destination.trunk }
  return leg
}

function callerOf(from: Address): SwitchDial['caller'] {
  switch (from.kind) {
    case 'anonymous':
      return { number: 'anonymous', name: 'Anonymous' }
    case 'number':
      return { number: from.e164, ...named(from.name) }
    case 'extension':
      return { number: from.username, ...named(from.name) }
    case 'uri':
      return { number: /^[a-z]+:([^@;>]*)/i.exec(from.uri)?.[1] ?? '', ...named(from.name) }
  }
}

const named = (name: string | undefined): { readonly name?: string } => (name === undefined ? {} : { name })
