import { isIPv6 } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import { isPrivateAddress } from '../../base/private-address.ts'
import { LocalAddresses } from '../../sip/transport/local-address.ts'

export interface OwnAddressOptions {
  /** What our sockets are bound to; `0.0.0.0` and `::` leave the choice open. */
  readonly bind: string
  /** The address that others reach us at from far away, for what stands behind NAT. */
  readonly configured: string | undefined
}

/** Which address of ours a peer is told: in Contact, in Via, in SDP. */
export class OwnAddress {
  readonly bind: string
  readonly #configured: string | undefined
  readonly #local: LocalAddresses

  private constructor({ bind, configured }: OwnAddressOptions, local: LocalAddresses) {
    this.bind = bind
    this.#configured = configured
    this.#local = local
  }

  static async find(options: OwnAddressOptions, clock: Clock): Promise<OwnAddress> {
    return new OwnAddress(options, await LocalAddresses.probe(clock))
  }

  /** For a peer that is not near: the configured address; else the bound one, or that of the way to the peer. */
  towards(peer: string): string {
    if (this.#configured !== undefined && !isPrivateAddress(peer)) return this.#configured
    return this.#open ? this.#local.towards(peer) : this.bind
  }

  /** What a socket for this peer is bound to: where everything is, the wildcard of the peer's family. */
  bindFor(peer: string): string {
    if (!this.#open) return this.bind
    return isIPv6(peer) ? '::' : '0.0.0.0'
  }

  /** Whether the host is one of ours, as far as its address or the configured one tells. @param host lower case */
  has(host: string): boolean {
    return (
      host === this.bind || host === this.#configured?.toLowerCase() || host === 'localhost' || this.#local.has(host)
    )
  }

  /** Where audio is sent that stays in this process. */
  within(): string {
    return this.#open ? '127.0.0.1' : this.bind
  }

  get #open(): boolean {
    return this.bind === '0.0.0.0' || this.bind === '::'
  }
}
