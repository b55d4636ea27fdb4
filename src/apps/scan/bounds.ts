import type { ScanBounds } from '../../menu/scan/plan.ts'

/** What a scan may do; each has a default. */
export interface ScanChoice extends ScanBounds {
  /** Calls in all, 1–1000. */
  readonly calls: number
  /** Of all calls together, 1–1000. */
  readonly minutes: number
  /** 1–10. */
  readonly callsAtOnce: number
  /** How often it is tried again after a call that nobody answered, or that told nothing new; 0–20. */
  readonly retries: number
  /** How long it rings, 5–120. */
  readonly ringSeconds: number
  /** Names that may be said. */
  readonly hints: readonly string[]
  readonly hours?: CallingHours
}

/** When calls may be placed, in the time zone of who is called. `from` after `to` is over midnight. */
export interface CallingHours {
  /** IANA name: `America/New_York`. */
  readonly zone: string
  /** `09:00`. */
  readonly from: string
  readonly to: string
  /** 1 Monday – 7 Sunday; each day unless given. */
  readonly days?: readonly number[]
}

export const defaultChoice: ScanChoice = {
  depth: 5,
  hearings: 3,
  probe: 'gaps',
  calls: 100,
  minutes: 120,
  callsAtOnce: 1,
  retries: 9,
  ringSeconds: 45,
  hints: [],
}

const minuteMs = 60_000
const quarterMs = 15 * minuteMs

/** When a call may be placed next: `wall` itself within the hours. Pure. @param wall milliseconds since 1970 */
export function nextAllowed(hours: CallingHours | undefined, wall: number): number {
  if (hours === undefined) return wall
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: hours.zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  if (isWithin(hours, format, wall)) return wall
  // Clocks are put forward and back at whole quarters of an hour. Hours that open once a week may be left out by such a night.
  const first = Math.ceil(wall / minuteMs) * minuteMs
  for (let at = first, end = wall + 15 * 24 * 60 * minuteMs; at < end; at += quarterMs) {
    if (isWithin(hours, format, at)) return firstMinute(hours, format, at, first)
    const opens = at + minutesUntil(hours.from, format, at) * minuteMs
    if (opens < at + quarterMs && isWithin(hours, format, opens)) return opens
  }
  return wall + 24 * 60 * minuteMs
}

function firstMinute(hours: CallingHours, format: Intl.DateTimeFormat, at: number, least: number): number {
  let first = at
  for (let k = 1; k < 15 && at - k * minuteMs >= least && isWithin(hours, format, at - k * minuteMs); k++)
    first = at - k * minuteMs
  return first
}

/** By the clock on the wall there. */
function minutesUntil(time: string, format: Intl.DateTimeFormat, at: number): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const now = partsAt(format, at)
  return (hours * 60 + minutes - now.minutes + 1440) % 1440
}

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function isWithin({ from, to, days }: CallingHours, format: Intl.DateTimeFormat, at: number): boolean {
  const { now, day } = partsAt(format, at)
  const late = from > to && now < to
  // The hours after midnight belong to the day before.
  const of = late ? ((day + 5) % 7) + 1 : day
  if (days !== undefined && !days.includes(of)) return false
  return from <= to ? now >= from && now < to : now >= from || now < to
}

function partsAt(format: Intl.DateTimeFormat, at: number) {
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const [hour = '', minute = ''] = [parts.get('hour'), parts.get('minute')]
  return {
    now: `${hour}:${minute}`,
    day: dayNames.indexOf(parts.get('weekday') ?? '') + 1,
    minutes: Number(hour) * 60 + Number(minute),
  }
}

/** Half a minute, then longer each time, at most an hour. */
export const backOffMs = (attempt: number): number => Math.min(3_600_000, 30_000 * 2 ** Math.max(0, attempt - 1))
