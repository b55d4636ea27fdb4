import { type Address, addressKey } from '../../phone/address.ts'
import { nextOpen, type OpenHours } from '../../phone/hours.ts'
import { zonesOf } from '../../phone/zone.ts'

export interface CallHours extends OpenHours {
  /** IANA name. Absent: that of the callee, as far as the number tells it. */
  readonly zone?: string
}

/** What holds for numbers that begin with a prefix. Each rule that fits counts. */
export interface DestinationRule {
  /** `+49`. */
  readonly prefix: string
  readonly callsPerSecond?: number
  readonly callsAtOnce?: number
  readonly hours?: CallHours
  /** E.164 that these see as their caller; of several rules that of the longest prefix. */
  readonly callerId?: string
}

/** What the dialer keeps to, besides what each call asks for. */
export interface DialerRules {
  /** Calls of the dialer at once. */
  readonly callsAtOnce: number
  /** Of callees whose number tells no zone, and of extensions; absent: that of the machine. */
  readonly zone?: string
  /** When numbers outside may be called. */
  readonly hours?: CallHours
  readonly destinations: readonly DestinationRule[]
}

export const defaultRules: DialerRules = { callsAtOnce: 20, destinations: [] }

/** Longest prefix first. */
export function rulesFor({ destinations }: DialerRules, to: Address): readonly DestinationRule[] {
  const key = addressKey(to)
  if (to.kind !== 'number') return []
  return destinations.filter(({ prefix }) => key.startsWith(prefix)).sort((a, b) => b.prefix.length - a.prefix.length)
}

/** Who the callee sees. */
export function shownCaller(rules: DialerRules, from: Address, to: Address): Address {
  const e164 = rulesFor(rules, to).find(({ callerId }) => callerId !== undefined)?.callerId
  return e164 === undefined ? from : { kind: 'number', e164, raw: e164 }
}

/**
 * When all of these may be called: `at` itself within the hours. `undefined`: not within eight days.
 * @param own hours that the call asks for
 * @param outside whether it is a number that is not of this site
 */
export function nextAllowed(
  rules: DialerRules,
  callees: readonly { readonly to: Address; readonly outside: boolean }[],
  own: CallHours | undefined,
  at: number,
): number | undefined {
  const spans = callees.flatMap(({ to, outside }) => {
    const bounds = outside ? [rules.hours, ...rulesFor(rules, to).map(({ hours }) => hours)] : []
    return [own, ...bounds].flatMap((hours) =>
      hours === undefined ? [] : [{ hours, zones: zonesIn(hours, to, rules) }],
    )
  })
  let open = at
  // Hours that share no minute never meet; those that do meet within a week of openings.
  for (let round = 0; round < 64; round++) {
    const before = open
    for (const { hours, zones } of spans) {
      const next = nextOpen(hours, zones, open)
      if (next === undefined) return undefined
      open = next
    }
    if (open === before) return open
  }
  return undefined
}

function zonesIn({ zone }: CallHours, to: Address, rules: DialerRules): readonly string[] {
  if (zone !== undefined) return [zone]
  const zones = to.kind === 'number' ? zonesOf(to.e164) : []
  return zones.length > 0 ? zones : [rules.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone]
}
