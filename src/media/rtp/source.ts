import { isIPv4 } from 'node:net'

/** An address that says nothing about where its packets come from when seen from here: private, loopback, link-local, unset. */
export function isBehindNat(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return isBehindNat(mapped[1]!)
  if (!isIPv4(address)) return address === '::' || address === '::1' || /^f[cd]|^fe[89ab]/i.test(address)
  const [a, b] = address.split('.').map(Number) as [number, number]
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168)
  )
}

export type SourceVerdict = 'ours' | 'latched' | 'stranger'

/**
 * Symmetric RTP with a source check (RFC 4961, RFC 7362): who is listened to, and where our packets go.
 * The first valid packet from the signalled address is latched on to, whatever its port; from any address when the
 * signalled one is behind a NAT. The exact address and port that were signalled always win over such a guess.
 */
export class Source {
  #signalledAddress = ''
  #signalledPort = 0
  #anywhere = false
  #latched: 'no' | 'guess' | 'exact' = 'no'
  address = ''
  port = 0

  /** `connect`: a new address or port forgets whom we listened to; the same again changes nothing. */
  signal(address: string, port: number): void {
    if (address === this.#signalledAddress && port === this.#signalledPort) return
    this.#signalledAddress = address
    this.#signalledPort = port
    this.#anywhere = isBehindNat(address)
    this.#latched = 'no'
    this.address = address
    this.port = port
  }

  /** After a silence the far end may have moved. Until it speaks we keep sending where it was. */
  release(): void {
    this.#latched = 'no'
  }

  get latched(): boolean {
    return this.#latched !== 'no'
  }

  /** To be asked for packets that are valid RTP of this call. */
  check(address: string, port: number): SourceVerdict {
    if (this.#latched !== 'no' && address === this.address && port === this.port) return 'ours'
    const exact = address === this.#signalledAddress && port === this.#signalledPort
    if (this.#latched === 'exact' || (this.#latched === 'guess' && !exact)) return 'stranger'
    if (!exact && address !== this.#signalledAddress && !this.#anywhere) return 'stranger'
    this.#latched = exact ? 'exact' : 'guess'
    this.address = address
    this.port = port
    return 'latched'
  }

  /** RTCP may come from another port; it has to come from the same host. */
  sameHost(address: string): boolean {
    return this.#latched === 'no'
      ? address === this.#signalledAddress || this.#anywhere
      : address === this.address || address === this.#signalledAddress
  }
}
