import { BlockList, isIP } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

const privateRanges = new BlockList()
privateRanges.addSubnet('10.0.0.0', 8)
privateRanges.addSubnet('172.16.0.0', 12)
privateRanges.addSubnet('192.168.0.0', 16)
privateRanges.addSubnet('100.64.0.0', 10)
privateRanges.addSubnet('169.254.0.0', 16)
privateRanges.addSubnet('127.0.0.0', 8)
privateRanges.addSubnet('fc00::', 7, 'ipv6')
privateRanges.addSubnet('fe80::', 10, 'ipv6')
privateRanges.addAddress('::1', 'ipv6')

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

export function isPrivate(address: string): boolean {
  return isIP(address) !== 0 && privateRanges.check(address, familyOf(address))
}

/**
 * The address that a peer can reach us at: ours on the peer's own network; for a public peer the configured one; else
 * the bound one, else the first that is not loopback.
 * @param bound what the socket is bound to; `0.0.0.0` and `::` leave the choice open
 * @param configured OFFHOOK_ADDRESS, for what stands behind NAT
 */
export function addressTowards(
  peer: string,
  bound: string,
  configured: string | undefined,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string {
  const family = familyOf(peer)
  const ours = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((i) => familyOf(i.address) === family)
  const same = ours.find((i) => i.address === peer) ?? ours.find((i) => onNetwork(i, peer, family))
  const open = bound === '0.0.0.0' || bound === '::'
  if (same !== undefined) return open ? same.address : bound
  if (configured !== undefined && !isPrivate(peer)) return configured
  if (!open) return bound
  return (
    ours.find((i) => !i.internal)?.address ??
    configured ??
    ours[0]?.address ??
    (family === 'ipv6' ? '::1' : '127.0.0.1')
  )
}

function onNetwork(own: NetworkInterfaceInfo, peer: string, family: 'ipv4' | 'ipv6'): boolean {
  if (own.cidr === null) return false
  const network = new BlockList()
  const [address = '', bits = '0'] = own.cidr.split('/')
  network.addSubnet(address, Number(bits), family)
  return network.check(peer, family)
}
