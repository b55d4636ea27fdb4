import type { Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import { type Address, addressKey } from '../../phone/address.ts'
import { type Call, CallEnded, type HangupReason, remoteParty } from '../../phone/call.ts'
import { NotAnswered } from '../../phone/engine.ts'
import type { CallId, RecordingId } from '../../phone/id.ts'
import type { Monitor } from '../../phone/monitor.ts'
import { apologise } from '../apologise.ts'
import { Patience } from '../patience.ts'
import type { DialBlock, MonitorBlock, NextBlock } from './block.ts'
import { sessionOf, txnRefOf } from './ids.ts'
import { idleLimit, offeredLimit } from './limits.ts'
import { advance, dialing, follow, offered, type SessionEvent, type SessionState, type Verdict } from './machine.ts'
import type { BlockResult, EndedFacts, Notice, OfferUrls } from './notice.ts'
import { Notices } from './notices.ts'
import type { SessionPorts, SessionRecordings } from './ports.ts'
import { cutOff, type Outcome, type Prepared, runBlock, statusOfCode } from './run-block.ts'
import { BlockRefused } from './status.ts'
import { bare, type DialPlace, factsOf, keepUrl, type Parties, type Told, toldOf } from './told.ts'

/** One call that an application drives block by block. */
export class Session {
  readonly id: string
  readonly txnRef: string
  readonly callId: CallId
  /** The token that drives it; no other may. */
  readonly app: string
  /** Resolves when the call is over and its end was told. */
  readonly over: Promise<void>
  readonly #ports: SessionPorts
  readonly #over = deferred<void>()
  readonly #giveUp = new AbortController()
  #state: SessionState
  #call: Call | undefined
  #told: Told
  #running: Promise<void> = Promise.resolve()
  readonly #patience: Patience
  #fallbackUrl: string | undefined
  #limit: Timer | undefined
  #monitors: Promise<void>[] = []
  readonly #notices: Notices
  readonly #parties: Parties
  /** What a record block records, and where that is told. */
  #recording: (Told & { readonly id: RecordingId }) | undefined

  private constructor(ports: SessionPorts, call: Parties, app: string, state: SessionState, told: Told) {
    this.#ports = ports
    this.#parties = call
    this.callId = call.id
    this.id = sessionOf(call.id)
    this.txnRef = txnRefOf(call.id)
    this.app = app
    this.#state = state
    this.#told = told
    this.#notices = new Notices(ports.notifier, call.id, ports.log)
    this.over = this.#over.promise
    this.#patience = new Patience(ports.clock, (reason) => {
      if (this.#call !== undefined) this.#running = this.#apologise(this.#call, reason)
    })
  }

  /** A call came in for an application, which is told of it. */
  static answer(ports: SessionPorts, call: Call, app: string, urls: OfferUrls): Session {
    const { url } = urls
    const told: Told = { url, tag: undefined, result: { block: 'answer' } }
    const session = new Session(ports, call, app, offered, told)
    session.#fallbackUrl = urls.fallbackUrl
    session.#attach(call)
    session.#keep()
    session.#notices.offer(urls, session.#notice({ block: 'answer' }, 'ringing', undefined), (delivered) => {
      const sentence = 'the notify URL of the number could not be told of the call'
      // Nothing is lost by giving up what rings at once: whoever calls can call again.
      if (!delivered && session.#state.phase === 'offered')
        session.#running = session.#apologise(call, { code: 'failed', sentence })
      return false
    })
    void call.ring()
    session.#patience.wait(offeredLimit)
    return session
  }

  /** Places a call. */
  static dial(ports: SessionPorts, app: string, callId: CallId, block: DialBlock, place: DialPlace): Session {
    const told = toldOf(block, { block: 'dial', status: 'failed', dest: block.dest })
    const session = new Session(ports, { ...place, id: callId }, app, dialing, told)
    session.#keep()
    session.#running = session.#dial(block, place)
    return session
  }

  /** Resolves when what is told of the blocks until now would outlive this process. */
  get stored(): Promise<void> {
    return this.#notices.stored
  }

  get ended(): boolean {
    return this.#state.phase === 'ended'
  }

  /** The one we talk with; nobody as long as nobody answered. */
  get remote(): Address {
    return this.#call === undefined ? { kind: 'anonymous', raw: 'anonymous' } : remoteParty(this.#call)
  }

  /** E.164 of ours that the call came in to. */
  get number(): string | undefined {
    return this.#call?.direction === 'inbound' && this.#call.to.kind === 'number' ? this.#call.to.e164 : undefined
  }

  /** Stops to ring whom it calls; a call that is up goes on. */
  giveUp(): void {
    this.#giveUp.abort()
  }

  /** @throws BlockRefused when the block may not follow now */
  check(block: NextBlock): void {
    this.#follow(block)
  }

  #follow(block: NextBlock): Extract<Verdict, { kind: 'run' }> {
    const verdict = follow(this.#state, block)
    if (verdict.kind === 'refused') throw new BlockRefused(verdict.code)
    // Actions and documents may monitor it as well.
    if (block.kind === 'monitor' && this.#call?.monitored === true) throw new BlockRefused('error_monitor_in_progress')
    return verdict
  }

  /** Starts the block; how it goes is told by notices. @throws BlockRefused */
  start(block: NextBlock, prepared: Prepared): void {
    const verdict = this.#follow(block)
    this.#patience.stop()
    this.#state = verdict.state
    const former = this.#running
    if (block.kind === 'hangup') {
      this.#told = toldOf(block, { block: 'hangup' })
      this.#keep()
      this.#keepRecording()
      this.#running = this.#hangUp(verdict.cut, prepared, former)
      return
    }
    const call = this.#call
    const result = call === undefined ? this.#told.result : cutOff(call, block, prepared, call.timeline.length)
    this.#told = { ...toldOf(block, result), ...keepUrl(this.#told, block) }
    this.#keep()
    this.#running = this.#run(block, prepared, former)
  }

  async #apologise(call: Call, reason: HangupReason): Promise<void> {
    this.#patience.stop()
    this.#state = { phase: 'ending', monitored: false }
    await apologise(call, this.#ports.apology, reason).catch((error: unknown) => this.#fault(error))
  }

  async #dial(block: DialBlock, { to, from, prompt }: DialPlace): Promise<void> {
    const { originate, clock } = this.#ports
    let call: Call
    try {
      const request = { id: this.callId, from, to, seconds: block.ringSeconds, signal: this.#giveUp.signal }
      call = await originate(request)
    } catch (error) {
      if (!(error instanceof NotAnswered)) this.#fault(error)
      const code = error instanceof NotAnswered ? error.end.code : 'failed'
      const result: BlockResult = { block: 'dial', status: statusOfCode(code), dest: block.dest }
      // A hangup that gave it up is told where the hangup said.
      if (this.#told.result.block === 'dial') this.#told = { ...this.#told, result }
      this.#finish({ at: error instanceof NotAnswered ? error.end.at : clock.wall(), seconds: 0 })
      return
    }
    const result: BlockResult = { block: 'dial', status: 'answered', dest: block.dest }
    if (this.#told.result.block === 'dial') this.#told = { ...this.#told, result }
    this.#keep()
    this.#attach(call)
    if (block.maxSeconds !== undefined) {
      const sentence = `the call reached its limit of ${block.maxSeconds} s`
      this.#limit = clock.after(block.maxSeconds * 1000, () => void call.hangup({ code: 'completed', sentence }))
    }
    await this.#settle(call, block, async () => {
      if (prompt !== undefined) await call.play(prompt)
      return { result }
    })
  }

  async #run(block: Exclude<NextBlock, { kind: 'hangup' }>, prepared: Prepared, former: Promise<void>): Promise<void> {
    await former
    const call = this.#call
    if (call === undefined) return
    const lines = call.timeline.length
    await this.#settle(call, block, () => this.#perform(call, block, prepared))
    if (call.signal.aborted && this.#told.result.block === 'transfer' && this.#told.result.status === 'unanswered')
      this.#told = { ...this.#told, result: cutOff(call, block, prepared, lines) }
  }

  #perform(call: Call, block: Exclude<NextBlock, { kind: 'hangup' }>, prepared: Prepared): Promise<Outcome> {
    switch (block.kind) {
      case 'hold':
        return this.#hold(call, prepared)
      case 'unhold':
        return call.unhold().then(() => ({ result: { block: 'unhold' } }))
      case 'monitor':
        return this.#monitor(call, block, prepared)
      case 'play':
      case 'gather':
      case 'record':
      case 'transfer':
        return runBlock(call, block, prepared, this.#recordings(toldOf(block, { block: 'record' })))
    }
  }

  /** As those of the ports; what is told of one is kept from its beginning on. */
  #recordings(told: Told): SessionRecordings {
    const { recordings } = this.#ports
    return {
      finish: (recording) => recordings.finish(recording),
      begin: async (call) => {
        const begun = await recordings.begin(call)
        this.#recording = { ...told, id: begun.id }
        if (this.#state.phase === 'running') this.#keep()
        else this.#keepRecording()
        return begun
      },
      discard: async (id) => {
        this.#notices.forget(id)
        await recordings.discard(id)
      },
    }
  }

  /** Waits for a block and says how it came out. */
  async #settle(call: Call, block: DialBlock | Exclude<NextBlock, { kind: 'hangup' }>, work: () => Promise<Outcome>) {
    try {
      const { result, hangup } = await work()
      const mine = this.#state.phase === 'running'
      if (!mine && result.block === 'record') {
        // A hangup cut the recording off: it is told where the block said, the end where the hangup did.
        const ended = await this.#endOf(call)
        const notice = this.#notice(result, 'ended', block.tag, ended)
        if (this.#recording === undefined) this.#notices.tell(block.notifyUrl, notice)
        else this.#notices.conclude(this.#recording.id, block.notifyUrl, notice)
        return
      }
      if (!mine) return
      this.#told = { ...this.#told, result }
      if (call.signal.aborted) return
      if (hangup !== undefined) {
        await call.hangup(hangup)
        return
      }
      this.#advance(block.kind === 'hold' ? 'held' : 'finished')
      if (block.notifyUrl === undefined && (block.kind === 'dial' || block.kind === 'play')) {
        await call.hangup({ code: 'completed', sentence: `nothing was to follow the ${block.kind} block` })
        return
      }
      this.#ask(block.notifyUrl, this.#notice(result, 'ongoing', block.tag))
      this.#told = { ...this.#told, result: bare(result) }
      this.#recording = undefined
      this.#keep()
    } catch (error) {
      if (error instanceof CallEnded) {
        if (this.#told.result.block === 'gather' && error.digits !== '')
          this.#told = { ...this.#told, result: { block: 'gather', digits: error.digits } }
        return
      }
      this.#fault(error)
      await call.hangup({ code: 'failed', sentence: `the ${block.kind} block failed; the log has it under the call` })
    }
  }

  async #hold(call: Call, { prompt }: Prepared): Promise<Outcome> {
    await call.answer()
    await call.hold(prompt === undefined ? {} : { music: prompt })
    return { result: { block: 'hold' } }
  }

  async #monitor(call: Call, block: MonitorBlock, { prompt }: Prepared): Promise<Outcome> {
    const { recordings } = this.#ports
    await call.answer()
    const { id, path } = await recordings.begin(call.id)
    let monitor: Monitor
    try {
      monitor = await call.monitor({ id, path, channels: 'mono' })
    } catch (error) {
      await recordings.discard(id)
      throw error
    }
    const told = toldOf(block, { block: 'monitor' })
    this.#keepRecording({ ...told, url: block.monitorNotifyUrl ?? block.notifyUrl, id })
    this.#monitors.push(this.#tellMonitor(call, block, monitor, id))
    if (prompt !== undefined) await call.play(prompt)
    return { result: { block: 'monitor' } }
  }

  /** The recording is told after the end of the call. */
  async #tellMonitor(call: Call, block: MonitorBlock, monitor: Monitor, id: RecordingId): Promise<void> {
    try {
      const recordUrl = await this.#ports.recordings.finish(await monitor.done)
      this.#advance('monitor_ended')
      const ended = await this.#endOf(call)
      const url = block.monitorNotifyUrl ?? block.notifyUrl
      this.#notices.conclude(id, url, this.#notice({ block: 'monitor', recordUrl }, 'ended', block.tag, ended))
    } catch (error) {
      this.#fault(error)
    }
  }

  async #hangUp(cut: boolean, { prompt }: Prepared, former: Promise<void>): Promise<void> {
    const call = this.#call
    if (call === undefined) {
      this.#giveUp.abort()
      await former
      return
    }
    try {
      if (!cut && prompt !== undefined) {
        await former
        await call.unhold()
        await call.play(prompt)
      }
    } catch (error) {
      if (!(error instanceof CallEnded)) this.#fault(error)
    }
    await call.hangup({ code: 'completed', sentence: 'the application hung up' })
    await former
  }

  #attach(call: Call): void {
    this.#call = call
    // Hung up while it was being answered.
    if (this.#state.phase === 'ending') void call.hangup({ code: 'completed', sentence: 'the application hung up' })
    void call.ended.then(async (end) => {
      await this.#running
      this.#finish(factsOf(call, end))
    })
  }

  async #endOf(call: Call): Promise<EndedFacts> {
    return factsOf(call, await call.ended)
  }

  #finish(ended: EndedFacts): void {
    if (this.#state.phase === 'ended') return
    this.#advance('call_ended')
    this.#patience.stop()
    this.#limit?.stop()
    const { url, tag, result } = this.#told
    this.#notices.conclude(this.callId, url, this.#notice(result, 'ended', tag, ended))
    void Promise.all(this.#monitors)
      .then(() => this.#notices.stored)
      .then(() => this.#over.resolve())
  }

  #advance(event: SessionEvent): void {
    this.#state = advance(this.#state, event)
  }

  /** Tells what came of a block, and waits for the next one; who is on hold may be left there. */
  #ask(url: string | undefined, notice: Notice): void {
    const limit = this.#state.phase === 'held' ? undefined : idleLimit
    if (url === undefined) {
      this.#patience.wait(limit)
      return
    }
    const fallback = this.#fallbackUrl === undefined ? {} : { fallbackUrl: this.#fallbackUrl }
    this.#notices.offer({ url, ...fallback }, notice, this.#patience.tell(limit))
  }

  #notice(result: BlockResult, state: Notice['state'], tag: string | undefined, ended?: EndedFacts): Notice {
    const { from, to } = this.#parties
    return {
      session: this.id,
      txnRef: this.txnRef,
      result,
      state,
      ...(tag === undefined ? {} : { tag }),
      ...(state === 'ended' || this.#call?.direction === 'inbound'
        ? { from: addressKey(from), to: addressKey(to) }
        : {}),
      ...(ended === undefined ? {} : { ended }),
    }
  }

  /** What the end of the call would be told as, were it now. */
  #keep(): void {
    const { url, tag, result } = this.#told
    const recording = result.block === 'record' ? this.#recording?.id : undefined
    const notice = this.#notice(result, 'ended', tag)
    const pending = url === undefined ? undefined : { url, notice, ...(recording === undefined ? {} : { recording }) }
    this.#notices.keep(this.callId, pending)
  }

  /** A recording that is told by itself, besides the end of the call. */
  #keepRecording(one = this.#recording): void {
    if (one?.url === undefined) return
    const notice = this.#notice(one.result, 'ended', one.tag)
    this.#notices.keep(one.id, { url: one.url, notice, recording: one.id })
  }

  #fault(err: unknown): void {
    this.#ports.log.error({ call: this.callId, err }, 'a block of a session failed')
  }
}
