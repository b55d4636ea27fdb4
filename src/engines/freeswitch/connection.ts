import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import { type EslEvent, eventNames, readEvent } from './event.ts'
import type { Frame } from './framing.ts'
import { EslAway, EslRefused, Line, type Reply } from './line.ts'

const firstRetryMs = 250
const longestRetryMs = 10_000
/** For the connection itself, and for each step until it is of use. */
const openMs = 10_000
/** A connection that a firewall forgot is silent for ever. */
const proveMs = 10_000
/** All jobs but a call that is placed. */
const jobMs = 10_000

export interface EslAccess {
  readonly host: string
  readonly port: number
  readonly password: string
}

export interface ConnectionOptions {
  readonly access: EslAccess
  /** Of the addresses that its name has: 0 takes either. */
  readonly family: 0 | 4
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** Jobs are not told: who began one has its result. */
  onEvent(event: Exclude<EslEvent, { kind: 'job' }>): void
  /**
   * FreeSWITCH is there, for the first time or again: what happened meanwhile nobody told. Rejects where it cannot be found out; resolves
   * with what is to be done about it once commands are taken.
   */
  reconcile(ask: (command: string) => Promise<string>): Promise<() => void>
}

interface Job {
  readonly command: string
  readonly result: Deferred<string>
  readonly timer: Timer | undefined
}

