import { nextOf, parseCron } from '../apps/dialer/cron.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { newId } from '../phone/id.ts'
import { beginRound, dueRounds } from '../store/broadcasts.ts'
import type { StoredRepeat } from '../store/shapes.ts'
import type { Db } from '../store/store.ts'

export interface RoundsOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
}

/** @param repeat whose expression was checked when it was written. @returns `null`: never again */
export function roundAfter({ cron, zone }: Pick<StoredRepeat, 'cron' | 'zone'>, after: number): Date | null {
  const parsed = parseCron(cron)
  const at = typeof parsed === 'string' ? undefined : nextOf(parsed, zone, after)
  return at === undefined ? null : new Date(at)
}

/**
 * Begins the rounds whose time has come, each once, with whom they are for by now. One that is due while the round before it is
 * under way, or while no service ran, begins late.
 */
export async function beginRounds({ db, clock, log }: RoundsOptions): Promise<void> {
  const now = new Date(clock.wall())
  for (const former of await dueRounds(db, now)) {
    const { repeat, nextAt } = former
    if (repeat === null || nextAt === null) continue
    const id = newId('broadcast', now.getTime())
    const contacts = await beginRound(db, former.id, {
      ...former,
      ...{ id, state: 'running', startAt: nextAt, createdAt: now, updatedAt: now, endedAt: null },
      ...{ repeat: { ...repeat, round: repeat.round + 1 }, nextAt: roundAfter(repeat, now.getTime()) },
    })
    if (contacts !== undefined) log.info({ broadcast: id, former: former.id, contacts }, 'another round of a broadcast')
  }
}
