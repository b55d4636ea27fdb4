import { type Address, addressKey } from '../../phone/address.ts'
import { numbersOfUri } from '../../phone/uri-numbers.ts'

/** Prefixes of E.164 numbers; whole numbers, URIs and extensions as well. */
export interface ScanRule {
  /** Empty: all that is not denied. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

export interface ScanPlace {
  /** Of numbers without a country code, ISO 3166-1 alpha-2. */
  readonly country?: string | undefined
  /** Whether a trunk is at this host, a name or an address. */
  readonly isTrunk: (host: string) => boolean
}

/** Why a number may not be scanned. Of prefixes that fit the longest decides; of equals the denial. Pure. */
export function forbidsScan(
  { allow, deny }: ScanRule,
  to: Address,
  { country, isTrunk }: ScanPlace,
): string | undefined {
  const key = addressKey(to)
  const called = to.kind === 'uri' ? numbersOfUri(to.uri, country) : { numbers: [], host: '' }
  for (const name of [key, ...called.numbers]) {
    const denied = longest(deny, name)
    if (denied >= 0 && denied >= longest(allow, name)) return `${key} must not be scanned: OFFHOOK_SCAN_DENY names it.`
  }
  if (allow.length > 0 && longest(allow, key) < 0)
    return `${key} may not be scanned: OFFHOOK_SCAN_ALLOW does not name it.`
  // How the trunk reads the digits is its own affair, so that what is denied could be reached through it.
  if (deny.length > 0 && to.kind === 'uri' && isTrunk(called.host) && longest(allow, key) < 0)
    return `${key} may not be scanned: it leads through a trunk past OFFHOOK_SCAN_DENY; give the number itself.`
  return undefined
}

const longest = (prefixes: readonly string[], name: string): number =>
  Math.max(-1, ...prefixes.filter((prefix) => name.startsWith(prefix)).map(({ length }) => length))