/** Keeps a connection to the event socket of one FreeSWITCH (its inbound mode). */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #jobs = new Map<string, Job>()
  #why: string | undefined = 'it was not asked yet'
  #line: Line | undefined
  #address = ''
  #timers = new Set<Timer>()
  #retryMs = firstRetryMs
  #stopped = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    options.scope.add('connection to FreeSWITCH', () => this.#stop())
  }

  /** Why nothing is to be had from FreeSWITCH now. */
  get away(): string | undefined {
    return this.#why
  }

  /** Where it is; '' before it was found. */
  get address(): string {
    return this.#address
  }

  /** Resolves after the first attempt, whichever way it went. */
  async open(): Promise<void> {
    if (this.#stopped) return
    try {
      await this.#attempt()
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error))
    }
  }

  /** A command that FreeSWITCH does at once, and in the order of asking. */
  async api(command: string): Promise<string> {
    return (await this.#ask(`api ${command}`)).text.trim()
  }

  /** An application of the dialplan on a channel that waits; resolves when it was taken. */
  async execute(channel: string, app: string, arg = ''): Promise<void> {
    const of = ['call-command: execute', `execute-app-name: ${app}`, ...(arg === '' ? [] : [`execute-app-arg: ${arg}`])]
    await this.#ask(`sendmsg ${channel}`, of)
  }

  /** Resolves with what came of it. @throws EslRefused, EslAway */
  async job(command: string): Promise<string> {
    const { result } = await this.begin(command, jobMs)
    return result
  }

  /**
   * Resolves when FreeSWITCH has begun.
   * @param limitMs none unless given
   */
  async begin(command: string, limitMs?: number): Promise<{ readonly result: Promise<string> }> {
    const id = randomUUID()
    const what = command.split(' ', 1).join('')
    const result = deferred<string>()
    // Whoever awaits it is told; nobody need.
    result.promise.catch(() => 'told to who awaits it')
    const late = (): void => this.#finish(id, (job) => job.result.reject(new EslAway(`${what} was not done in time`)))
    const timer = limitMs === undefined ? undefined : this.#options.clock.after(limitMs, late)
    this.#jobs.set(id, { command: what, result, timer })
    try {
      const reply = await this.#ask(`bgapi ${command}`, [`Job-UUID: ${id}`])
      // One that takes no id from us says its own.
      const given = reply.fields.get('Job-UUID') ?? id
      const job = this.#jobs.get(id)
      if (given !== id && job !== undefined) {
        this.#jobs.delete(id)
        this.#jobs.set(given, job)
      }
    } catch (error) {
      this.#finish(id, () => {})
      throw error
    }
    return { result: result.promise }
  }

  async #ask(command: string, more?: readonly string[]): Promise<Reply> {
    if (this.#why !== undefined || this.#line === undefined)
      throw new EslAway(`FreeSWITCH was not asked: ${this.#why ?? 'there is no connection'}`)
    return this.#line.ask(command, more)
  }

  #stop(): void {
    this.#stopped = true
    this.#why = 'the service is stopping'
    for (const timer of this.#timers) timer.stop()
    this.#line?.close()
    this.#dropJobs()
  }

  async #attempt(): Promise<void> {
    const { access, family, clock, log } = this.#options
    log.debug({ host: access.host, port: access.port }, 'connecting to FreeSWITCH')
    this.#address = (await lookup(access.host, { family })).address
    const early: EslEvent[] = []
    const greeting = deferred<void>()
    let settled = false
    let gone: string | undefined
    let line: Line | undefined
    const hear = (event: EslEvent): void => {
      if (event.kind === 'job') this.#done(event.id, event.result)
      else if (settled) this.#options.onEvent(event)
      else early.push(event)
    }
    const closed = (why: string): void => {
      gone = why
      greeting.reject(new Error(why))
      if (line !== undefined && this.#line === line) this.#lost(why)
    }
    const socket = connect({ host: this.#address, port: access.port })
    const timer = this.#after(openMs, () => socket.destroy(new Error(`it did not greet within ${openMs / 1000} s`)))
    let mend: () => void
    try {
      line = new Line({
        ...{ socket, clock, onClosed: closed },
        onFrame: (frame) => {
          if (frame.fields.get('Content-Type') === 'auth/request') greeting.resolve()
          else this.#read(frame, hear)
        },
      })
      await greeting.promise
      timer.stop()
      mend = await this.#settle(line)
      if (gone !== undefined || this.#stopped) throw new Error(gone ?? 'the service is stopping')
      this.#line = line
      this.#why = undefined
      this.#retryMs = firstRetryMs
    } catch (error) {
      timer.stop()
      line?.close()
      throw error
    }
    settled = true
    mend()
    for (const event of early) hear(event)
    this.#prove(line)
  }

  /** @throws Error with a sentence */
  async #settle(line: Line): Promise<() => void> {
    const { access, log, reconcile } = this.#options
    await line.ask(`auth ${access.password}`).catch((error: unknown) => {
      throw error instanceof EslRefused ? new Error('it does not accept the password') : error
    })
    await line.ask(`event plain ${eventNames.join(' ')}`)
    const { text } = await line.ask('api version')
    const mend = await reconcile(async (command) => (await line.ask(`api ${command}`)).text.trim())
    log.info({ version: text.trim().slice(0, 200) }, 'connected to FreeSWITCH')
    return mend
  }

  #prove(line: Line): void {
    this.#after(proveMs, () => {
      if (this.#line !== line) return
      // No answer breaks the line, and that is told by its end; a refusal is an answer.
      line.ask('api uptime').then(
        () => this.#prove(line),
        (error: unknown) => {
          if (error instanceof EslRefused) this.#prove(line)
        },
      )
    })
  }

  #read(frame: Frame, hear: (event: EslEvent) => void): void {
    if (frame.fields.get('Content-Type') !== 'text/event-plain') return
    try {
      const event = readEvent(frame)
      if (event !== undefined) hear(event)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'an event of FreeSWITCH cannot be read')
    }
  }

  #lost(why: string): void {
    if (this.#stopped) return
    const { log, access } = this.#options
    // Said once, not with every attempt.
    if (this.#why !== why)
      log.warn(
        { host: access.host, port: access.port, why },
        'FreeSWITCH cannot be reached; it is tried again and again',
      )
    this.#why = why
    this.#line = undefined
    this.#dropJobs()
    this.#after(this.#retryMs, () => void this.open())
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2)
  }

  #done(id: string, text: string): void {
    this.#finish(id, ({ command, result }) => {
      if (/^-(?:ERR|USAGE)/.test(text)) result.reject(new EslRefused(`FreeSWITCH refused ${command}: ${text}`))
      else result.resolve(text)
    })
  }

  #finish(id: string, end: (job: Job) => void): void {
    const job = this.#jobs.get(id)
    if (job === undefined) return
    this.#jobs.delete(id)
    job.timer?.stop()
    end(job)
  }

  #dropJobs(): void {
    for (const id of [...this.#jobs.keys()])
      this.#finish(id, ({ command, result }) =>
        result.reject(new EslAway(`FreeSWITCH did not say what came of ${command}: ${this.#why ?? ''}`)),
      )
  }

  #after(ms: number, fire: () => void): Timer {
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer)
      fire()
    })
    this.#timers.add(timer)
    return {
      stop: () => {
        this.#timers.delete(timer)
        timer.stop()
      },
    }
  }
}
