import { createSocket } from 'node:dgram'
import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../base/clock.ts'

/** How long the list of interfaces is believed. */
const maxAgeMs = 10_000

/**
 * Which of our addresses a peer sees. A socket that is bound to all addresses does not say on which one a datagram
 * came, yet Via, Contact and SDP must name one: that of the interface in the peer's own network, else the one
 * that the default route uses.
 */
export class LocalAddresses {
  readonly #clock: Clock
  readonly #routed: { readonly 4?: string; readonly 6?: string }
  #networks: readonly { address: string; prefix: number; list: BlockList; family: 'ipv4' | 'ipv6' }[] = []
  #readAt = -Infinity

  static async probe(clock: Clock): Promise<LocalAddresses> {
    // Documentation addresses (RFC 5737, 3849): connecting a UDP socket asks the routing table and sends nothing.
    const [v4, v6] = await Promise.all([routedAddress('192.0.2.1', 'udp4'), routedAddress('2001:db8::1', 'udp6')])
    return new LocalAddresses(clock, { ...(v4 === undefined ? {} : { 4: v4 }), ...(v6 === undefined ? {} : { 6: v6 }) })
  }

  private constructor(clock: Clock, routed: { readonly 4?: string; readonly 6?: string }) {
    this.#clock = clock
    this.#routed = routed
  }

  /** @param remote numeric */
  towards(remote: string): string {
    const family = isIPv6(remote) ? 'ipv6' : 'ipv4'
    if (this.#clock.now() - this.#readAt > maxAgeMs) this.#read()
    const address = remote.replace(/%.*$/, '')
    const own = this.#networks.find((network) => network.family === family && network.list.check(address, family))
    if (own !== undefined) return own.address
    const routed = this.#routed[family === 'ipv6' ? 6 : 4]
    return routed ?? (family === 'ipv6' ? '::1' : '127.0.0.1')
  }

  /** Whether an interface of this machine has it. @param host numeric */
  has(host: string): boolean {
    if (this.#clock.now() - this.#readAt > maxAgeMs) this.#read()
    return this.#networks.some(({ address }) => address === host)
  }

  #read(): void {
    this.#readAt = this.#clock.now()
    this.#networks = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map((entry) => {
        const family = entry.family === 'IPv6' ? ('ipv6' as const) : ('ipv4' as const)
        const prefix = Number(entry.cidr?.split('/')[1] ?? (family === 'ipv6' ? 128 : 32))
        const list = new BlockList()
        list.addSubnet(entry.address, prefix, family)
        return { address: entry.address, prefix, list, family }
      })
      .sort((a, b) => b.prefix - a.prefix)
  }
}

function routedAddress(target: string, type: 'udp4' | 'udp6'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(type)
    const done = (address?: string): void => {
      socket.close()
      resolve(address)
    }
    // No route of that family: a machine without network, or without IPv6.
    socket.once('error', () => done())
    socket.connect(9, target, () => done(socket.address().address))
  })
}
