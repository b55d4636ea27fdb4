import type { Clock } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Address } from '../../phone/address.ts'
import type { BlockName } from '../../phone/block.ts'
import {
  type Announcement,
  type Call,
  CallEnded,
  type CallSource,
  type DialEnd,
  type DialOptions,
  type DialTarget,
  type Gathered,
  type GatherOptions,
  type HangupReason,
  type PlayEnd,
  type PlayOptions,
  type Recording,
  type RecordOptions,
  type TimelineEvent,
  type TimelineKind,
} from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import type { Listening } from '../../phone/listen.ts'
import type { Monitor } from '../../phone/monitor.ts'
import { Problem } from '../../phone/problem.ts'
import type { Prompt } from '../../phone/prompt.ts'
import { type CallEnd, endCodes, endOf, type ReasonLink } from '../../phone/reason.ts'
import type { RoomLeave } from '../../phone/room.ts'
import type { TransferEnd } from '../../phone/transfer.ts'
import type { HostedAudio } from './audio.ts'
import type { HostedContext } from './context.ts'
import { dial } from './dial.ts'
import type { Dialect } from './dialect.ts'
import { gather } from './gather.ts'
import { type Asked, Line } from './line.ts'
import { play } from './play.ts'
import { record } from './record.ts'
import type { News, Notice, Occasion, Step } from './step.ts'
import { response } from './xml.ts'

/** The story of one call is kept up to so many lines, each of so many characters; the end always fits. */
const timelineLimit = 1000
const longestLine = 500

/** What can be done to a call at the company without being asked; absent where it cannot. */
export interface Reach {
  hangUp?(session: string): Promise<void>
  /** Has it ask at this URL now. */
  redirect?(session: string, url: string): Promise<void>
}

export interface HostedCallParts {
  readonly id: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly startedAt: number
  /** The company's name of the call. */
  readonly session: string
  readonly dialect: Dialect
  readonly reach: Reach
  readonly clock: Clock
  readonly audio: HostedAudio
  /** Where the company asks about this step of the call. */
  url(call: CallId, n: number, about: Occasion): string
  fetchRecording(url: string): Promise<string>
  numberOf(username: string): Promise<string | undefined>
  /** Why nobody may be called there. */
  forbids(to: Address): Promise<string | undefined>
  readonly story: readonly TimelineEvent[]
  onTimeline(call: CallId, event: TimelineEvent): void
  /** A request to the company failed. */
  onFault(error: unknown): void
}

type Phase = 'offered' | 'answered' | 'ended'

/** A call whose audio stays with the company that carries it: each block is a document that it fetches here. */
export class HostedCall implements Call {
  readonly monitored = false
  readonly said = { headers: {} }
  readonly id: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly startedAt: number
  readonly ended: Promise<CallEnd>
  readonly timeline: TimelineEvent[]
  answeredAt: number | undefined
  readonly #parts: HostedCallParts
  readonly #line: Line
  readonly #ended: Deferred<CallEnd> = deferred()
  readonly #abort = new AbortController()
  readonly #attempts: ReasonLink[] = []
  #phase: Phase
  #end: CallEnd | undefined
  #last: News | undefined
  /** Whom it was put through to. */
  readonly #bridged = new Set<string>()
  #block: { readonly name: BlockName; readonly stop: AbortController } | undefined

