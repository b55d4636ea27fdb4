import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { parseUri, type Uri } from '../../sip/message/uri.ts'
import { resolveTarget } from '../../sip/resolver/resolve.ts'
import type { Destination } from '../../sip/transport/transport.ts'
import type { TransportSet } from '../../sip/transport/transports.ts'
import type { Directory, Trunk } from './directory.ts'

/** Knows the trunks by the addresses of their servers, so that a call that comes in can be told where it is from. */
export class TrunkBook {
  readonly #directory: Directory
  readonly #transports: TransportSet
  readonly #clock: Clock
  readonly #log: Logger
  #byAddress = new Map<string, Trunk>()
  #trunks: readonly Trunk[] = []

  constructor(directory: Directory, transports: TransportSet, clock: Clock, log: Logger) {
    this.#directory = directory
    this.#transports = transports
    this.#clock = clock
    this.#log = log
  }

  get trunks(): readonly Trunk[] {
    return this.#trunks
  }

  at(address: string): Trunk | undefined {
    return this.#byAddress.get(address)
  }

  /** Whether a trunk is at this host, by the name that it was given or by an address. */
  named(host: string): boolean {
    const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
    return this.#byAddress.has(bare) || this.#trunks.some(({ uri }) => hostOf(uri) === bare)
  }

  /** To be called at start and after every change of a trunk. A trunk whose name cannot be resolved is left out until then. */
  async refresh(): Promise<void> {
    const trunks = await this.#directory.trunks()
    const found = new Map<string, Trunk>()
    for (const trunk of trunks) {
      for (const address of await this.#addresses(trunk)) if (!found.has(address)) found.set(address, trunk)
    }
    this.#trunks = trunks
    this.#byAddress = found
  }

  async #addresses(trunk: Trunk): Promise<readonly string[]> {
    const uri = parseUri(trunk.uri)
    // A trunk of another switch is known by what that switch says of its calls.
    if (uri === undefined || uri.scheme === 'other') return trunk.addresses
    try {
      const destinations = await this.#resolve(uri)
      return [...trunk.addresses, ...destinations.map((d) => d.address)]
    } catch (error) {
      this.#log.warn(
        { trunk: trunk.name, err: error },
        'the address of a trunk cannot be found; its calls are not let in by address',
      )
      return trunk.addresses
    }
  }

  #resolve(uri: Uri): Promise<readonly Destination[]> {
    return resolveTarget(uri, { clock: this.#clock, serves: (destination) => this.#transports.serves(destination) })
  }
}

function hostOf(text: string): string | undefined {
  const uri = parseUri(text)
  return uri?.scheme === 'sip' || uri?.scheme === 'sips' ? uri.host.replace(/^\[|\]$/g, '').toLowerCase() : undefined
}
