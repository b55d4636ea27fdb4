import type { BroadcastDesk, NewBroadcast } from '../api/ports.ts'
import { type Estimate, estimate, type Prices, spokenSeconds } from '../apps/broadcast/estimate.ts'
import type { Timer } from '../base/clock.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { type Id, newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import type { Prompt } from '../phone/prompt.ts'
import { cancelDue, takeBackCalls } from '../store/broadcast-targets.ts'
import {
  type BroadcastRow,
  type BroadcastState,
  getBroadcast,
  insertBroadcast,
  moveBroadcast,
  nextRoundAt,
  openBroadcasts,
  stopRounds,
} from '../store/broadcasts.ts'
import { countAudience } from '../store/contacts.ts'
import { type PassOptions, passBroadcast, tellTakenBack } from './broadcast-pass.ts'
import { beginRounds, roundAfter } from './broadcast-rounds.ts'

/** Somebody else may have put a row into the store, and an event may have come before what it tells. */
const lookAgainMs = 5000
/** Timers take no more than 24 days. */
const longestMs = 3_600_000
/** So that the news of many texts are one pass. */
const soonMs = 200

/** Takes broadcasts to their end. All that they know is in the store: each pass looks there what has come of what was begun. */
export class Broadcasts implements BroadcastDesk {
  readonly #options: PassOptions
  #timer: Timer | undefined
  #soon: Timer | undefined
  #work: Promise<void> | undefined
  #again = false
  #open = false
  #unsubscribe: (() => void) | undefined

  constructor(options: PassOptions) {
    this.#options = options
  }

  async create(request: NewBroadcast): Promise<{ readonly row: BroadcastRow; readonly contacts: number }> {
    const { store, clock } = this.#options
    const now = new Date(clock.wall())
    const { name, way, plan, account = null, startAt = now, audience, repeat } = request
    const { groups, status, ids } = audience
    const rounds = repeat === undefined ? null : { ...repeat, round: 1, audience: { groups, status, ids } }
    const row: BroadcastRow = {
      ...{ id: newId('broadcast', now.getTime()), name, state: 'running', way, plan, account, startAt },
      ...{ repeat: rounds, nextAt: rounds === null ? null : roundAfter(rounds, startAt.getTime()) },
      ...{ createdAt: now, updatedAt: now, endedAt: null },
    }
    const contacts = await insertBroadcast(store.db, row, audience)
    this.wake()
    return { row, contacts }
  }

