import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { Turns } from '../../base/turns.ts'
import { grow } from '../../menu/scan/grow.ts'
import type { Hearing } from '../../menu/scan/hearing.ts'
import { nextMove, progressOf } from '../../menu/scan/plan.ts'
import { childId, rootId, type ScanTree } from '../../menu/scan/tree.ts'
import type { Call } from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import { Problem, type ProblemCode } from '../../phone/problem.ts'
import type { CallEnd, EndCode } from '../../phone/reason.ts'
import { backOffMs, nextAllowed, type ScanChoice } from './bounds.ts'
import { scanOn } from './call.ts'
import { Deafness } from './deafness.ts'
import { placeName, type ScanDesk } from './desk.ts'
import { nothingKnown } from './known.ts'
import { type HeardBefore, learnAgain } from './learn-again.ts'

/** Where a scan stands; kept before each call, while calls are up, and after each. */
export interface ScanStanding {
  /** Those that were placed. */
  readonly calls: number
  /** Of all calls together. */
  readonly callMs: number
  /** Calls one after the other that told nothing new. */
  readonly attempt: number
}

export type ScanResult =
  | { readonly kind: 'done'; readonly sentence: string | null }
  | { readonly kind: 'failed'; readonly sentence: string }
  /** It goes on at this time, milliseconds since 1970. */
  | { readonly kind: 'waiting'; readonly until: number; readonly sentence: string }
  /** By `stop`. */
  | { readonly kind: 'stopped' }

export interface ScanPorts {
  readonly clock: Clock
  readonly log: Logger
  /** When this number may be called, whatever the scan itself keeps to; `undefined`: not within eight days. */
  opens(): Promise<number | undefined>
  /** It is placed when there is room for it. Resolves when the call is over. @throws Problem where it could not be placed */
  place(run: ScanRun): Promise<void>
  /** Calls that wait or ring are not to be answered any more. */
  giveUp(): void
  /** The call is recorded from now on; the id of the recording. */
  record(call: Call): Promise<string>
  keep(hearing: Omit<Hearing, 'id'>, audio: HearingAudio): Promise<string>
  /** All that were kept until now, in order. */
  kept(): Promise<readonly HeardBefore[]>
  standing(standing: ScanStanding): Promise<void>
  note(call: CallId, text: string): void
}

export interface HearingAudio {
  readonly call: CallId
  readonly recording: string | undefined
  readonly fromMs: number
  readonly toMs: number
}

export interface ScanRun {
  /** It is sent once this has resolved. @throws Error where it must not be */
  begun(id: CallId): Promise<void>
  answered(call: Call): Promise<void>
  notAnswered(end: Pick<CallEnd, 'code' | 'sentence'>): void
}

/** A branch whose way was not found so often is left alone. */
const mostMisses = 2
/** The seconds of a call that a crash cuts off are lost from the last time on that they were written down. */
const beatMs = 5000
/** Who cannot be called now will not be in an hour. */
const forGood: ReadonlySet<string> = new Set<EndCode | ProblemCode>([
  ...(['not_found', 'not_allowed', 'too_many_hops', 'incompatible_media'] satisfies EndCode[]),
  ...(['not_reachable', 'destination_not_allowed', 'invalid_request', 'not_supported'] satisfies ProblemCode[]),
])

/** One scan while it runs: its tree, and the calls that make it grow. */
export class Scan {
  readonly #choice: ScanChoice
  readonly #ports: ScanPorts
  #tree: ScanTree
  #standing: ScanStanding
  /** Branches that a call is on its way to, and that were missed for good. */
  readonly #taken = new Set<string>()
  readonly #lost = new Set<string>()
  readonly #misses = new Map<string, number>()
  readonly #known = nothingKnown()
  readonly #live = new Map<CallId, Call | undefined>()
  /** Calls that the dialer has not begun yet. */
  #coming = 0
  /** Until that went wrong once. */
  #hurries = true
  /** Calls that were answered and are not counted yet. */
  readonly #spends = new Set<Spends>()
  #stopped = false
  /** What it heard before it was interrupted is still to be learnt again by its sound. */
  #resumed: boolean
  /** Why the last call told nothing. */
  #refusal: Refusal | undefined
  readonly #deafness: Deafness
  readonly #turns = new Turns()

