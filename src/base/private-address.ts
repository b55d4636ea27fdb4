import { BlockList, isIP } from 'node:net'

const ranges = new BlockList()
// RFC 1918, RFC 6598 (carrier-grade NAT), RFC 3927 and loopback; RFC 4193, link-local and loopback of IPv6.
ranges.addSubnet('10.0.0.0', 8)
ranges.addSubnet('172.16.0.0', 12)
ranges.addSubnet('192.168.0.0', 16)
ranges.addSubnet('100.64.0.0', 10)
ranges.addSubnet('169.254.0.0', 16)
ranges.addSubnet('127.0.0.0', 8)
ranges.addSubnet('fc00::', 7, 'ipv6')
ranges.addSubnet('fe80::', 10, 'ipv6')
ranges.addAddress('::1', 'ipv6')

/** Whether a numeric address means something only near where it is used: private, link-local, loopback. False for a name. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && ranges.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
