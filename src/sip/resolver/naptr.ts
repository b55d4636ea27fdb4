import type { TransportName } from '../message/message.ts'

/** RFC 3403, as node:dns gives it. */
export interface NaptrRecord {
  readonly order: number
  readonly preference: number
  /** `s`: the replacement is the name of SRV records. */
  readonly flags: string
  readonly service: string
  readonly replacement: string
}

/** A transport that a domain takes, and the name of its SRV records. */
export interface Service {
  readonly transport: TransportName
  readonly name: string
}

// RFC 3263 §4.1, RFC 7118 §5.3 has none that leads to SRV; SCTP is not spoken here.
const transports: Readonly<Record<string, TransportName>> = { 'SIP+D2U': 'UDP', 'SIP+D2T': 'TCP', 'SIPS+D2T': 'TLS' }

/** What a domain says it takes, best first (RFC 3263 §4.1). @param secure the URI is sips: nothing but TLS will do */
export function servicesOfNaptr(records: readonly NaptrRecord[], secure: boolean): Service[] {
  return [...records]
    .sort((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ flags, service, replacement }) => {
      const transport = transports[service.toUpperCase()]
      const name = replacement.replace(/\.$/, '')
      if (transport === undefined || flags.toLowerCase() !== 's' || name === '') return []
      return secure && transport !== 'TLS' ? [] : [{ transport, name }]
    })
}
