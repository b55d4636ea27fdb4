import { nextOf, parseCron } from '../apps/dialer/cron.ts'
import type { Logger } from '../base/log.ts'
import type { NewPlannedCall } from '../store/planned-calls.ts'
import { dueSchedules, runSchedule, type ScheduleRow } from '../store/schedules.ts'
import type { StoredScheduledCall } from '../store/shapes.ts'
import type { Db } from '../store/store.ts'

export interface ScheduleRun {
  readonly db: Db
  readonly log: Logger
  /** Milliseconds since 1970. */
  readonly now: number
  readonly newRow: (
    call: StoredScheduledCall,
    times: { readonly at: Date; readonly now: Date; readonly until: Date | null; readonly scheduleId: string },
  ) => Promise<NewPlannedCall>
}

/** A run that is this late was missed: no service ran. */
const lateMs = 60_000

/** Plans the calls of schedules whose time has come, each run once. */
export async function runSchedules(options: ScheduleRun): Promise<void> {
  const { db, now } = options
  for (;;) {
    const due = await dueSchedules(db, new Date(now))
    for (const row of due) await runOne(row, options)
    if (due.length === 0) return
  }
}

async function runOne(row: ScheduleRow, { db, log, now, newRow }: ScheduleRun): Promise<void> {
  const due = row.nextAt
  if (due === null) return
  const missed = now - due.getTime() > lateMs
  const at = new Date(now)
  const next = { nextAt: nextRun(row, now), at }
  const { withinSeconds } = row.call
  const until = withinSeconds === null ? null : new Date(due.getTime() + withinSeconds * 1000)
  const call =
    missed && row.missed === 'skip'
      ? undefined
      : await newRow(row.call, { at: due, now: at, until: missed ? null : until, scheduleId: row.id })
  const planned = await runSchedule(db, row, call, next)
  if (missed) log.warn({ schedule: row.id, at: due, planned: planned?.id ?? null }, 'a run of a schedule was missed')
  else log.info({ schedule: row.id, planned: planned?.id ?? null }, 'a schedule planned a call')
}

/** `null`: never again. @param row whose expression was checked when it was saved */
function nextRun({ cron, zone }: Pick<ScheduleRow, 'cron' | 'zone'>, after: number): Date | null {
  const parsed = parseCron(cron)
  const at = typeof parsed === 'string' ? undefined : nextOf(parsed, zone, after)
  return at === undefined ? null : new Date(at)
}
