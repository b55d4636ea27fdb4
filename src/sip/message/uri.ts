/** RFC 3261 §19.1. Parameter names are in lower case; values as they came; '' for a flag such as `lr`. User and password are unescaped. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  readonly user?: string
  readonly password?: string
  /** A name, an IPv4 address, or an IPv6 address without brackets. Lower case. */
  readonly host: string
  readonly port?: number
  readonly params: ReadonlyMap<string, string>
  /** What stands after `?`, raw. */
  readonly headers?: string
}

/** RFC 3966; kept whole. */
export interface TelUri {
  readonly scheme: 'tel'
  readonly number: string
  readonly params: ReadonlyMap<string, string>
}

export type Uri = SipUri | TelUri
