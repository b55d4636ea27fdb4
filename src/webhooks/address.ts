import { BlockList, isIP, isIPv4 } from 'node:net'

/** What an address is for. Only `public` may be fetched from unless the operator allows more. */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'carrier-grade NAT'
  | 'unique local'
  | 'multicast'
  | 'metadata'
  | 'unspecified'
  | 'documentation'
  | 'benchmarking'
  | 'reserved'

type Row = readonly [network: string, kind: AddressKind]

// The special-purpose registry of IANA (RFC 6890 with its updates), narrowest first where ranges lie within each other.
// 168.63.129.16 is no range of that registry: one cloud answers there with the secrets of its machines.
const table4: readonly Row[] = [
  ['169.254.169.254/32', 'metadata'],
  ['168.63.129.16/32', 'metadata'],
  ['100.100.100.200/32', 'metadata'],
  ['192.0.0.192/32', 'metadata'],
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
]

// What is not named here and lies outside 2000::/3 is not given out as unicast at all (RFC 4291 §2.4).
const table6: readonly Row[] = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fd00:ec2::254/128', 'metadata'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'],
  ['ff00::/8', 'multicast'],
  ['2001:2::/48', 'benchmarking'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  // Teredo, ORCHID and other assignments to protocols: no host to fetch from.
  ['2001::/23', 'reserved'],
]

/** Where an IPv6 address carries an IPv4 one, and at which byte: what counts is where the packet ends up. */
const embedded: readonly (readonly [network: string, byte: number])[] = [
  ['::ffff:0:0/96', 12], // mapped, RFC 4291 §2.5.5.2
  ['::/96', 12], // compatible, RFC 4291 §2.5.5.1
  ['64:ff9b::/96', 12], // NAT64, RFC 6052
  ['2002::/16', 2], // 6to4, RFC 3056
]

/** @throws TypeError for what is no numeric address */
export function classifyAddress(address: string): AddressKind {
  const bytes = bytesOf(address)
  if (bytes.length === 4) return rowOf(table4, bytes) ?? 'public'
  const named = rowOf(table6, bytes)
  if (named !== undefined) return named
  for (const [network, byte] of embedded) {
    if (inNetwork(bytes, network)) return rowOf(table4, bytes.subarray(byte, byte + 4)) ?? 'public'
  }
  return (bytes[0]! & 0xe0) === 0x20 ? 'public' : 'reserved'
}

const rowOf = (table: readonly Row[], bytes: Uint8Array): AddressKind | undefined =>
  table.find(([network]) => inNetwork(bytes, network))?.[1]

const parsed = new Map<string, { readonly bytes: Uint8Array; readonly bits: number }>()

function inNetwork(bytes: Uint8Array, network: string): boolean {
  let known = parsed.get(network)
  if (known === undefined) {
    const [address = '', bits] = network.split('/')
    known = { bytes: bytesOf(address), bits: Number(bits) }
    parsed.set(network, known)
  }
  if (known.bytes.length !== bytes.length) return false
  for (let bit = 0; bit < known.bits; bit += 8) {
    const mask = known.bits - bit >= 8 ? 0xff : (0xff << (8 - (known.bits - bit))) & 0xff
    if ((bytes[bit >> 3]! & mask) !== (known.bytes[bit >> 3]! & mask)) return false
  }
  return true
}

/** 4 or 16 bytes. @throws TypeError */
function bytesOf(address: string): Uint8Array {
  const text = address.replace(/%.*$/, '')
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number)
  if (isIP(text) !== 6) throw new TypeError(`${JSON.stringify(address)} is not an IP address`)
  // The last 32 bits may be written as IPv4.
  const plain = text.replace(/[0-9.]+$/, (tail) => {
    if (!tail.includes('.')) return tail
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [left = '', right] = plain.split('::')
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)))
  const head = groups(left)
  const tail = right === undefined ? [] : groups(right)
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

/** Networks as `address/bits` or single addresses. @throws Error for what is neither */
export function networkList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address)
    if (family === 0) throw new Error(`${JSON.stringify(network)} is not a network`)
    list.addSubnet(
      address,
      bits === undefined ? (family === 4 ? 32 : 128) : Number(bits),
      family === 4 ? 'ipv4' : 'ipv6',
    )
  }
  // A BlockList looks at a mapped address as at the IPv4 one in it.
  return (address) => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}
