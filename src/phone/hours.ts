import { wallIn } from './zone.ts'

/** When calls may be placed. `from` after `to` is over midnight. */
export interface OpenHours {
  /** `09:00`. */
  readonly from: string
  readonly to: string
  /** 1 Monday – 7 Sunday; each day unless given. */
  readonly days?: readonly number[]
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const stepMs = 15 * minuteMs

/**
 * When a call may be placed next: `at` itself within the hours. Where several zones are given it is open in all of them, since nobody knows
 * in which one the callee is. `undefined`: it is not, within eight days. Pure. @param at milliseconds since 1970
 */
export function nextOpen(hours: OpenHours, zones: readonly string[], at: number): number | undefined {
  // Of a country with thirty zones most show the same time all the while.
  const shown = (zone: string): string => [0, 4, 8].map((day) => wallIn(zone, at + day * dayMs)).join()
  const apart = [...new Map(zones.map((zone) => [shown(zone), zone])).values()]
  const open = (moment: number): boolean => apart.every((zone) => isOpen(hours, wallIn(zone, moment)))
  if (open(at)) return at
  // Whole minutes; hours that open once a week are found within eight days, whatever daylight saving does meanwhile.
  const first = Math.ceil(at / minuteMs) * minuteMs
  for (let moment = first; moment < at + 8 * dayMs; moment += stepMs) {
    if (!open(moment)) continue
    let earliest = moment
    while (earliest - minuteMs >= first && moment - earliest < stepMs - minuteMs && open(earliest - minuteMs))
      earliest -= minuteMs
    return earliest
  }
  return undefined
}

/** @param wall what the clock there shows, as if it were UTC */
function isOpen({ from, to, days }: OpenHours, wall: number): boolean {
  const local = new Date(wall)
  const now = local.toISOString().slice(11, 16)
  const weekday = ((local.getUTCDay() + 6) % 7) + 1
  // The hours after midnight belong to the day before.
  const of = from > to && now < to ? ((weekday + 5) % 7) + 1 : weekday
  if (days !== undefined && !days.includes(of)) return false
  return from <= to ? now >= from && now < to : now >= from || now < to
}
