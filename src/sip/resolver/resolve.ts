import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { TransportName } from '../message/message.ts'
import type { SipUri, Uri } from '../message/uri.ts'
import type { Destination } from '../transport/transport.ts'
import { type NaptrRecord, type Service, servicesOfNaptr } from './naptr.ts'
import { orderSrv, type SrvRecord } from './srv.ts'

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
  /** SRV records of `_sip._udp.example.com`; rejects or gives none where there are none. Default: the name servers of the system. */
  readonly srv?: (name: string) => Promise<readonly SrvRecord[]>
  /** NAPTR records of a domain; rejects or gives none where there are none. Default: the name servers of the system. */
  readonly naptr?: (name: string) => Promise<readonly NaptrRecord[]>
  /** For the choice by weight. */
  readonly random?: () => number
}

/** A name server that does not answer must not hold a caller for longer than this. */
const lookupMs = 5_000

/** SRV is asked before the address, so a name server that is silent about it costs this much. */
const srvMs = 2_000

/** Most domains have none of these, and they are asked for first of all. */
const naptrMs = 1_000

const systemNaptr = (name: string): Promise<readonly NaptrRecord[]> =>
  new Resolver({ timeout: 900, tries: 1 }).resolveNaptr(name)

const systemSrv = (name: string): Promise<readonly SrvRecord[]> =>
  new Resolver({ timeout: 900, tries: 2 }).resolveSrv(name)

const systemLookup: Lookup = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

/**
 * Where a request to this URI is sent (RFC 3263 §4): the address itself; with a port every address of the name in
 * order; else the targets of its SRV records, then their addresses. Transport by its parameter, else what the domain
 * prefers by its NAPTR records and we can do, else the first for which there are SRV records, else UDP.
 * @throws ResolveError with a sentence
 */
export async function resolveTarget(uri: Uri, options: ResolveOptions): Promise<readonly Destination[]> {
  if (uri.scheme === 'tel') throw new ResolveError(416, 'a tel URI has no address: it needs a trunk')
  if (uri.scheme === 'other') throw new ResolveError(416, 'only sip and sips URIs can be called')
  const transport = transportOf(uri)
  const host = uri.params.get('maddr')?.toLowerCase() || uri.host
  const found = uri.port === undefined && hasServices(host) ? await services(uri, host, transport, options) : undefined
  const destinations = found ?? (await plain(host, transport, uri.port, options))
  const usable = destinations.filter((destination) => options.serves(destination))
  if (usable.length === 0) {
    const addresses = destinations.map(({ address }) => address).join(', ')
    throw new ResolveError(503, `no transport here reaches ${host} by ${transport} (${addresses})`)
  }
  return usable
}

async function plain(
  host: string,
  transport: TransportName,
  port: number | undefined,
  options: ResolveOptions,
  name = host,
): Promise<Destination[]> {
  const secure = transport === 'TLS' || transport === 'WSS'
  const at = port ?? (secure ? 5061 : 5060)
  const found = await addresses(host, options)
  // A certificate is for the name that was asked for, not for the one that SRV gave (RFC 5922 §4).
  return found.map((address) => ({ transport, address, port: at, ...(secure ? { serverName: name } : {}) }))
}

/** Names of the local network have no records; asking for them would only cost time. */
const hasServices = (host: string): boolean =>
  isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0 && host.includes('.') && !/\.(?:local|localhost|invalid)\.?$/i.test(host)

const servicesOf: Readonly<Record<TransportName, string | undefined>> = {
  UDP: '_sip._udp',
  TCP: '_sip._tcp',
  TLS: '_sips._tcp',
  // RFC 7118 has none for WebSocket.
  WS: undefined,
  WSS: undefined,
}

/** The targets of the SRV records in order; `undefined` where there are none (§4.2). */
async function services(
  uri: SipUri,
  host: string,
  transport: TransportName,
  options: ResolveOptions,
): Promise<Destination[] | undefined> {
  const chosen = uri.params.has('transport')
  const preferred = chosen ? [] : await preferredBy(host, uri.scheme === 'sips', options)
  const usual = chosen || transport !== 'UDP' ? [transport] : (['UDP', 'TCP'] as const)
  for (const { transport: one, name: service } of [...preferred, ...usual.flatMap((each) => serviceOf(each, host))]) {
    if (!chosen && !canSend(one, options)) continue
    const records = await srvOf(service, options)
    if (records.length === 0) continue
    // RFC 2782: a target of "." says that the service is not there.
    if (records.every(({ name }) => name === '' || name === '.'))
      throw new ResolveError(503, `the name ${host} takes no calls by ${one}`)
    const found: Destination[] = []
    for (const { name, port } of orderSrv(records, options.random ?? Math.random)) {
      try {
        found.push(...(await plain(name.replace(/\.$/, ''), one, port, options, host)))
      } catch (error) {
        // The others are what SRV is for.
        if (!(error instanceof ResolveError)) throw error
      }
    }
    if (found.length > 0) return found
    throw new ResolveError(503, `none of the servers of ${host} has an address`)
  }
  return undefined
}

const serviceOf = (transport: TransportName, host: string): Service[] => {
  const service = servicesOf[transport]
  return service === undefined ? [] : [{ transport, name: `${service}.${host}` }]
}

const canSend = (transport: TransportName, { serves }: ResolveOptions): boolean =>
  serves({ transport, address: '0.0.0.0', port: 0 }) || serves({ transport, address: '::', port: 0 })

/** By NAPTR; none where the domain says nothing, or its name servers do not. */
async function preferredBy(host: string, secure: boolean, options: ResolveOptions): Promise<Service[]> {
  const { clock, naptr = systemNaptr } = options
  const records = await new Promise<readonly NaptrRecord[]>((resolve) => {
    const limit = clock.after(naptrMs, () => resolve([]))
    // No such records is the usual case, and told as an error.
    naptr(host)
      .then(resolve, () => resolve([]))
      .finally(() => limit.stop())
  })
  return servicesOfNaptr(records, secure)
}

async function srvOf(name: string, { clock, srv = systemSrv }: ResolveOptions): Promise<readonly SrvRecord[]> {
  return new Promise((resolve) => {
    const limit = clock.after(srvMs, () => resolve([]))
    // No such records is the usual case, and told as an error; a name server that fails is taken for it (§4.2 goes on to the address).
    srv(name)
      .then(resolve, () => resolve([]))
      .finally(() => limit.stop())
  })
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