  constructor(parts: HostedCallParts) {
    this.#parts = parts
    this.id = parts.id
    this.direction = parts.direction
    this.source = parts.source
    this.from = parts.from
    this.to = parts.to
    this.startedAt = parts.startedAt
    this.ended = this.#ended.promise
    this.timeline = [...parts.story]
    this.#phase = parts.direction === 'inbound' ? 'offered' : 'answered'
    if (this.#phase === 'answered') this.answeredAt = parts.clock.wall()
    this.#line = new Line({
      clock: parts.clock,
      write: (step, n) => parts.dialect.write(step, (about) => parts.url(parts.id, n, about)),
      silence: (seconds) => parts.audio.silence(seconds * 1000),
      left: () => this.#taken(),
    })
  }

  get end(): CallEnd | undefined {
    return this.#end
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get session(): string {
    return this.#parts.session
  }

  /** The company posted something about this call. @returns the document for it */
  async take(notice: Notice, asked: Asked | undefined): Promise<string> {
    switch (notice.state) {
      case 'over':
        this.#over(notice)
        return response()
      case 'ringing':
        return response()
      case 'told':
        if (notice.news.dial?.to !== undefined) this.#bridge(notice.news.dial.to)
        return response()
      case 'up':
        return await this.#line.ask(asked, notice.news)
    }
  }

  async ring(): Promise<void> {
    if (this.#phase === 'offered') this.note('ringing', 'the caller hears it ring')
  }

  /** The company picks up with the first document that does anything. */
  async answer(): Promise<void> {
    this.#refuseAfterEnd()
    this.#taken()
  }

  async hangup(reason: HangupReason = { code: 'completed', sentence: 'the service ended the call' }): Promise<void> {
    if (this.#phase === 'ended') return
    const unanswered = this.#phase === 'offered'
    const code = unanswered && reason.code === 'completed' ? 'declined' : reason.code
    const { q850 } = endCodes[code]
    this.#finish({ at: this.#wall(), by: reason.by ?? 'service', code, q850, sentence: reason.sentence })
    this.#line.end({ kind: 'hangup', answered: !unanswered, code })
    const { reach, session, onFault } = this.#parts
    if (!unanswered && reach.hangUp !== undefined) await reach.hangUp(session).catch(onFault)
  }

  play(prompt: Prompt, options?: PlayOptions): Promise<PlayEnd> {
    return this.#run('play', options?.signal, (context) => play(context, prompt, options))
  }

  gather(options: GatherOptions): Promise<Gathered> {
    return this.#run('gather', undefined, (context) => gather(context, options))
  }

  record(options: RecordOptions): Promise<Recording> {
    return this.#run('record', undefined, (context) => record(context, options))
  }

  dial(targets: readonly DialTarget[], options?: DialOptions): Promise<DialEnd> {
    return this.#run('dial', undefined, (context) => dial(context, targets, options))
  }

  send(digits: string): Promise<void> {
    return this.#run('send', undefined, async (context) => {
      await context.run({ kind: 'send', digits })
    })
  }

  hold = (): Promise<void> => this.#lacks('hold')
  transfer = (): Promise<TransferEnd> => this.#lacks('transfer')
  join = (): Promise<RoomLeave> => this.#lacks('join')
  monitor = (): Promise<Monitor> => this.#lacks('monitor')
  listen = (): Promise<Listening> => this.#lacks('listen')
  announce = (): Promise<Announcement> => this.#lacks('announce')

  /** None is ever held. */
  async unhold(): Promise<void> {
    this.#refuseAfterEnd()
  }

  stop(): void {
    this.#block?.stop.abort()
  }

  /** Adds a line to the call's story. */
  note(kind: TimelineKind, text: string, data?: TimelineEvent['data']): void {
    this.tell({ at: this.#wall(), kind, text, ...(data === undefined ? {} : { data }) })
  }

  tell(event: TimelineEvent): void {
    if (this.timeline.length >= timelineLimit && event.kind !== 'ended') return
    const { text } = event
    const line = text.length > longestLine ? { ...event, text: `${text.slice(0, longestLine - 1)}…` } : event
    this.timeline.push(line)
    this.#parts.onTimeline(this.id, line)
  }

  async #run<T>(
    name: BlockName,
    signal: AbortSignal | undefined,
    block: (context: HostedContext) => Promise<T>,
  ): Promise<T> {
    this.#refuseAfterEnd()
    if (!this.#parts.dialect.blocks.has(name)) return await this.#lacks(name)
    if (this.#block !== undefined)
      throw new Problem('block_running', `${name} was started while ${this.#block.name} still runs on ${this.id}.`)
    const stop = new AbortController()
    const onSignal = (): void => stop.abort()
    signal?.addEventListener('abort', onSignal, { once: true })
    if (signal?.aborted === true) stop.abort()
    this.#block = { name, stop }
    try {
      return await block(this.#context(stop.signal))
    } finally {
      signal?.removeEventListener('abort', onSignal)
      this.#block = undefined
    }
  }

  #context(stopped: AbortSignal): HostedContext {
    const { dialect, audio, clock, numberOf, forbids, fetchRecording } = this.#parts
    const last = (): News | undefined => this.#last
    return {
      ...{ dialect, numberOf, forbids, fetchRecording },
      prepare: (prompt) => this.#alive(audio.prepare(prompt, this.id, (sentence) => this.note('warning', sentence))),
      run: (step) => this.#step(step, stopped),
      note: (kind, text, data) => this.note(kind, text, data),
      wall: () => this.#wall(),
      pause: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
      attempted: (link) => void this.#attempts.push(link),
      bridged: (to) => this.#bridge(to),
      get last() {
        return last()
      },
    }
  }

  async #step(step: Step, stopped: AbortSignal): Promise<News | 'stopped'> {
    this.#refuseAfterEnd()
    if (stopped.aborted) return 'stopped'
    const stop = deferred<'stopped'>()
    const onStop = (): void => stop.resolve('stopped')
    stopped.addEventListener('abort', onStop, { once: true })
    try {
      const news = await this.#alive(Promise.race([this.#line.run(step), stop.promise]))
      if (news === 'stopped') await this.#interrupt()
      return news
    } finally {
      stopped.removeEventListener('abort', onStop)
    }
  }

  /** Where the company cannot be made to ask now, what it does goes on until it asks by itself. */
  async #interrupt(): Promise<void> {
    this.#line.forget()
    const { reach, session, url, onFault } = this.#parts
    await reach.redirect?.(session, url(this.id, this.#line.turn(), 'next')).catch(onFault)
  }

  async #lacks(what: string): Promise<never> {
    this.#refuseAfterEnd()
    const { company } = this.#parts.dialect
    throw new Problem(
      'not_supported',
      `${company} carries this call, whose audio does not come here, so it does not have ${what}.`,
    )
  }

  /** A document that takes the call is on its way. */
  #taken(): void {
    if (this.#phase !== 'offered') return
    this.#phase = 'answered'
    this.answeredAt = this.#wall()
    this.note('answered', 'answered')
  }

  #bridge(to: string): void {
    if (this.#bridged.has(to)) return
    this.#bridged.add(to)
    this.note('bridged', `put through to ${to}`)
  }

  #over({ news, end }: Notice): void {
    if (this.#phase === 'ended') return
    this.#last = news
    // In another form than the one that was put through before, where that is told twice.
    if (news.dial?.answered === true && news.dial.to !== undefined && this.#bridged.size === 0)
      this.#bridge(news.dial.to)
    const { company } = this.#parts.dialect
    const party = this.direction === 'inbound' ? 'caller' : 'callee'
    const who = this.direction === 'inbound' ? 'the caller' : 'the other side'
    const told = end === undefined || end.words === '' ? '' : ` (${end.words})`
    const unanswered = this.#phase === 'offered'
    const code =
      end?.code === undefined || end.code === 'completed' ? (unanswered ? 'canceled' : 'completed') : end.code
    const sentence =
      code === 'completed'
        ? `${who} hung up, as ${company} tells${told}`
        : unanswered
          ? `${who} hung up before the call was answered, as ${company} tells${told}`
          : `${company} ended the call${told}`
    const by = code === 'completed' || code === 'canceled' ? party : 'network'
    this.#finish({ at: this.#wall(), by, code, q850: endCodes[code].q850, sentence })
    this.#line.end({ kind: 'hangup', answered: true, code })
  }

  #alive<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { signal } = this.#abort
      const onEnd = (): void => reject(new CallEnded(this.#end as CallEnd))
      if (signal.aborted) onEnd()
      else signal.addEventListener('abort', onEnd, { once: true })
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onEnd))
    })
  }

  #refuseAfterEnd(): void {
    if (this.#end !== undefined) throw new CallEnded(this.#end)
  }

  #finish(last: ReasonLink): void {
    if (this.#end !== undefined) return
    this.#phase = 'ended'
    this.#end = endOf(last, this.#attempts)
    this.#tellLegs()
    this.note('ended', last.sentence, { code: last.code, q850: last.q850 })
    this.#parts.audio.forget(this.id)
    this.#abort.abort()
    this.#ended.resolve(this.#end)
  }

  /** The record of a call has its parties, also where nothing is known of their audio. */
  #tellLegs(): void {
    if (this.answeredAt === undefined) return
    const { company, scheme: by } = this.#parts.dialect
    const tell = (party: string, data: { readonly leg: string; readonly party?: string }): void =>
      this.note('media', `the audio of ${party} stays at ${company}, which tells nothing of it`, { ...data, by })
    tell(this.direction === 'inbound' ? 'the caller' : 'the callee', { leg: 'a' })
    for (const party of this.#bridged) tell(party, { leg: 'b', party })
  }

  #wall(): number {
    return this.#parts.clock.wall()
  }
}
