import type { Clock } from '../../src/base/clock.ts'
import type { PlannedEnd, PlannedRun } from '../../src/main/planned-run.ts'
import { addressKey } from '../../src/phone/address.ts'
import { type CallId, newId } from '../../src/phone/id.ts'
import { type EndCode, endCodes } from '../../src/phone/reason.ts'
import { finishAction, insertAction } from '../../src/store/actions.ts'
import { insertCall } from '../../src/store/calls.ts'
import type { PlannedCallRow } from '../../src/store/planned-calls.ts'
import type { Db } from '../../src/store/store.ts'

/** What somebody who is called does. */
export type Callee =
  | { readonly does: 'listens' }
  | { readonly does: 'presses'; readonly key: string }
  | { readonly does: 'hangs_up' }
  | { readonly does: 'machine'; readonly left: boolean }
  | { readonly does: 'not'; readonly code: EndCode }

/** The phone under a dialer in tests of the API alone: nothing rings, and what blocks come to is written as flows write it. */
export class DeskLine {
  readonly open = true
  /** Every INVITE that would have left, by number. */
  readonly rung: string[] = []
  /** By number; who is not named listens. Of several the next call takes the next, the last one stays. */
  readonly callees = new Map<string, Callee[]>()
  readonly #db: Db
  readonly #clock: Clock

  constructor(db: Db, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  async placePlanned(run: PlannedRun): Promise<PlannedEnd> {
    const number = addressKey(run.to)
    const sent = await run.beforeInvite()
    this.rung.push(number)
    sent()
    const at = this.#clock.wall()
    await insertCall(this.#db, {
      ...{ id: run.id, direction: 'outbound', from: run.from, fromKey: addressKey(run.from) },
      ...{ to: run.to, toKey: number, startedAt: new Date(at) },
    })
    const waiting = this.callees.get(number) ?? []
    const callee = (waiting.length > 1 ? waiting.shift() : waiting[0]) ?? { does: 'listens' }
    const answered = callee.does !== 'not'
    if (answered) await this.#blocks(run.id, callee)
    const code = callee.does === 'not' ? callee.code : 'completed'
    const link = { at, by: 'callee', code, q850: endCodes[code].q850, sentence: `${number}: ${code}` } as const
    return { answered, end: { ...link, chain: [link] } }
  }

  async hangUp(): Promise<boolean> {
    return false
  }

  /** What the dialer would run on the call; `placePlanned` has written it. */
  readonly run = async (_call: unknown, _row: PlannedCallRow): Promise<'over'> => 'over'

  async #blocks(call: CallId, callee: Callee): Promise<void> {
    if (callee.does === 'machine') {
      return this.#block(call, 'detect', { by: 'machine', records: 'beep', left: callee.left, end: 'known' })
    }
    await this.#block(call, 'detect', { by: 'person', ms: 900, end: 'known' })
    switch (callee.does) {
      case 'listens':
        return this.#block(call, 'play', { kind: 'finished' })
      case 'presses':
        await this.#block(call, 'gather', { digits: callee.key, end: 'max_digits' })
        return this.#block(call, 'play', { kind: 'finished' })
      case 'hangs_up':
        return this.#block(call, 'play', undefined)
      case 'not':
    }
  }

  /** @param result absent: the call ended in it */
  async #block(callId: CallId, block: string, result: Readonly<Record<string, unknown>> | undefined): Promise<void> {
    const at = new Date(this.#clock.wall())
    const { id } = await insertAction(this.#db, { id: newId('action', at.getTime()), callId, block, startedAt: at })
    const error = { code: 'call_ended', sentence: 'The call has ended.' }
    await finishAction(this.#db, id, {
      ...(result === undefined ? { state: 'failed', result: null, error } : { state: 'done', result, error: null }),
      endedAt: at,
    })
  }
}
