import { Metadata, parsePhoneNumberFromString } from 'libphonenumber-js/max'

const readers = new Map<string, (at: number) => number>()

/** What a clock in the zone shows at a moment, as milliseconds as if it were UTC. @throws RangeError for a zone that is none */
export function wallIn(zone: string, at: number): number {
  let read = readers.get(zone)
  if (read === undefined) {
    const format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', era: 'short' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
    read = (moment) => {
      const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
      const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
      return Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'))
    }
    readers.set(zone, read)
  }
  return read(at)
}

const hourMs = 3_600_000

/**
 * The moments at which a clock in the zone shows this, earliest first: one as a rule, two where clocks are put back, none where they are
 * put forward. @param wall as `wallIn` gives it
 */
export function momentsOf(zone: string, wall: number): readonly number[] {
  // No place is further than 14 h from UTC, and no clock is turned by more than a day.
  const offsets = new Set([-26, -1, 0, 1, 26].map((h) => wallIn(zone, wall + h * hourMs) - (wall + h * hourMs)))
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((at) => wallIn(zone, at) === wall)
    .sort((a, b) => a - b)
}

export function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch (error) {
    // The only way to ask for it.
    if (error instanceof RangeError) return false
    throw error
  }
}

/** libphonenumber lists the main country of a calling code first; the method is there, its types leave it out. */
const metadata = new Metadata() as Metadata & { getCountryCodesForCallingCode(code: string): string[] | undefined }

/** Time zones of the country that a number belongs to; empty where it belongs to none. A number says no more than its country. */
export function zonesOf(e164: string): readonly string[] {
  const parsed = parsePhoneNumberFromString(e164)
  if (parsed === undefined) return []
  const country = parsed.country ?? metadata.getCountryCodesForCallingCode(parsed.countryCallingCode)?.[0]
  if (country === undefined || !/^[A-Z]{2}$/.test(country)) return []
  // CLDR, as Node brings it: a getter in Node 20, a method since.
  const region = new Intl.Locale(`und-${country}`) as Intl.Locale & {
    readonly timeZones?: readonly string[]
    getTimeZones?(): readonly string[] | undefined
  }
  return region.getTimeZones?.() ?? region.timeZones ?? []
}
