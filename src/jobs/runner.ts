import { parseCronItems, type Runner, run, type TaskList, Logger as WorkerLogger } from 'graphile-worker'
import type { PoolClient } from 'pg'
import type { Bus } from '../base/bus.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { waitingReceivers } from '../store/messages.ts'
import type { Store } from '../store/store.ts'
import { purge } from './purge.ts'
import { type TextSender, type TextWays, textSender } from './send-text.ts'

export interface JobsOptions {
  readonly store: Store
  /** Closing it waits for jobs in hand. */
  readonly scope: Scope
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly ways: TextWays
  readonly keepCallsDays: number
  /** Delivers what of this key is due. */
  readonly deliverWebhooks: (key: string) => Promise<void>
  /** Goes on with this scan, by itself once it has begun. */
  readonly goOnScanning: (id: string) => Promise<void>
  /** Sends the copy of this voicemail. */
  readonly mailVoicemail: (id: string) => Promise<void>
}

export interface Jobs {
  /** To be called at every registration: what waits for the extension is queued again. */
  receiverAppeared(username: string): Promise<void>
}

// A service holds the shared lock while it runs jobs; who gets the exclusive one is alone.
const jobsLock = 0x6f666a62

/** How long jobs in hand may take when the service stops; what is not done then is done after the next start. */
const stopMs = 2000
/** After the runner ended, e.g. as the database was away for long, it is started again so often. */
const restartMs = 5000

export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const { store, scope, clock, log, bus } = options
  const { db } = store
  const sender = textSender({ db, clock, log, bus, ways: options.ways })
  let stopping = false
  let retry: Timer | undefined
  let running = await begin(options, sender)
  let work: Promise<void> = Promise.resolve()

  const watch = (): void => {
    running.ended.then(
      () => {},
      (error: unknown) => {
        if (stopping) return
        log.error({ err: error }, 'the job runner ended; it is started again')
        again()
      },
    )
  }
  const again = (): void => {
    retry = clock.after(restartMs, () => {
      work = renew().catch((error: unknown) => {
        log.warn({ err: error }, 'the job runner could not be started again; it is tried further')
        if (!stopping) again()
      })
    })
  }
  const renew = async (): Promise<void> => {
    await running.stop()
    running = await begin(options, sender)
    watch()
    for (const to of await waitingReceivers(db)) await sender.receiverAppeared(to)
  }
  watch()
  scope.add('job runner', async () => {
    stopping = true
    retry?.stop()
    await work
    await running.stop()
  })
  // Some may have registered while no service ran; who is still away is put back to waiting.
  for (const to of await waitingReceivers(db)) await sender.receiverAppeared(to)
  return { receiverAppeared: (username) => sender.receiverAppeared(username) }
}

interface Running {
  /** Rejects when the runner failed for good. */
  readonly ended: Promise<void>
  /** Idempotent. */
  stop(): Promise<void>
}

async function begin(
  { store, clock, log, keepCallsDays, deliverWebhooks, goOnScanning, mailVoicemail }: JobsOptions,
  sender: TextSender,
): Promise<Running> {
  const { db, pool } = store
  const others: TaskList = {
    'deliver-webhook': (payload) => unlessStopped(deliverWebhooks(idOf(payload))),
    'go-on-scanning': (payload) => unlessStopped(goOnScanning(idOf(payload))),
    'send-mail': (payload) => unlessStopped(mailVoicemail(idOf(payload))),
    purge: () => purge({ db, clock, log, keepCallsDays }),
  }
  const texts: TaskList = {
    'send-text': (payload, { job }) => unlessStopped(sender.send(idOf(payload), job.attempts >= job.max_attempts)),
    'text-silent': (payload) => sender.silent(idOf(payload)),
  }
  const client = await pool.connect()
  const runners: Runner[] = []
  const giveUp = new AbortController()
  try {
    await freeJobsOfTheDead(client, log)
    runners.push(await start(5, others, true, {}))
    // On their own, so that texts that wait for their turn hold nothing else up.
    // Many come at once: they are taken and given back by the dozen. What a kill leaves taken, the next start frees.
    runners.push(await start(10, texts, false, { localQueue: { size: 50 }, completeJobBatchDelay: 0 }))
  } catch (error) {
    await Promise.all(runners.map((one) => one.stop()))
    client.release(true)
    throw error
  }
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    const timer = clock.after(stopMs, () => giveUp.abort())
    try {
      await Promise.all(runners.map((runner) => runner.stop()))
    } catch (error) {
      // It had ended before.
      log.debug({ err: error }, 'the job runner did not stop by itself')
    }
    timer.stop()
    client.release(true) // destroyed, since its session holds the lock
  }
  return {
    ended: Promise.all(runners.map((runner) => runner.promise)).then(() => {}),
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }

  /** A phone that gives no answer holds a text for 32 s (RFC 3261 timer F), which a service that stops does not wait for. */
  function unlessStopped(job: Promise<void>): Promise<void> {
    let stop = (): void => {}
    const stopped = new Promise<never>((_resolve, reject) => {
      stop = () => reject(new Error('the service stops'))
    })
    giveUp.signal.addEventListener('abort', stop)
    return Promise.race([job, stopped]).finally(() => giveUp.signal.removeEventListener('abort', stop))
  }

  function start(
    concurrency: number,
    taskList: TaskList,
    keepsTime: boolean,
    worker: Pick<GraphileConfig.WorkerOptions, 'localQueue' | 'completeJobBatchDelay'>,
  ): Promise<Runner> {
    return run({
      preset: { worker },
      pgPool: pool,
      logger: new WorkerLogger(() => (level, message, meta) => writeLog(log, level, message, meta)),
      // Signals are the service's own business.
      noHandleSignals: true,
      ...{ concurrency, taskList, pollInterval: 2000 },
      parsedCronItems: keepsTime
        ? parseCronItems([{ task: 'purge', match: '17 * * * *', options: { backfillPeriod: 0 } }])
        : [],
    })
  }
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
