import { isIPv4 } from 'node:net'
import { sequenceDistance } from './packet.ts'

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

/** In a row from one stranger, 200 ms of audio: who aims at many ports to find calls does not get that far. */
const AWAY_PACKETS = 10
/** Sequence numbers that may be missing between two of these. */
const AWAY_GAP = 10

/**
 * Symmetric RTP with a source check (RFC 4961, RFC 7362): who is listened to, and where our packets go.
 * The first valid packet from the signalled address is latched on to, whatever its port; from any address when the
 * signalled one is behind a NAT. The exact address and port that were signalled always win over such a guess.
 * Some carriers send from another public address than the one where they receive: while the signalled one is silent,
 * whoever keeps sending is heard, but gets nothing: our packets go where they were asked for.
 */
export class Source {
  #signalledAddress = ''
  #signalledPort = 0
  #anywhere = false
  #latched: 'no' | 'away' | 'guess' | 'exact' = 'no'
  /** Who was a stranger last, and how many packets of it came in a row. */
  #awayAddress = ''
  #awayPort = 0
  #awaySsrc = 0
  #awaySequence = 0
  #awayCount = 0
  /** Where our packets go. */
  address = ''
  port = 0
  /** Who is listened to, once latched. */
  heardAddress = ''
  heardPort = 0

  /** `connect`: a new address or port forgets whom we listened to; the same again changes nothing. */
  signal(address: string, port: number): void {
    if (address === this.#signalledAddress && port === this.#signalledPort) return
    this.#signalledAddress = address
    this.#signalledPort = port
    this.#anywhere = isBehindNat(address)
    this.release()
    this.address = address
    this.port = port
  }

  /** After a silence the far end may have moved. Until it speaks we keep sending where it was. */
  release(): void {
    this.#latched = 'no'
    this.#awayCount = 0
  }

  get latched(): boolean {
    return this.#latched !== 'no'
  }

  /** To be asked for packets that are valid RTP of this call. */
  check(address: string, port: number, ssrc: number, sequence: number): SourceVerdict {
    if (this.#latched !== 'no' && address === this.heardAddress && port === this.heardPort) return 'ours'
    const exact = address === this.#signalledAddress && port === this.#signalledPort
    if (this.#latched === 'exact' || (this.#latched === 'guess' && !exact)) return 'stranger'
    if (exact || address === this.#signalledAddress || this.#anywhere) {
      this.#latched = exact ? 'exact' : 'guess'
      this.address = address
      this.port = port
    } else {
      if (this.#latched === 'away' || !this.#keepsSending(address, port, ssrc, sequence)) return 'stranger'
      this.#latched = 'away'
    }
    this.heardAddress = address
    this.heardPort = port
    return 'latched'
  }

  #keepsSending(address: string, port: number, ssrc: number, sequence: number): boolean {
    const ahead = sequenceDistance(sequence, this.#awaySequence)
    const same = address === this.#awayAddress && port === this.#awayPort && ssrc === this.#awaySsrc
    this.#awayCount = same && ahead > 0 && ahead <= AWAY_GAP ? this.#awayCount + 1 : 1
    this.#awayAddress = address
    this.#awayPort = port
    this.#awaySsrc = ssrc
    this.#awaySequence = sequence
    return this.#awayCount >= AWAY_PACKETS
  }

  /** RTCP may come from another port; it has to come from the same host. */
  sameHost(address: string): boolean {
    return this.#latched === 'no'
      ? address === this.#signalledAddress || this.#anywhere
      : address === this.heardAddress || address === this.#signalledAddress
  }
}
