import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { TransportName } from '../message/message.ts'
import type { SipUri, Uri } from '../message/uri.ts'
import type { Destination } from '../transport/transport.ts'

/** A URI that leads nowhere. `status` is what a request to it is taken to be answered (RFC 3263 §4.3, RFC 3261 §8.1.3.1). */
export class ResolveError extends Error {
  readonly status: 416 | 503

  constructor(status: 416 | 503, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ResolveError'
    this.status = status
  }
}

/** Numeric addresses of a name, best first; rejects when there are none. */
export type Lookup = (name: string) => Promise<readonly string[]>

export interface ResolveOptions {
  readonly clock: Clock
  /** Whether we can send there; `TransportSet.serves`. */
  serves(destination: Destination): boolean
  /** Default: the system's resolver, which knows the hosts file. */
  readonly lookup?: Lookup
}

/** A name server that does not answer must not hold a caller for longer than this. */
const lookupMs = 5_000

const systemLookup: Lookup = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

/**
 * Where a request to this URI is sent (RFC 3263, reduced): the address itself, or every address of the name in order;
 * transport by its parameter, else UDP; port as given, else the transport's own. Names without a port will ask
 * NAPTR and SRV first (§4.1, §4.2): that step attaches in `addresses`.
 * @throws ResolveError with a sentence
 */
export async function resolveTarget(uri: Uri, options: ResolveOptions): Promise<readonly Destination[]> {
  if (uri.scheme === 'tel') throw new ResolveError(416, 'a tel URI has no address: it needs a trunk')
  if (uri.scheme === 'other') throw new ResolveError(416, 'only sip and sips URIs can be called')
  const transport = transportOf(uri)
  const host = uri.params.get('maddr')?.toLowerCase() || uri.host
  const port = uri.port ?? (transport === 'TLS' || transport === 'WSS' ? 5061 : 5060)
  const found = await addresses(host, options)
  const destinations = found.map((address): Destination => {
    const named = transport === 'TLS' || transport === 'WSS'
    return named ? { transport, address, port, serverName: host } : { transport, address, port }
  })
  const usable = destinations.filter((destination) => options.serves(destination))
  if (usable.length === 0)
    throw new ResolveError(503, `no transport here reaches ${host} by ${transport} (${found.join(', ')})`)
  return usable
}

const transports: Readonly<Record<string, TransportName>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS', ws: 'WS', wss: 'WSS' }

function transportOf(uri: SipUri): TransportName {
  const asked = uri.params.get('transport')?.toLowerCase()
  const name = asked === undefined ? 'UDP' : transports[asked]
  if (name === undefined) throw new ResolveError(503, 'the transport that the URI asks for is not known')
  if (uri.scheme === 'sip') return name
  // sips means TLS on every hop (RFC 3261 §26.2.2); over TCP that is TLS, over WebSocket WSS.
  return name === 'WS' || name === 'WSS' ? 'WSS' : 'TLS'
}

async function addresses(host: string, { clock, lookup = systemLookup }: ResolveOptions): Promise<readonly string[]> {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) !== 0) return [bare]
  const found = await new Promise<readonly string[]>((resolve, reject) => {
    const limit = clock.after(lookupMs, () => reject(new ResolveError(503, `no name server answered for ${host}`)))
    lookup(host)
      .then(resolve, (error: unknown) => reject(new ResolveError(503, `the name ${host} has no address`, error)))
      .finally(() => limit.stop())
  })
  if (found.length === 0) throw new ResolveError(503, `the name ${host} has no address`)
  return [...new Set(found)]
}
