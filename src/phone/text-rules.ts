import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** A carrier that texts go out by, and the sender that it shows; absent: the one of the text. */
export interface TextHop {
  readonly carrier: string
  readonly from?: string
}

/** What holds for numbers that begin with a prefix; the longest that fits decides. */
export interface TextRoute {
  /** `+254`. */
  readonly prefix: string
  /** The sender of texts that name none: a number, a short code, or a name of up to eleven characters. */
  readonly from?: string
  /** The first that takes it; each of the others when those before it failed. */
  readonly carriers?: readonly TextHop[]
}

export interface TextRules {
  readonly routes: readonly TextRoute[]
  /** Texts a second, by carrier. */
  readonly rates: Readonly<Record<string, number>>
  /** After so long without a report a text counts as not delivered. */
  readonly reportMinutes: number
  /** What is answered to the words; null: nothing. */
  readonly answers: { readonly stop: string | null; readonly start: string | null; readonly help: string | null }
}

export const defaultTextRules: TextRules = {
  routes: [],
  rates: {},
  reportMinutes: 24 * 60,
  answers: {
    stop: 'You will get no more texts from this number. Answer START to get them again.',
    start: 'You get texts from this number again. Answer STOP to get none.',
    help: 'Answer STOP to get no more texts from this number, START to get them again.',
  },
}

/** The rule for a number outside. */
export function routeFor({ routes }: Pick<TextRules, 'routes'>, to: string): TextRoute | undefined {
  const fitting = routes.filter(({ prefix }) => to.startsWith(prefix))
  return fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0]
}

const countryOf = (e164: string): string | undefined => {
  const parsed = parsePhoneNumberFromString(e164)
  // Of several countries with one code, a number that is none of them tells the code only.
  return parsed === undefined ? undefined : (parsed.country ?? `+${parsed.countryCallingCode}`)
}

const codeOf = (e164: string): string | undefined => parsePhoneNumberFromString(e164)?.countryCallingCode

/**
 * The sender of a text that names none: what the rules say, else a number of the receiver's country, of its country code, or any.
 * @param numbers those rented here, E.164; those that can text first
 */
export function chooseSender(
  rules: Pick<TextRules, 'routes'>,
  numbers: readonly string[],
  to: string,
): string | undefined {
  const ruled = routeFor(rules, to)?.from
  if (ruled !== undefined) return ruled
  const country = countryOf(to)
  const code = codeOf(to)
  return (
    numbers.find((number) => countryOf(number) === country) ??
    numbers.find((number) => codeOf(number) === code) ??
    numbers[0]
  )
}

/** Every sender that the rules name, beside the numbers of the site. */
export const sendersOf = ({ routes }: Pick<TextRules, 'routes'>): readonly string[] =>
  routes
    .flatMap(({ from, carriers = [] }) => [from, ...carriers.map((hop) => hop.from)])
    .filter((from) => from !== undefined)

/**
 * The carriers that try a text to a number outside, in order, with what they show.
 * @param available names of those that carry texts, in the order of the settings
 * @param own the one that the sender's number is rented at; where no rule names carriers it is the only one
 */
export function hopsFor(
  rules: Pick<TextRules, 'routes'>,
  available: readonly string[],
  { from, to, own }: { readonly from: string; readonly to: string; readonly own?: string | undefined },
): readonly Required<TextHop>[] {
  const ruled = routeFor(rules, to)?.carriers?.filter(({ carrier }) => available.includes(carrier))
  if (ruled !== undefined && ruled.length > 0) return ruled.map((hop) => ({ from, ...hop }))
  const one = own !== undefined && available.includes(own) ? own : available[0]
  return one === undefined ? [] : [{ carrier: one, from }]
}