  async estimate({ way, plan, audience }: NewBroadcast, prices: Prices | undefined): Promise<Estimate> {
    const counted = await countAudience(this.#options.store.db, audience, plan.text?.from)
    const found = { texts: 0, calls: 0, doubtful: 0 }
    const skipped: Record<string, number> = {}
    for (const { status, skipped: why, contacts } of counted) {
      const calls = way === 'call' || (way === 'cycle' && status === 'inactive')
      // Who must not be called may still be texted.
      if (why === 'opted_out' || (why === 'not_allowed' && calls)) {
        skipped[why] = (skipped[why] ?? 0) + contacts
      } else if (calls) found.calls += contacts
      else {
        found.texts += contacts
        if (status === 'inactive' && why === null) found.doubtful += contacts
      }
    }
    const spoken = plan.call === undefined ? undefined : wordsOf(plan.call.message as Prompt)
    return estimate(
      { ...found, skipped },
      {
        body: plan.text?.body,
        callSeconds: spoken === undefined ? undefined : spokenSeconds(spoken),
        callsAfterTexts: way === 'text_then_call',
        prices,
      },
    )
  }

  async pause(id: string): Promise<BroadcastRow> {
    const { store, clock } = this.#options
    const row = await this.#move(id, ['running'], 'paused')
    const back = await takeBackCalls(store.db, id, {
      ...{ now: new Date(clock.wall()), whose: 'all' },
      sentence: 'its broadcast was paused',
    })
    tellTakenBack(back, this.#options)
    return row
  }

  async resume(id: string): Promise<BroadcastRow> {
    const row = await this.#move(id, ['paused'], 'running')
    this.wake()
    return row
  }

  async cancel(id: string): Promise<BroadcastRow> {
    const { store, clock } = this.#options
    const now = new Date(clock.wall())
    const over = await stopRounds(store.db, id, now)
    if (over !== undefined) return over
    const row = await this.#move(id, ['running', 'paused'], 'canceled')
    const back = await takeBackCalls(store.db, id, {
      now,
      whose: 'all',
      sentence: 'its broadcast was canceled',
    })
    tellTakenBack(back, this.#options)
    await cancelDue(store.db, id, now)
    this.wake()
    return row
  }

  /** Passes under way. For the leak check. */
  get live(): number {
    return this.#work === undefined ? 0 : 1
  }

  start(): void {
    this.#open = true
    this.#unsubscribe = this.#options.bus.subscribe((event) => {
      if (saysEnd(event)) this.#wakeSoon()
    })
    this.wake()
  }

  close(): void {
    this.#open = false
    this.#unsubscribe?.()
    this.#timer?.stop()
    this.#soon?.stop()
  }

  async settled(): Promise<void> {
    await this.#work
  }

  wake(): void {
    if (!this.#open) return
    if (this.#work !== undefined) {
      this.#again = true
      return
    }
    this.#timer?.stop()
    this.#work = this.#passes().finally(() => {
      this.#work = undefined
      if (this.#again) this.wake()
    })
  }

  #wakeSoon(): void {
    this.#soon ??= this.#options.clock.after(soonMs, () => {
      this.#soon = undefined
      this.wake()
    })
  }

  async #passes(): Promise<void> {
    const { store, clock, log } = this.#options
    let wait: number | undefined
    this.#again = false
    try {
      await beginRounds({ db: store.db, clock, log })
      for (const row of await openBroadcasts(store.db)) {
        if (!this.#open) return
        const { next } = await passBroadcast(row, this.#options)
        const until = next === undefined ? lookAgainMs : Math.max(0, next.getTime() - clock.wall())
        wait = Math.min(wait ?? lookAgainMs, until)
      }
      const round = await nextRoundAt(store.db)
      if (round !== undefined) {
        const until = Math.max(0, round.getTime() - clock.wall())
        wait = Math.min(wait ?? longestMs, until)
      }
    } catch (error) {
      log.error({ err: error }, 'a broadcast could not be taken further; it is tried again')
      wait = lookAgainMs
    }
    // Without an open one there is nothing to look for until one is made.
    if (this.#open && wait !== undefined) this.#timer = clock.after(wait, () => this.wake())
  }

  /** @throws Problem `not_found`, `conflict` */
  async #move(id: string, from: readonly BroadcastState[], to: BroadcastState): Promise<BroadcastRow> {
    const { store, clock, bus } = this.#options
    const row = await moveBroadcast(store.db, id, from, to, new Date(clock.wall()))
    if (row === undefined) {
      const found = await getBroadcast(store.db, id)
      if (found === undefined) throw new Problem('not_found', `There is no broadcast ${id}.`)
      throw new Problem('conflict', `${id} is ${found.state}; only one that is ${from.join(' or ')} can become ${to}.`)
    }
    bus.publish({ type: 'broadcast.updated', at: clock.wall(), broadcast: id as Id<'broadcast'> })
    return row
  }
}

const ends: ReadonlySet<string> = new Set([
  ...['delivered', 'undelivered', 'failed', 'rejected', 'expired'].map((state) => `message.${state}`),
  ...['done', 'failed', 'canceled'].map((state) => `planned.${state}`),
])
const saysEnd = ({ type }: ServiceEvent): boolean => ends.has(type)

/** What is spoken of a prompt, as text; sound counts nothing. */
function wordsOf(prompt: Prompt): string {
  switch (prompt.kind) {
    case 'text':
      return prompt.text
    case 'sequence':
      return prompt.items.map(wordsOf).join(' ')
    case 'optional':
      return wordsOf(prompt.prompt)
    case 'file':
    case 'url':
    case 'tone':
    case 'silence':
      return ''
  }
}