  constructor(choice: ScanChoice, tree: ScanTree, standing: ScanStanding, ports: ScanPorts) {
    this.#choice = choice
    this.#tree = tree
    this.#resumed = tree.nodes.size > 0
    this.#standing = standing
    this.#ports = ports
    this.#deafness = new Deafness(ports.log)
  }

  get tree(): ScanTree {
    return this.#tree
  }

  get calls(): number {
    return this.#live.size
  }

  stop(): void {
    this.#stopped = true
    this.#ports.giveUp()
    for (const call of this.#live.values())
      void call?.hangup({ code: 'completed', by: 'operator', sentence: 'the scan was stopped' })
  }

  /** Places calls until nothing is left, or it must wait. */
  async run(): Promise<ScanResult> {
    const { clock } = this.#ports
    const running = new Set<Promise<void>>()
    for (;;) {
      const pause = this.#pause() ?? (await this.#closed())
      if (pause === undefined && this.#resumed) {
        await this.#learnAgain()
        continue
      }
      if (pause === undefined && this.#mayAdd(running.size) && this.#hasWork()) {
        const work = this.#call().finally(() => running.delete(work))
        running.add(work)
      }
      if (running.size === 0) return pause ?? this.#finished()
      await Promise.race([...running, ...(running.size < this.#choice.callsAtOnce ? [tick(clock)] : [])])
    }
  }

  async #learnAgain(): Promise<void> {
    this.#resumed = false
    const { log, kept } = this.#ports
    const { prints, messages } = this.#known
    await learnAgain(this.#known, this.#tree, await kept(), { log, stopped: () => this.#stopped })
    log.info({ prompts: prints.size, messages: messages.size }, 'a scan knows by their sound what it heard before')
  }

  /** The first call alone hears the start. A further one begins once the one before has said what it sets out for. */
  #mayAdd(running: number): boolean {
    if (running === 0) return true
    return running < this.#choice.callsAtOnce && this.#coming === 0 && this.#tree.nodes.has(rootId)
  }

  #hasWork(): boolean {
    return nextMove(this.#tree, undefined, this.#choice, this.#avoided()).kind !== 'done'
  }

  /** Why no further call is placed now. */
  #pause(): ScanResult | undefined {
    const { clock } = this.#ports
    const { attempt } = this.#standing
    const { retries, hours } = this.#choice
    if (this.#stopped) return { kind: 'stopped' }
    const { sentence: untranscribed, lasts } = this.#deafness
    if (untranscribed !== undefined && lasts) return { kind: 'failed', sentence: untranscribed }
    if (!this.#hasWork() && this.#taken.size === 0) return this.#finished()
    if (this.#standing.calls + this.#coming >= this.#choice.calls)
      return this.#atLimit(`${many(this.#choice.calls, 'call')}, as many as it may place`)
    if (this.#leftMs() <= 0)
      return this.#atLimit(`${many(this.#choice.minutes, 'minute')} of calls, as long as it may take`)
    const wall = clock.wall()
    const allowed = nextAllowed(hours, wall)
    if (allowed > wall)
      return { kind: 'waiting', until: allowed, sentence: 'It waits for the hours in which it may call.' }
    if (this.#refusal === undefined) return undefined
    const { sentence: why, code } = this.#refusal
    if (forGood.has(code)) return { kind: 'failed', sentence: `It is not tried again: ${why}` }
    if (attempt > retries)
      return {
        kind: 'failed',
        sentence:
          attempt === 1
            ? `The call told nothing: ${why}`
            : `${attempt} calls one after the other told nothing new; the last one: ${why}`,
      }
    return { kind: 'waiting', until: wall + backOffMs(attempt), sentence: `It tries again later: ${why}` }
  }

  /** The hours in which the number may be called at all. */
  async #closed(): Promise<ScanResult | undefined> {
    const opens = await this.#ports.opens()
    if (opens === undefined)
      return { kind: 'failed', sentence: 'The hours in which this number may be called do not come within eight days.' }
    if (opens <= this.#ports.clock.wall()) return undefined
    return { kind: 'waiting', until: opens, sentence: 'It waits for the hours in which this number may be called.' }
  }

  #atLimit(limit: string): ScanResult {
    if (this.#tree.nodes.has(rootId)) return { kind: 'done', sentence: `It stopped after ${limit}.` }
    const { sentence: untranscribed } = this.#deafness
    if (untranscribed !== undefined) return { kind: 'failed', sentence: untranscribed }
    const why = this.#refusal === undefined ? '.' : `; the last call: ${this.#refusal.sentence}`
    return { kind: 'failed', sentence: `Nothing was heard in ${limit}${why}` }
  }

  #finished(): ScanResult {
    const { open } = progressOf(this.#tree, this.#choice)
    const { sentence: untranscribed } = this.#deafness
    if (!this.#tree.nodes.has(rootId)) return { kind: 'failed', sentence: untranscribed ?? 'Nothing was heard.' }
    if (open === 0) return { kind: 'done', sentence: null }
    const left = `${many(open, 'key')} could not be pressed: the way there was not found again`
    return { kind: 'done', sentence: untranscribed === undefined ? `${left}.` : `${left}. ${untranscribed}` }
  }

  #avoided(): ReadonlySet<string> {
    return new Set([...this.#taken, ...this.#lost])
  }

  async #call(): Promise<void> {
    const { clock, log, place } = this.#ports
    let id: CallId | undefined
    let spends: Spends | undefined
    let branch: string | undefined
    let kept = 0
    const claim = (next: string | undefined): void => {
      if (branch !== undefined) this.#taken.delete(branch)
      branch = next
      if (next !== undefined) this.#taken.add(next)
    }
    let end: Refusal | undefined
    let missed = false
    let [understood, untranscribed] = [false, false]
    const onMissed = (): void => {
      missed = true
    }
    this.#coming++
    try {
      if (!this.#stopped)
        await place({
          begun: async (call) => {
            if (this.#stopped) throw new Error('its scan was stopped')
            id = call
            spends = { at: clock.now(), until: undefined }
            this.#live.set(call, undefined)
            this.#coming--
            this.#standing = { ...this.#standing, calls: this.#standing.calls + 1 }
            // A crash does not forget it.
            await this.#tell()
          },
          answered: async (call) => {
            const own: Spends = { at: clock.now(), until: undefined }
            spends = own
            this.#live.set(call.id, call)
            if (this.#stopped) return call.hangup()
            this.#spends.add(own)
            void call.ended.then(() => {
              own.until = clock.now()
            })
            const watch = this.#watch(call)
            try {
              const listened: ScanDesk['listened'] = ({ words, untranscribed: why }) => {
                understood ||= words.length > 0
                untranscribed ||= why !== undefined
                if (why !== undefined) this.#deafness.untranscribed(why, call.id)
              }
              await scanOn(call, await this.#deskOf(call, claim, { onMissed, onKept: () => kept++, listened }))
              end = await call.ended
            } finally {
              watch.stop()
            }
          },
          notAnswered: (why) => {
            end = why
          },
        })
    } catch (error) {
      end = refusalOf(error)
      if (error instanceof Problem) log.warn({ call: id, sentence: end.sentence }, 'a call of a scan was refused')
      else log.error({ call: id, err: error }, 'a call of a scan failed')
    }
    claim(undefined)
    if (id === undefined) this.#coming--
    else this.#live.delete(id)
    const { callMs, attempt } = this.#standing
    const grew = kept > 0
    const nothingTaken = this.#deafness.callOver({ understood, untranscribed, grew })
    // A way that was missed is tried again at once, or given up; so is a recogniser that took nothing.
    this.#refusal = grew || missed || nothingTaken ? undefined : end
    const ownMs = spends === undefined ? 0 : msOf(spends, clock.now())
    if (spends !== undefined) this.#spends.delete(spends)
    this.#standing = { ...this.#standing, callMs: Math.round(callMs + ownMs), attempt: grew ? 0 : attempt + 1 }
    await this.#tell()
  }

  /** One after the other: what was written last is what holds. */
  #tell(): Promise<void> {
    return this.#turns.take('standing', () =>
      this.#ports.standing({ ...this.#standing, callMs: Math.round(this.#spentMs()) }),
    )
  }

  /** Of all calls, those that are up counted. */
  #spentMs(): number {
    const now = this.#ports.clock.now()
    return [...this.#spends].reduce((sum, one) => sum + msOf(one, now), this.#standing.callMs)
  }

  #leftMs(): number {
    return this.#choice.minutes * 60_000 - this.#spentMs()
  }

  /** Hangs up once the minutes are spent; looked at each second, since other calls spend them, too. Writes down what is spent. */
  #watch(call: Call): { stop(): void } {
    const { clock, log } = this.#ports
    let toldAt = clock.now()
    const look = (): void => {
      const left = this.#leftMs()
      if (left <= 0) return void call.hangup({ code: 'completed', sentence: 'the minutes of the scan are spent' })
      timer = clock.after(Math.min(1000, left), look)
      if (clock.now() - toldAt < beatMs) return
      toldAt = clock.now()
      this.#tell().catch((err: unknown) => log.warn({ call: call.id, err }, 'where a scan stands was not written down'))
    }
    let timer = clock.after(0, look)
    return { stop: () => timer.stop() }
  }

  async #deskOf(
    call: Call,
    claim: (branch: string | undefined) => void,
    told: Pick<ScanDesk, 'listened'> & { readonly onMissed: () => void; readonly onKept: () => void },
  ): Promise<ScanDesk> {
    const { clock, record, keep, note } = this.#ports
    const { onMissed, onKept, listened } = told
    const recording = await record(call)
    return {
      clock,
      hints: this.#choice.hints,
      tree: () => this.#tree,
      next: (at) => {
        claim(undefined)
        if (this.#stopped) return { kind: 'done' }
        const move = nextMove(this.#tree, at, this.#choice, this.#avoided())
        const last = move.kind === 'press' ? move.presses.at(-1) : undefined
        const from = last === undefined ? undefined : this.#tree.nodes.get(last.from)
        if (move.kind === 'hear') claim(move.node)
        else if (last !== undefined && from !== undefined) claim(childId(from, last.key))
        return move
      },
      keep: async (hearing, fromMs, toMs) => {
        const id = await keep(hearing, { call: call.id, recording, fromMs, toMs })
        this.#tree = grow(this.#tree, { ...hearing, id })
        onKept()
      },
      ...this.#known,
      hurries: () => this.#hurries,
      lost: (sentence) => {
        onMissed()
        this.#hurries = false
        note(call.id, `${sentence}; from now on each prompt is waited for`)
      },
      wasMissed: (branch) => this.#misses.has(branch),
      missed: (branch, sentence) => {
        onMissed()
        const misses = (this.#misses.get(branch) ?? 0) + 1
        this.#misses.set(branch, misses)
        // Without the start there is nothing else to be found: that is tried until something else ends the scan.
        if (misses >= mostMisses && branch !== rootId) this.#lost.add(branch)
        note(call.id, `${placeName(branch)}: ${sentence}`)
      },
      listened,
      note: (text) => note(call.id, text),
    }
  }
}

/** A call: words that come once it is over are waited for, and cost nothing. */
interface Spends {
  readonly at: number
  until: number | undefined
}

const msOf = ({ at, until }: Spends, now: number): number => (until ?? now) - at

/** As a call ends, or as it was refused. */
interface Refusal {
  readonly code: EndCode | ProblemCode
  readonly sentence: string
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Problem) return { code: error.code, sentence: error.message }
  return { code: 'failed', sentence: error instanceof Error ? error.message : String(error) }
}

const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
const tick = (clock: Clock): Promise<void> => new Promise((resolve) => clock.after(1000, resolve))
