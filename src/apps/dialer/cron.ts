import { momentsOf, wallIn } from '../../phone/zone.ts'

/** Five fields of cron(5): minute, hour, day of the month, month, day of the week. */
export interface Cron {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  /** 0 Sunday – 6 Saturday. */
  readonly weekdays: ReadonlySet<number>
  /** Each hour counts, also one that comes twice as clocks are put back. */
  readonly everyHour: boolean
  /** Where both are narrowed, either of them is enough. */
  readonly eitherDay: boolean
}

const names: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

interface Field {
  readonly title: string
  readonly least: number
  readonly most: number
  /** What stands for `least` and so on. */
  readonly words?: readonly string[]
}
const fields: readonly [Field, Field, Field, Field, Field] = [
  { title: 'the minute', least: 0, most: 59 },
  { title: 'the hour', least: 0, most: 23 },
  { title: 'the day of the month', least: 1, most: 31 },
  { title: 'the month', least: 1, most: 12, words: monthNames },
  { title: 'the day of the week', least: 0, most: 7, words: dayNames },
]

/** @returns a sentence without subject where the text is no cron expression */
export function parseCron(text: string): Cron | string {
  const written = (names[text.trim().toLowerCase()] ?? text).trim().split(/\s+/)
  if (written.length !== 5)
    return 'takes five fields: minute, hour, day of the month, month and day of the week, such as 0 9 * * 1-5'
  const sets: Set<number>[] = []
  for (const [i, field] of fields.entries()) {
    const found = parseField(written[i] ?? '', field)
    if (typeof found === 'string') return found
    sets.push(found)
  }
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ]
  if (weekdays.delete(7)) weekdays.add(0)
  const [, hour = '', day = '', , weekday = ''] = written
  const cron: Cron = {
    ...{ minutes, hours, days, months, weekdays },
    everyHour: hour.startsWith('*'),
    eitherDay: !day.startsWith('*') && !weekday.startsWith('*'),
  }
  // The 30th of February: no year has it, and the 29th comes within eight.
  return nextOf(cron, 'UTC', Date.UTC(2096, 0, 1)) === undefined ? 'names a day that no year has' : cron
}

function parseField(text: string, { title, least, most, words }: Field): Set<number> | string {
  const wants = `takes for ${title} numbers from ${least} to ${most}${words === undefined ? '' : ` or names such as ${words[1]}`}, *, ranges, lists and steps; not ${JSON.stringify(text)}`
  const numberOf = (part: string): number => {
    const word = words?.indexOf(part.toLowerCase()) ?? -1
    if (word >= 0) return word + least
    return /^[0-9]{1,2}$/.test(part) ? Number(part) : Number.NaN
  }
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/([0-9]{1,2}))?$/.exec(part) ?? []
    const [from = '', to, ...rest] = range.split('-')
    const first = range === '*' ? least : numberOf(from)
    // `5/15` is from 5 on, as cron of Vixie has it not, but everybody means it.
    const last =
      range === '*' || (to === undefined && step !== undefined) ? most : to === undefined ? first : numberOf(to)
    const by = step === undefined ? 1 : Number(step)
    if (rest.length > 0 || !(first >= least && last <= most && first <= last) || by < 1) return wants
    for (let value = first; value <= last; value += by) found.add(value)
  }
  return found
}

const dayMs = 86_400_000
const minuteMs = 60_000
/** No zone puts its clocks back by more than this since there is cron. */
const turnedMs = 3 * 3_600_000

/**
 * The first moment after `after` that the expression names in the zone; `undefined` where there is none in nine years. A time that is
 * skipped as clocks are put forward counts as the moment in which they are; one that comes twice counts once, the first time,
 * unless the expression names every hour.
 */
export function nextOf(cron: Cron, zone: string, after: number): number | undefined {
  const shown = wallIn(zone, after)
  const today = Math.floor(shown / dayMs) * dayMs
  const times = [...cron.hours].flatMap((hour) => [...cron.minutes].map((minute) => (hour * 60 + minute) * minuteMs))
  times.sort((a, b) => a - b)
  // From the day before: what it names may lie in the hour that comes twice.
  for (let day = today - dayMs; day < today + 9 * 366 * dayMs; day += dayMs) {
    if (!namesDay(cron, day)) continue
    let first: number | undefined
    for (const time of times) {
      const wall = day + time
      if (wall < shown - turnedMs) continue
      if (first !== undefined && wall > wallIn(zone, first) + turnedMs) break
      for (const at of momentsIn(cron, zone, wall)) if (at > after && (first === undefined || at < first)) first = at
    }
    if (first !== undefined) return first
  }
  return undefined
}

function momentsIn({ everyHour }: Cron, zone: string, wall: number): readonly number[] {
  const moments = momentsOf(zone, wall)
  const [first] = moments
  if (first !== undefined) return everyHour ? moments : [first]
  return everyHour ? [] : [forward(zone, wall)]
}

/** When clocks jump over this time: found by halves, to the minute. */
function forward(zone: string, wall: number): number {
  let before = wall - 26 * 3_600_000
  let behind = wall + 26 * 3_600_000
  while (behind - before > minuteMs) {
    const middle = Math.floor((before + behind) / 2 / minuteMs) * minuteMs
    if (wallIn(zone, middle) < wall) before = middle
    else behind = middle
  }
  return behind
}

function namesDay({ days, months, weekdays, eitherDay }: Cron, wall: number): boolean {
  const date = new Date(wall)
  if (!months.has(date.getUTCMonth() + 1)) return false
  const day = days.has(date.getUTCDate())
  const weekday = weekdays.has(date.getUTCDay())
  return eitherDay ? day || weekday : day && weekday
}
