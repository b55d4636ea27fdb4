import { Metadata, parsePhoneNumberFromString } from 'libphonenumber-js/max'

/**
 * Where a caller of ours may call out to, besides our own numbers and extensions.
 * `national`: the countries of the site's own numbers. Premium-rate numbers are never reached, whatever stands here,
 * unless a prefix of the list names them in full.
 */
export type OutboundRule = 'none' | 'national' | 'international' | { readonly prefixes: readonly string[] }

/** What an extension may do unless its owner said otherwise: call within the country, two calls at once. */
export const defaultOutbound: { readonly rule: OutboundRule; readonly maxCalls: number } = {
  rule: 'national',
  maxCalls: 2,
}

export type OutboundVerdict = { readonly allowed: true } | { readonly allowed: false; readonly sentence: string }

const dear = new Set(['PREMIUM_RATE', 'SHARED_COST'])

/**
 * @param to E.164 of the destination
 * @param ours any E.164 numbers of the site; their countries are "national"
 */
export function mayCallOut(rule: OutboundRule, to: string, ours: readonly string[]): OutboundVerdict {
  const refuse = (sentence: string): OutboundVerdict => ({ allowed: false, sentence })
  if (typeof rule === 'object') {
    return rule.prefixes.some((prefix) => to.startsWith(prefix))
      ? { allowed: true }
      : refuse(`${to} begins with none of the allowed prefixes (${rule.prefixes.join(', ') || 'the list is empty'})`)
  }
  if (rule === 'none') return refuse(`calls out are switched off for this caller, so ${to} cannot be called`)
  const target = place(to)
  if (dear.has(target.type)) return refuse(`${to} is a premium-rate number; only an exact prefix in the rule allows it`)
  if (rule === 'international') return { allowed: true }
  const home = ours.map(place)
  if (home.some((h) => h.code === target.code && sameCountry(h, target))) return { allowed: true }
  const codes = [...new Set(home.map((h) => `+${h.code}`))].join(', ')
  return refuse(
    `${to} is abroad, or no number at all, and this caller may call only within the country of the site's numbers (${codes || 'the site has none'})`,
  )
}

interface Place {
  /** Calling code. */
  readonly code: string
  /** `undefined` for a number that no country can have: too short, too long, a range kept for fiction. */
  readonly country: string | undefined
  readonly type: string
  readonly digits: number
}

/** A code such as +1 is shared by many countries, some of them dear to call. Numbers of no country are near only to others of their shape. */
function sameCountry(home: Place, target: Place): boolean {
  if (target.country === undefined) return home.country === undefined && home.digits === target.digits
  return target.country === (home.country ?? mainCountry(home.code))
}

/** libphonenumber lists the main country of a calling code first; the method is there, its types leave it out. */
const metadata = new Metadata() as Metadata & { getCountryCodesForCallingCode(code: string): string[] | undefined }
const mainCountry = (code: string): string | undefined => metadata.getCountryCodesForCallingCode(code)?.[0]

function place(e164: string): Place {
  const digits = e164.length - 1
  const parsed = parsePhoneNumberFromString(e164)
  // A number too odd for the metadata is compared by its first digit, the world zone of ITU-T E.164.
  if (parsed === undefined) return { code: e164.slice(1, 2), country: undefined, type: '', digits }
  const code = parsed.countryCallingCode
  const country = parsed.country ?? (parsed.isPossible() ? mainCountry(code) : undefined)
  return { code, country, type: parsed.getType() ?? '', digits }
}
