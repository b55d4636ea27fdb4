import type { PlanCall } from '../api/ports.ts'
import { type DialerRules, nextAllowed } from '../apps/dialer/rules.ts'
import { type Address, addressKey } from '../phone/address.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import type { PlannedCallRow, PlannedChange } from '../store/planned-calls.ts'
import type { StoredPlan, StoredScheduledCall } from '../store/shapes.ts'
import type { Site } from './site.ts'

/** The parties as whoever planned the call named them. */
export const partiesOf = ({ to, from, does }: Pick<PlannedCallRow, 'to' | 'from' | 'does'>) =>
  does.kind === 'connect' ? { from: to, to: does.to } : { from, to }

/** Who is rung is its `to`: where two are connected, the one who is rung first. */
export function storedCall(request: Omit<PlanCall, 'at' | 'until'>): StoredScheduledCall {
  const { from, to, seconds, work, retry, hours, priority, account } = request
  const does: StoredPlan = work.kind === 'connect' ? { kind: 'connect', to } : work
  const [rung, seen] = work.kind === 'connect' ? [from, to] : [to, from]
  return {
    ...{ to: rung, from: seen, does, seconds, priority, account: account ?? null },
    ...{ retry: { ...retry }, hours: hours ?? null, withinSeconds: null },
  }
}

type Planned = Pick<StoredScheduledCall, 'to' | 'from' | 'does' | 'hours'>

/** Who may be called, and when. */
export class DialerVerdicts {
  readonly #site: Pick<Site, 'owns' | 'forbids'>

  constructor(site: Pick<Site, 'owns' | 'forbids'>) {
    this.#site = site
  }

  /** @throws Problem where it could never be placed */
  async check(call: Planned, rules: DialerRules, now: number): Promise<void> {
    const connects = call.does.kind === 'connect'
    for (const [i, to] of callees(call).entries()) {
      const field = connects && i === 0 ? '/from' : '/to'
      const sentence = await this.#forbidden(to)
      if (sentence !== undefined) throw new Problem('destination_not_allowed', sentence, [{ field, sentence }])
    }
    if ((await this.#nextAllowed(call, rules, now)) !== undefined) return
    const sentence = 'never come within the hours in which this may be called, for eight days to come'
    throw new Problem('invalid_request', `The hours ${sentence}.`, [{ field: '/hours', sentence }])
  }

  /** @throws Problem `destination_not_allowed` where the do-not-call list names it */
  async checkListed(to: Address, field: string): Promise<void> {
    const sentence = await this.#site.forbids(to)
    if (sentence !== undefined) throw new Problem('destination_not_allowed', sentence, [{ field, sentence }])
  }

  /** @throws Problem `destination_not_allowed` where the rules do not let it be called now */
  async checkOpen(to: Address, field: string, rules: DialerRules, now: number): Promise<void> {
    const at = await this.opens(to, rules, now)
    if (at === now) return
    const then = at === undefined ? 'do not come within eight days' : `begin at ${new Date(at).toISOString()}`
    const sentence = `${addressKey(to)} may not be called now: its calling hours ${then}`
    throw new Problem('destination_not_allowed', sentence, [{ field, sentence }])
  }

  /** What becomes of one that is due; `undefined`: it is placed. */
  async judge(row: PlannedCallRow, rules: DialerRules, now: number): Promise<PlannedChange | undefined> {
    if (row.until !== null && now > row.until.getTime()) {
      const last = row.sentence === null ? '' : `; last, ${row.sentence}`
      return { failed: { code: 'expired', sentence: `no attempt begins after ${row.until.toISOString()}${last}` } }
    }
    for (const to of callees(row)) {
      const sentence = await this.#forbidden(to)
      if (sentence !== undefined) return { failed: { code: 'not_allowed', sentence } }
    }
    const at = await this.#nextAllowed(row, rules, now)
    if (at === undefined)
      return { failed: { code: 'not_allowed', sentence: 'its calling hours do not come within eight days' } }
    if (at === now) return undefined
    return { nextAt: new Date(at), sentence: `waits for the calling hours of ${addressKey(row.to)}` }
  }

  /** When the rules let this be called; `undefined`: not within eight days. */
  opens(to: Address, rules: DialerRules, now: number): Promise<number | undefined> {
    return this.#nextAllowed({ to, from: to, does: { kind: 'api', actions: [] }, hours: null }, rules, now)
  }

  async #forbidden(to: Address): Promise<string | undefined> {
    if (to.kind === 'uri') return this.#site.forbids(to)
    if (to.kind !== 'number' || (await this.#site.owns(to.e164))) return undefined
    const { allowed, ...verdict } = { sentence: '', ...mayCallOut('international', to.e164, []) }
    return allowed ? await this.#site.forbids(to) : verdict.sentence
  }

  async #nextAllowed(call: Planned, rules: DialerRules, now: number): Promise<number | undefined> {
    const parties = await Promise.all(
      callees(call).map(async (to) => ({ to, outside: to.kind === 'number' && !(await this.#site.owns(to.e164)) })),
    )
    return nextAllowed(rules, parties, call.hours ?? undefined, now)
  }
}

const callees = ({ to, does }: Pick<Planned, 'to' | 'does'>): readonly Address[] =>
  does.kind === 'connect' ? [to, does.to] : [to]
