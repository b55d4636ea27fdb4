/** Prefixes of E.164 numbers; whole numbers, URIs and extensions as well. */
export interface ScanRule {
  /** Empty: all that is not denied. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** Why a number may not be scanned. Of prefixes that fit the longest decides; of equals the denial. Pure. */
export function forbidsScan({ allow, deny }: ScanRule, number: string): string | undefined {
  const longest = (prefixes: readonly string[]): number =>
    Math.max(-1, ...prefixes.filter((prefix) => number.startsWith(prefix)).map(({ length }) => length))
  const [allowed, denied] = [longest(allow), longest(deny)]
  if (denied >= 0 && denied >= allowed) return `${number} must not be scanned: OFFHOOK_SCAN_DENY names it.`
  if (allow.length > 0 && allowed < 0) return `${number} may not be scanned: OFFHOOK_SCAN_ALLOW does not name it.`
  return undefined
}
