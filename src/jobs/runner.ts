import { parseCronItems, run, Logger as WorkerLogger } from 'graphile-worker'
import type { PoolClient } from 'pg'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { OutgoingText, TextCarrier } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { waitingReceivers } from '../store/messages.ts'
import type { Store } from '../store/store.ts'
import { purge } from './purge.ts'
import { textSender } from './send-text.ts'

export interface JobsOptions {
  readonly store: Store
  /** Closing it waits for jobs in hand. */
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly carrierOf: (text: OutgoingText) => TextCarrier
  readonly keepCallsDays: number
}

export interface Jobs {
  /** To be called at every registration: what waits for the extension is queued again. */
  receiverAppeared(username: string): Promise<void>
}

// A service holds the shared lock while it runs jobs; who gets the exclusive one is alone.
const jobsLock = 0x6f666a62

export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const { store, scope, clock, log, bus, keepCallsDays } = options
  const { db, pool } = store
  const client = await pool.connect()
  scope.add('jobs lock', () => client.release(true)) // destroyed, since its session holds the lock
  await freeJobsOfTheDead(client, log)
  const sender = textSender({ db, clock, log, bus, carrierOf: options.carrierOf })
  const runner = await run({
    pgPool: pool,
    logger: new WorkerLogger(() => (level, message, meta) => writeLog(log, level, message, meta)),
    // Signals are the service's own business.
    noHandleSignals: true,
    concurrency: 5,
    pollInterval: 2000,
    parsedCronItems: parseCronItems([{ task: 'purge', match: '17 * * * *', options: { backfillPeriod: 0 } }]),
    taskList: {
      'send-text': (payload, { job }) => sender.send(idOf(payload), job.attempts >= job.max_attempts),
      purge: () => purge({ db, clock, log, keepCallsDays }),
    },
  })
  scope.add('job runner', () => runner.stop())
  // It ends only when it is stopped or fails for good.
  runner.promise.catch((error: unknown) => log.error({ err: error }, 'the job runner ended'))
  // Some may have registered while no service ran; who is still away is put back to waiting.
  for (const to of await waitingReceivers(db)) await sender.receiverAppeared(to)
  return { receiverAppeared: (username) => sender.receiverAppeared(username) }
}

/**
 * A killed service leaves its jobs locked, for four hours by the worker's own rule. When no other service uses this
 * database, whatever is locked belongs to the dead and is free at once.
 */
async function freeJobsOfTheDead(client: PoolClient, log: Logger): Promise<void> {
  // The server may need a moment to see that the killed service's connections are gone.
  for (let attempt = 0; attempt < 5; attempt++) {
    const { rows } = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [jobsLock])
    if (rows[0]?.alone === true) {
      const dead = await client.query<{ worker: string }>(
        'select distinct locked_by as worker from graphile_worker._private_jobs where locked_by is not null',
      )
      const workers = dead.rows.map((row) => row.worker)
      if (workers.length > 0) {
        await client.query('select graphile_worker.force_unlock_workers($1::text[])', [workers])
        log.info({ workers }, 'took back the jobs of a service that was killed')
      }
      await client.query('select pg_advisory_lock_shared($1)', [jobsLock])
      await client.query('select pg_advisory_unlock($1)', [jobsLock])
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await client.query('select pg_advisory_lock_shared($1)', [jobsLock])
}

function idOf(payload: unknown): string {
  if (typeof payload === 'object' && payload !== null && 'id' in payload && typeof payload.id === 'string') {
    return payload.id
  }
  throw new Error('A job has no id in its payload.')
}

function writeLog(log: Logger, level: string, text: string, meta: object | undefined): void {
  const fields = { ...meta, component: 'jobs' }
  switch (level) {
    case 'error':
      log.error(fields, text)
      return
    case 'warning':
      log.warn(fields, text)
      return
    default:
      // What it calls information is a line per job.
      log.debug(fields, text)
  }
}
