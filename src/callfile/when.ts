import { InvalidTimeError } from './errors.ts'

/** A reading of a clock on a wall, e.g. `{ local: '2026-12-01T01:00', timeZone: 'America/New_York' }`. */
export interface WallTime {
  /** `YYYY-MM-DDTHH:MM`, with `:SS` where wanted. */
  readonly local: string
  /** Name of the IANA time zone database; that of this process unless given. */
  readonly timeZone?: string
  /** Which one is meant where clocks are put back and the time comes twice; the first unless given. */
  readonly fold?: 'first' | 'second'
}

/** A moment: a `Date`, ISO 8601 with `Z` or an offset, or a wall time. */
export type When = Date | string | WallTime

const hourMs = 3_600_000

/** @throws InvalidTimeError */
export function instant(when: When): Date {
  if (when instanceof Date) {
    if (Number.isNaN(when.getTime())) throw new InvalidTimeError('The date is invalid.')
    return when
  }
  if (typeof when === 'string') return ofText(when)
  if (typeof when === 'object' && when !== null && typeof when.local === 'string') return ofWallTime(when)
  throw new InvalidTimeError(`${JSON.stringify(when)} is no time: give a Date, ISO 8601 text or a local time.`)
}

function ofText(text: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?$/.exec(text)
  if (match?.[1] === undefined) throw new InvalidTimeError(`${JSON.stringify(text)} is no time in ISO 8601.`)
  if (match[2] === undefined)
    throw new InvalidTimeError(`${text} says no time zone: end it with Z or an offset, or give { local, timeZone }.`)
  checkedFields(match[1])
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new InvalidTimeError(`${text} does not exist.`)
  return date
}

function ofWallTime({ local, timeZone, fold = 'first' }: WallTime): Date {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(local))
    throw new InvalidTimeError(`${JSON.stringify(local)} is no local time: write it as 2026-12-01T01:00.`)
  const wanted = checkedFields(local)
  const reading = clockIn(timeZone)
  // No place is further than 14 h from UTC, and no clock is turned by more than a day: the offsets around hold all candidates.
  const offsets = new Set(
    [-26, -1, 0, 1, 26].map((hours) => reading(wanted + hours * hourMs) - (wanted + hours * hourMs)),
  )
  const found = [...offsets]
    .map((offset) => wanted - offset)
    .filter((at) => reading(at) === wanted)
    .sort((a, b) => a - b)
  const at = fold === 'first' ? found[0] : found.at(-1)
  if (at === undefined)
    throw new InvalidTimeError(
      `${local} does not exist in ${timeZone ?? 'the time zone here'}: clocks are put forward.`,
    )
  return new Date(at)
}

/** Milliseconds as if the fields were UTC. `Date` takes the 31st of April for the 1st of May; we do not. */
function checkedFields(local: string): number {
  const [year, month, day, hour, minute, second] = local.split(/[-T:]/).map(Number) as [
    ...[number, number, number, number, number],
    number | undefined,
  ]
  const at = Date.UTC(year, month - 1, day, hour, minute, Math.floor(second ?? 0))
  const back = new Date(at)
  const same =
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    back.getUTCHours() === hour &&
    back.getUTCMinutes() === minute
  if (!same) throw new InvalidTimeError(`${local} does not exist.`)
  return at
}

/** What a clock in that zone shows at a moment, as milliseconds as if it were UTC. */
function clockIn(timeZone: string | undefined): (at: number) => number {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      ...(timeZone === undefined ? {} : { timeZone }),
      ...{ hourCycle: 'h23', era: 'short' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
  } catch (error) {
    throw new InvalidTimeError(`There is no time zone ${JSON.stringify(timeZone)}.`, { cause: error })
  }
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
    return Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'))
  }
}
