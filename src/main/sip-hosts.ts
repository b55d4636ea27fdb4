import { isIP } from 'node:net'
import { parseUri } from '../sip/message/uri.ts'
import { classifyAddress, networkList } from '../webhooks/address.ts'

/** Where SIP URIs of users and programs may lead: without a bound they would have us ring, or scan, whoever is in reach. */
export interface SipHosts {
  /** Why no INVITE goes to this address; `undefined` where one may. */
  forbids(address: string): string | undefined
  /** As far as the URI alone tells it: a name is looked up when it is called. */
  forbidsUri(uri: string): string | undefined
}

export interface SipHostsOptions {
  /** Networks, and `public` for all of the internet. */
  readonly allow: readonly string[]
  readonly trusted: readonly string[]
  /** Whether a trunk of the site is there. */
  readonly isTrunk: (address: string) => boolean
}

export function sipHosts({ allow, trusted, isTrunk }: SipHostsOptions): SipHosts {
  const listed = networkList([...trusted, ...allow.filter((entry) => entry !== 'public')])
  const anyPublic = allow.includes('public')
  const forbids = (address: string): string | undefined => {
    if (listed(address) || isTrunk(address)) return undefined
    const kind = classifyAddress(address)
    if (kind === 'public' && anyPublic) return undefined
    const entry = kind === 'public' ? 'it, or public' : 'it'
    return `${address} (${kind}) is neither a trunk nor in a trusted network; OFFHOOK_SIP_ALLOW may name ${entry}`
  }
  return {
    forbids,
    forbidsUri(text) {
      const uri = parseUri(text)
      if (uri === undefined || (uri.scheme !== 'sip' && uri.scheme !== 'sips')) return undefined
      const host = uri.host.replace(/^\[|\]$/g, '')
      return isIP(host) === 0 ? undefined : forbids(host)
    },
  }
}
