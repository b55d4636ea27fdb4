import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { grow } from '../../menu/scan/grow.ts'
import type { Hearing } from '../../menu/scan/hearing.ts'
import { nextMove, progressOf } from '../../menu/scan/plan.ts'
import type { SoundPrint } from '../../menu/scan/print.ts'
import { childId, rootId, type ScanTree } from '../../menu/scan/tree.ts'
import type { Call } from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import type { CallEnd } from '../../phone/reason.ts'
import { backOffMs, nextAllowed, type ScanChoice } from './bounds.ts'
import { type ScanDesk, scanOn } from './call.ts'

/** Where a scan stands; kept after each call. */
export interface ScanStanding {
  readonly calls: number
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
  /** Resolves when the call is over. */
  place(run: ScanRun): Promise<void>
  /** The call is recorded from now on; the id of the recording. */
  record(call: Call): Promise<string>
  keep(hearing: Omit<Hearing, 'id'>, audio: HearingAudio): Promise<string>
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
  begun(id: CallId): void
  answered(call: Call): Promise<void>
  notAnswered(end: CallEnd): void
}

/** A branch whose way was not found so often is left alone. */
const mostMisses = 2

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
  /** How prompts that were heard since the start of the service begin to sound, by node. */
  readonly #prints = new Map<string, SoundPrint>()
  readonly #live = new Map<CallId, Call | undefined>()
  /** Until that went wrong once. */
  #hurries = true
  /** Calls that were placed and are not over, and when those that are up were answered. */
  #under = 0
  readonly #answeredAt = new Set<{ readonly at: number }>()
  #stopped = false
  #refusal: CallEnd | undefined

  constructor(choice: ScanChoice, tree: ScanTree, standing: ScanStanding, ports: ScanPorts) {
    this.#choice = choice
    this.#tree = tree
    this.#standing = standing
    this.#ports = ports
  }

  get tree(): ScanTree {
    return this.#tree
  }

  get calls(): number {
    return this.#live.size
  }

  stop(): void {
    this.#stopped = true
    for (const call of this.#live.values())
      void call?.hangup({ code: 'completed', by: 'operator', sentence: 'the scan was stopped' })
  }

  /** Places calls until nothing is left, or it must wait. */
  async run(): Promise<ScanResult> {
    const { clock } = this.#ports
    const running = new Set<Promise<void>>()
    for (;;) {
      const pause = this.#pause()
      while (pause === undefined && running.size < this.#choice.callsAtOnce && this.#hasWork()) {
        const work = this.#call().finally(() => running.delete(work))
        running.add(work)
        // The first call alone hears the start.
        if (!this.#tree.nodes.has(rootId)) break
        // A second one begins once the first has said what it sets out for.
        if (running.size > 0) break
      }
      if (running.size === 0) return pause ?? this.#finished()
      await Promise.race([...running, ...(this.#mayAdd(running.size) ? [tick(clock)] : [])])
    }
  }

  #mayAdd(running: number): boolean {
    return running < this.#choice.callsAtOnce && this.#tree.nodes.has(rootId)
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
    if (!this.#hasWork() && this.#taken.size === 0) return this.#finished()
    // Those that are under way count.
    if (this.#standing.calls + this.#under >= this.#choice.calls)
      return { kind: 'done', sentence: `It stopped after ${this.#choice.calls} calls, as many as it may place.` }
    if (this.#leftMs() <= 0)
      return {
        kind: 'done',
        sentence: `It stopped after ${this.#choice.minutes} minutes of calls, as long as it may take.`,
      }
    const wall = clock.wall()
    const allowed = nextAllowed(hours, wall)
    if (allowed > wall)
      return { kind: 'waiting', until: allowed, sentence: 'It waits for the hours in which it may call.' }
    if (this.#refusal === undefined) return undefined
    const why = this.#refusal.sentence
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

  #finished(): ScanResult {
    const { open } = progressOf(this.#tree, this.#choice)
    if (!this.#tree.nodes.has(rootId)) return { kind: 'failed', sentence: 'Nothing was heard.' }
    return {
      kind: 'done',
      sentence: open === 0 ? null : `${open} keys could not be pressed: the way there was not found again.`,
    }
  }

  #avoided(): ReadonlySet<string> {
    return new Set([...this.#taken, ...this.#lost])
  }

  async #call(): Promise<void> {
    const { clock, log, place } = this.#ports
    let id: CallId | undefined
    let began = clock.now()
    let branch: string | undefined
    let kept = 0
    const claim = (next: string | undefined): void => {
      if (branch !== undefined) this.#taken.delete(branch)
      branch = next
      if (next !== undefined) this.#taken.add(next)
    }
    let end: CallEnd | undefined
    let missed = false
    const onMissed = (): void => {
      missed = true
    }
    this.#under++
    try {
      await place({
        begun: (call) => {
          id = call
          this.#live.set(call, undefined)
        },
        answered: async (call) => {
          began = clock.now()
          this.#live.set(call.id, call)
          if (this.#stopped) return call.hangup()
          const spends = { at: began }
          this.#answeredAt.add(spends)
          const limit = this.#endInTime(call)
          try {
            await scanOn(call, await this.#deskOf(call, claim, { onMissed, onKept: () => kept++ }))
            end = await call.ended
          } finally {
            limit.stop()
            this.#answeredAt.delete(spends)
          }
        },
        notAnswered: (why) => {
          end = why
        },
      })
    } catch (error) {
      log.error({ call: id, err: error }, 'a call of a scan failed')
      const sentence = error instanceof Error ? error.message : String(error)
      end = { at: clock.wall(), by: 'service', code: 'failed', q850: 41, sentence, chain: [] }
    }
    claim(undefined)
    this.#under--
    if (id !== undefined) this.#live.delete(id)
    const { calls, callMs, attempt } = this.#standing
    const grew = kept > 0
    // A way that was missed is tried again at once, or given up.
    this.#refusal = grew || missed ? undefined : end
    this.#standing = {
      calls: calls + 1,
      callMs: Math.round(callMs + clock.now() - began),
      attempt: grew ? 0 : attempt + 1,
    }
    await this.#ports.standing(this.#standing)
  }

  /** What is left of the minutes of all calls, those that are up counted. */
  #leftMs(): number {
    const now = this.#ports.clock.now()
    const spent = [...this.#answeredAt].reduce((sum, { at }) => sum + now - at, this.#standing.callMs)
    return this.#choice.minutes * 60_000 - spent
  }

  /** Hangs up once the minutes are spent; looked at each second, since other calls spend them, too. */
  #endInTime(call: Call): { stop(): void } {
    const { clock } = this.#ports
    const look = (): void => {
      const left = this.#leftMs()
      if (left <= 0) void call.hangup({ code: 'completed', sentence: 'the minutes of the scan are spent' })
      else timer = clock.after(Math.min(1000, left), look)
    }
    let timer = clock.after(0, look)
    return { stop: () => timer.stop() }
  }

  async #deskOf(
    call: Call,
    claim: (branch: string | undefined) => void,
    { onMissed, onKept }: { readonly onMissed: () => void; readonly onKept: () => void },
  ): Promise<ScanDesk> {
    const { clock, record, keep, note } = this.#ports
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
      prints: this.#prints,
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
        if (misses >= mostMisses) this.#lost.add(branch)
        note(call.id, `${branch}: ${sentence}`)
      },
      note: (text) => note(call.id, text),
    }
  }
}

const tick = (clock: Clock): Promise<void> => new Promise((resolve) => clock.after(1000, resolve))
