import { BlockList, isIP } from 'node:net'

/** Networks in CIDR form or single addresses, IPv4 and IPv6; an IPv4 address mapped into IPv6 counts as IPv4. */
export class Networks {
  readonly #list = new BlockList()

  /** @throws RangeError naming the entry that is no network */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', bits] = entry.split('/')
      const family = isIP(address)
      const prefix = bits === undefined ? undefined : Number(bits)
      const max = family === 4 ? 32 : 128
      if (
        family === 0 ||
        (prefix !== undefined && !(Number.isInteger(prefix) && prefix >= 0 && prefix <= max && bits !== ''))
      ) {
        throw new RangeError(
          `"${entry}" is no network; write an address such as 192.0.2.7 or a network such as 192.0.2.0/24`,
        )
      }
      const kind = family === 4 ? 'ipv4' : 'ipv6'
      if (prefix === undefined) this.#list.addAddress(address, kind)
      else this.#list.addSubnet(address, prefix, kind)
    }
  }

  has(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    return this.#list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}
