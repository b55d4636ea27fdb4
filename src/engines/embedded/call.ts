import { type Deferred, deferred } from '../../base/deferred.ts'
import { unlessAborted } from '../../base/unless-aborted.ts'
import type { PlayItem } from '../../media/plane.ts'
import { type Address, addressKey } from '../../phone/address.ts'
import type { BlockName } from '../../phone/block.ts'
import {
  type Announcement,
  type AnnounceOptions,
  type Call,
  CallEnded,
  type CallerSays,
  type CallSource,
  type DialEnd,
  type DialOptions,
  type DialTarget,
  type EchoEnd,
  type EchoOptions,
  type Gathered,
  type GatherOptions,
  type HangupReason,
  type HoldOptions,
  numberOf,
  type PlayEnd,
  type PlayOptions,
  type Recording,
  type RecordOptions,
  remoteParty,
  type TimelineEvent,
  type TimelineKind,
} from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import type { Listening, ListenOptions } from '../../phone/listen.ts'
import type { Monitor, MonitorOptions } from '../../phone/monitor.ts'
import { Problem } from '../../phone/problem.ts'
import type { Prompt } from '../../phone/prompt.ts'
import { type CallEnd, type EndedBy, endCodes, endOf, type ReasonLink } from '../../phone/reason.ts'
import type { JoinOptions, RoomLeave, RoomName } from '../../phone/room.ts'
import type { TransferEnd, TransferOptions, TransferTarget } from '../../phone/transfer.ts'
import { announce } from './announce.ts'
import { Beside } from './beside.ts'
import { orStopped, stopped } from './block.ts'
import type { CallParts } from './call-parts.ts'
import { type DialContext, dial } from './dial.ts'
import { echo } from './echo.ts'
import { linkOfEndedLeg, linkOfFailedLeg, linkOfHangup, linkOfLostAudio, linkOfSilence, linksCutOff } from './ends.ts'
import { carrierOf, figuresOf, figuresText } from './figures.ts'
import { Hold } from './hold.ts'
import { type Joiner, join } from './join.ts'
import { type Leg, soundOf } from './leg.ts'
import { listen } from './listen.ts'
import { monitor } from './monitor.ts'
import { play } from './play.ts'
import { preparePrompt } from './prompts.ts'
import { record } from './record.ts'
import { runGather } from './run-gather.ts'
import { Story } from './story.ts'
import { transfer } from './transfer.ts'

/** Blocks that leave an unanswered caller unanswered until a target picks up. */
const unanswered = async (): Promise<void> => {}

/** `early`: we placed it, and talk with who is called before the answer. */
type Phase = 'offered' | 'answering' | 'early' | 'answered' | 'ended'

export class EmbeddedCall implements Call {
  monitored = false
  readonly id: CallId
  readonly direction: 'inbound' | 'outbound'
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly said: CallerSays
  readonly timeline: readonly TimelineEvent[]
  readonly startedAt: number
  readonly leg: Leg
  answeredAt: number | undefined
  readonly #parts: CallParts
  readonly #ended: Deferred<CallEnd> = deferred()
  readonly ended = this.#ended.promise
  readonly #story: Story
  readonly #abort = new AbortController()
  readonly #attempts: ReasonLink[] = []
  #phase: Phase
  #end: CallEnd | undefined
  #block: { readonly name: BlockName | 'echo'; readonly stop: AbortController } | undefined
  /** Who is rung at the moment. */
  #ringing: readonly string[] = []
  readonly #hold = new Hold()
  readonly #beside = new Beside()
  readonly #released: Deferred<void> = deferred()

  constructor(parts: CallParts) {
    this.#parts = parts
    this.id = parts.id
    this.direction = parts.inbound === undefined && parts.handedOver !== true ? 'outbound' : 'inbound'
    this.#phase = parts.answer !== undefined ? 'early' : parts.inbound === undefined ? 'answered' : 'offered'
    this.source = parts.source
    this.from = parts.from
    this.to = parts.to
    this.said = parts.said ?? { headers: {} }
    this.leg = parts.leg
    this.startedAt = parts.startedAt ?? parts.clock.wall()
    this.#story = new Story(parts.story ?? [], (line) => parts.onTimeline(parts.id, line))
    this.timeline = this.#story.lines
    if (this.#phase === 'answered') this.answeredAt = parts.clock.wall()
    this.leg.onHold = (held) =>
      this.note('hold', held ? 'the other side put us on hold' : 'the other side took us off hold')
    this.leg.onSilent = (seconds) => this.#silent(seconds)
    this.leg.onFigures = (stats, media) => {
      const figures = figuresOf(stats, media)
      this.note('media', figuresText(`the ${this.#party}`, figures), { leg: 'a', ...carrierOf(this.leg), ...figures })
    }
    this.leg.onLost = () => this.#lost()
    this.#beside.add({ stop: this.leg.onKey((key) => this.note('key', `key ${key}`)) })
    void this.leg.ended.then((end) => {
      const [at, answered] = [this.#wall(), this.answeredAt !== undefined]
      if (this.#phase !== 'early') this.#finish(linkOfEndedLeg(end, at, this.#party, answered))
      else this.#finish(linkOfFailedLeg(end, at, addressKey(this.to), this.leg.innerEnd()))
    })
    void parts.answer?.then(() => this.#pickedUp())
  }

  /** Resolves when nothing more comes of the call: its leg has ended, or belongs to another call. */
  get over(): Promise<unknown> {
    return Promise.race([this.leg.ended, this.#released.promise])
  }

  get end(): CallEnd | undefined {
    return this.#end
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  async ring(): Promise<void> {
    if (this.#phase !== 'offered') return
    this.#parts.inbound?.session.ring()
    this.note('ringing', 'the caller hears it ring')
  }

  async answer(): Promise<void> {
    this.#refuseAfterEnd()
    const { inbound } = this.#parts
    if (this.#phase === 'offered' && inbound !== undefined) {
      this.#phase = 'answering'
      inbound.session.accept(inbound.media)
    }
    await this.#alive(this.leg.mediaReady)
    if (this.#phase !== 'answering') return
    this.#phase = 'answered'
    this.answeredAt = this.#wall()
    this.note('answered', 'answered', soundOf(this.leg.media))
  }

  async hangup(reason: HangupReason = { code: 'completed', sentence: 'the service ended the call' }): Promise<void> {
    if (this.#phase === 'ended') return
    const link = linkOfHangup(this.#wall(), reason, this.#phase === 'offered')
    const back = reason.by !== 'operator' && this.#parts.takeBack?.() === true
    if (!back) return this.#cut(link)
    this.#finish(link)
    this.#letGo()
  }

  /** The call is over, and its party talks on in another one. */
  release(by: EndedBy, sentence: string): void {
    this.#finish(linkOfHangup(this.#wall(), { code: 'completed', by, sentence }, false))
    this.#letGo()
  }

  play(prompt: Prompt, options?: PlayOptions): Promise<PlayEnd> {
    return this.#run('play', (context) => play(context, prompt, options), this.#opening(options))
  }

  gather(options: GatherOptions): Promise<Gathered> {
    return this.#run('gather', (context) => runGather(context, options), this.#opening(options))
  }

  record(options: RecordOptions): Promise<Recording> {
    return this.#run('record', (context) => record(context, options))
  }

  echo(options: EchoOptions = {}): Promise<EchoEnd> {
    return this.#run('echo', (context) => echo(context, options))
  }

  dial(targets: readonly DialTarget[], options: DialOptions = {}): Promise<DialEnd> {
    const from = options.from ?? remoteParty(this)
    return this.#run('dial', (context) => dial(context, targets, from, { ...numberOf(this), ...options }), unanswered)
  }

  async announce(prompt: Prompt, options?: AnnounceOptions): Promise<Announcement> {
    await this.answer()
    return announce(this.#context(this.signal), prompt, options)
  }

  async send(digits: string, options: Pick<PlayOptions, 'early'> = {}): Promise<void> {
    this.#refuseAfterEnd()
    if (this.#hold.on)
      throw new Problem('on_hold', `Keys cannot be sent while ${this.id} is on hold; take it off hold first.`)
    await this.#opening(options)()
    await this.#alive(this.leg.stream.send(digits))
  }

  hold(options: HoldOptions = {}): Promise<void> {
    const prepare = (prompt: Prompt) => this.#prepare(prompt)
    return this.#run('hold', (context) => this.#hold.begin(context, prepare, options))
  }

  async unhold(): Promise<void> {
    this.#refuseAfterEnd()
    if (this.#hold.on) await this.#hold.end(this.#context(this.signal))
  }

  async transfer(target: TransferTarget, options: TransferOptions = {}): Promise<TransferEnd> {
    const from = options.from ?? remoteParty(this)
    const { end, hangup } = await this.#run(
      'transfer',
      (context) => transfer(context, target, from, { ...numberOf(this), ...options }, this.#joiner()),
      target.kind === 'room' ? undefined : unanswered,
    )
    if (hangup !== undefined) await this.hangup(hangup)
    return end
  }

  join(room: RoomName, options: JoinOptions = {}): Promise<RoomLeave> {
    return this.#run('join', (context) => join(context, this.#joiner(), room, options))
  }

  async monitor(options: MonitorOptions): Promise<Monitor> {
    this.#refuseAfterEnd()
    if (this.monitored) throw new Problem('block_running', `${this.id} is monitored already; stop that first.`)
    this.monitored = true
    const over = (): void => {
      this.monitored = false
    }
    try {
      await this.answer()
      const running = await monitor(this.#context(this.signal), options)
      this.#beside.add({ stop: () => running.stop(), done: running.done })
      running.done.then(over, over)
      return running
    } catch (error) {
      over()
      throw error
    }
  }

  async listen(options: ListenOptions): Promise<Listening> {
    await this.#opening(options)()
    const running = listen(this.#context(this.signal), this.#parts.recogniser, this.#parts.clock, options)
    this.#beside.add({ stop: () => running.stop(), done: running.done })
    return running
  }

  stop(): void {
    this.#block?.stop.abort(stopped)
  }

  /** Adds a line to the call's story. */
  note(kind: TimelineKind, text: string, data?: TimelineEvent['data']): void {
    this.tell({ at: this.#wall(), kind, text, ...(data === undefined ? {} : { data }) })
  }

  tell(event: TimelineEvent): void {
    this.#story.add(event)
  }

  async #run<T>(
    name: BlockName | 'echo',
    block: (context: DialContext) => Promise<T>,
    before: () => Promise<void> = () => this.answer(),
  ): Promise<T> {
    this.#refuseBusy(name)
    const stop = new AbortController()
    this.#block = { name, stop }
    try {
      await before()
      return await block(this.#context(stop.signal))
    } finally {
      this.#block = undefined
    }
  }

  #refuseBusy(name: BlockName | 'echo'): void {
    this.#refuseAfterEnd()
    if (this.#block !== undefined)
      throw new Problem('block_running', `${name} was started while ${this.#block.name} still runs on ${this.id}.`)
    if (this.#hold.on)
      throw new Problem('on_hold', `${name} was started while ${this.id} is on hold; take it off hold first.`)
  }

  #context(stopped: AbortSignal): DialContext {
    const { clock, dialer } = this.#parts
    return {
      leg: this.leg,
      clock,
      stopped,
      dialer,
      party: remoteParty(this),
      source: this.source,
      signal: this.signal,
      prepare: (prompt) => orStopped(this.#prepare(prompt), stopped),
      alive: (work) => this.#alive(work),
      note: (kind, text, data) => this.note(kind, text, data),
      answered: () => this.answeredAt !== undefined || this.#phase === 'early',
      ring: () => void this.ring(),
      progress: () => this.#progress(),
      answer: () => this.answer(),
      ringing: (targets) => {
        this.#ringing = targets
      },
      attempted: (link) => void this.#attempts.push(link),
      release: (by, sentence) => this.release(by, sentence),
    }
  }

  #prepare(prompt: Prompt): Promise<readonly PlayItem[]> {
    return preparePrompt(prompt, this.#parts, (sentence) => this.note('warning', sentence))
  }

  #joiner(): Joiner {
    return { id: this.id, party: remoteParty(this), rooms: this.#parts.rooms }
  }

  /** Lets audio flow: by an answer, or before one where that will do. */
  #opening({ early = false }: Pick<PlayOptions, 'early'> = {}): () => Promise<void> {
    return () => (early && this.#phase === 'offered' ? this.#hearEarly() : this.answer())
  }

  async #hearEarly(): Promise<void> {
    if (await this.#progress()) return
    this.#refuseAfterEnd()
    throw new Problem('not_supported', 'The INVITE of the caller had no offer, so nothing is heard before the answer.')
  }

  /** 183 with our answer (RFC 3261 §13.3.1.1), so that the caller hears us though nobody picked up; one is enough. */
  async #progress(): Promise<boolean> {
    const { inbound } = this.#parts
    if (this.#phase === 'offered' && this.leg.media === undefined) await inbound?.session.progress(inbound.media)
    return this.leg.media !== undefined
  }

  #alive<T>(work: Promise<T>): Promise<T> {
    return unlessAborted(work, this.signal)
  }

  #refuseAfterEnd(): void {
    if (this.#end !== undefined) throw new CallEnded(this.#end)
  }

  #pickedUp(): void {
    if (this.#phase !== 'early') return
    this.#phase = 'answered'
    this.answeredAt = this.#wall()
    this.note('answered', `${addressKey(this.to)} answered`, soundOf(this.leg.media))
  }

  #silent(seconds: number): void {
    if (this.#phase === 'answered') this.#cut(linkOfSilence(this.#wall(), seconds))
  }

  /** Nobody hears anything any more, so nobody is kept waiting. */
  #lost(): void {
    this.#cut(linkOfLostAudio(this.#wall()))
  }

  /** Ends it by this, for the other side as well. */
  #cut(link: ReasonLink): void {
    const { inbound } = this.#parts
    const unanswered = this.#phase === 'offered'
    this.#finish(link)
    if (unanswered && inbound !== undefined) inbound.session.reject(endCodes[link.code].sip)
    else this.leg.session.hangup({ q850: link.q850 })
  }

  #letGo(): void {
    this.#beside.stop()
    this.#hold.stop()
    this.leg.release()
    this.#released.resolve()
  }

  #finish(last: ReasonLink): void {
    if (this.#end !== undefined) return
    this.#phase = 'ended'
    this.#end = endOf(last, [...this.#attempts, ...linksCutOff(this.#ringing, last)])
    this.note('ended', last.sentence, { code: last.code, q850: last.q850 })
    this.#abort.abort(new CallEnded(this.#end))
    this.#ended.resolve(this.#end)
  }

  get #party(): 'caller' | 'callee' {
    return this.direction === 'inbound' ? 'caller' : 'callee'
  }

  #wall(): number {
    return this.#parts.clock.wall()
  }
}
