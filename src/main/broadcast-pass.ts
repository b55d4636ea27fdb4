import type { DialerDesk, TextDesk } from '../api/ports.ts'
import { callFlow, type SpokenMessage } from '../apps/broadcast/call-flow.ts'
import { nextFor, zonesFor } from '../apps/broadcast/hours.ts'
import { afterCall, afterText, type Next } from '../apps/broadcast/next.ts'
import { outcomeOf } from '../apps/broadcast/outcome.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Address } from '../phone/address.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { Id } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import {
  actionsOfCalls,
  callsOver,
  cancelDue,
  changeTargets,
  dueTargets,
  nextTarget,
  noteTexts,
  type TargetChange,
  type TargetRow,
  takeBackCalls,
  textsNotSent,
  textsOver,
  underWay,
} from '../store/broadcast-targets.ts'
import { type BroadcastRow, endBroadcast, staysRunning } from '../store/broadcasts.ts'
import { noteCallEnd } from '../store/contacts.ts'
import { changeMessage, type MessageRow } from '../store/messages.ts'
import { optedOutContacts } from '../store/opt-outs.ts'
import type { PlannedCallRow } from '../store/planned-calls.ts'
import type { StoredBroadcastCall } from '../store/shapes.ts'
import type { Db, Store } from '../store/store.ts'

export interface PassOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly texts: Pick<TextDesk, 'putAll' | 'told' | 'isOptedOut' | 'senderFor'>
  readonly dialer: Pick<DialerDesk, 'put' | 'told'>
}

/** Contacts of one transaction. */
const batch = 50
/** Texts that no carrier has yet, and calls that were not begun, of one broadcast: what pausing it cannot hold back, and may. */
const mostTexts = 500
const mostCalls = 200
/** After the time for a report, a text that was not even sent is withdrawn. */
const graceMs = 60_000

/** Calls that wait at the dialer and are to be placed no more. */
const needless = [
  ['delivered', 'its text was delivered after all'],
  ['opted_out', 'its contact wants nothing any more'],
] as const

export interface Passed {
  readonly changed: boolean
  /** When it is worth another; `undefined`: when something is told of its texts and calls. */
  readonly next: Date | undefined
  readonly ended: boolean
}

/** Takes one broadcast as far as it goes now. What is written of a contact and what is begun for it is one transaction. */
export async function passBroadcast(row: BroadcastRow, options: PassOptions): Promise<Passed> {
  const { store, clock, bus } = options
  const { db } = store
  const now = (): Date => new Date(clock.wall())
  let changed = false
  const many = async (step: () => Promise<number>): Promise<void> => {
    for (let n = batch; n === batch; ) {
      n = await step()
      changed ||= n > 0
    }
  }
  await withdraw(row, options)
  for (const [whose, sentence] of needless) {
    tellTakenBack(await takeBackCalls(db, row.id, { now: now(), whose, sentence }), options)
  }
  await many(() => settleTexts(row, options))
  await many(() => settleCalls(row, options))
  if (row.state === 'running') {
    const open = await underWay(db, row.id)
    let texts = mostTexts - open.texts
    let calls = mostCalls - open.calls
    await many(async () => {
      const n = await beginTexts(row, Math.min(batch, texts), options)
      texts -= n
      return n
    })
    await many(async () => {
      const n = await beginCalls(row, Math.min(batch, calls), options)
      calls -= n
      return n
    })
  }
  // One that was canceled in the middle of a pass may have got further calls by it.
  if (row.state === 'canceled') await cancelDue(db, row.id, now())
  const ended = await endBroadcast(db, row.id, now())
  if (changed || ended) {
    const type = ended ? 'broadcast.ended' : 'broadcast.updated'
    bus.publish({ type, at: clock.wall(), broadcast: row.id as Id<'broadcast'> })
  }
  return { changed, ended, next: ended ? undefined : await nextTarget(db, row.id, now()) }
}

export function tellTakenBack(ids: readonly string[], { bus, clock }: Pick<PassOptions, 'bus' | 'clock'>): void {
  for (const id of ids) bus.publish({ type: 'planned.canceled', at: clock.wall(), planned: id as Id<'planned'> })
}

/** Texts that could not be sent in the time that a report has: they must not go out beside the call. */
async function withdraw({ id }: BroadcastRow, { store, clock, texts }: PassOptions): Promise<void> {
  const now = new Date(clock.wall())
  for (const text of await textsNotSent(store.db, id, now, mostTexts)) {
    const moved = await changeMessage(store.db, text, now, ({ state, tryingSince }) =>
      (state === 'queued' || state === 'waiting') && tryingSince === null
        ? { state: 'failed', code: 'gave_up', reason: 'It could not be sent in the time that its broadcast gave it.' }
        : undefined,
    )
    if (moved !== undefined) texts.told(moved)
  }
}

async function settleTexts(row: BroadcastRow, { store, clock }: PassOptions): Promise<number> {
  return store.db.transaction(async (tx) => {
    const found = await textsOver(tx, row.id, batch)
    const wall = clock.wall()
    const changes = found.flatMap(({ target: { contactId: contact }, text }) => {
      const next = afterText({ way: row.way, canceled: row.state === 'canceled' }, text)
      return next === undefined ? [] : [{ contact, change: changeFor(next, wall) }]
    })
    await changeTargets(tx, row.id, changes)
    return found.length
  })
}

async function settleCalls(row: BroadcastRow, { store, clock }: PassOptions): Promise<number> {
  return store.db.transaction(async (tx) => {
    const found = await callsOver(tx, row.id, batch)
    const done = await actionsOfCalls(
      tx,
      found.flatMap(({ planned }) => (planned.callId === null ? [] : [planned.callId])),
    )
    const { call } = row.plan
    const wall = clock.wall()
    const changes: { contact: string; change: TargetChange }[] = []
    for (const { target, planned } of found) {
      const outcome = outcomeOf(planned, done.get(planned.callId ?? '') ?? [], call?.confirm?.key)
      const rules = { calls: target.calls, attempts: call?.attempts ?? 1, againSeconds: call?.againSeconds ?? 0 }
      const next = afterCall({ canceled: row.state === 'canceled' }, outcome, rules)
      changes.push({ contact: target.contactId, change: changeFor(next, wall) })
      const by = outcome.kind === 'reached' ? outcome.by : undefined
      await noteCallEnd(tx, target.contactId, { code: outcome.code, by, at: new Date(wall) })
    }
    await changeTargets(tx, row.id, changes)
    return found.length
  })
}

function changeFor(next: Next, wall: number): TargetChange {
  const updatedAt = new Date(wall)
  if (next.kind === 'call') {
    const nextAt = new Date(wall + next.inSeconds * 1000)
    const calls = next.calls === undefined ? {} : { calls: next.calls }
    return { state: 'call_due', nextAt, plannedId: null, updatedAt, ...calls }
  }
  const { state, by = null, code, sentence } = next
  return { ...{ state, by, code, sentence }, nextAt: null, updatedAt, endedAt: updatedAt }
}

const skip = (code: string, sentence: string, wall: number): TargetChange =>
  changeFor({ kind: 'over', state: 'skipped', code, sentence }, wall)

/** What stands in the way now: outside the hours it waits for them. */
function held({ plan }: BroadcastRow, target: TargetRow, wall: number): TargetChange | undefined {
  const at = nextFor(plan.hours, target, wall)
  if (at === wall) return undefined
  if (at === undefined) return skip('no_hours', 'its hours do not come within eight days', wall)
  return { nextAt: new Date(at), sentence: 'waits for its hours', updatedAt: new Date(wall) }
}

async function beginTexts(
  row: BroadcastRow,
  limit: number,
  { store, clock, texts, log }: PassOptions,
): Promise<number> {
  const { text } = row.plan
  if (limit <= 0 || text === undefined) return 0
  const { body, from, reportSeconds } = text
  const put: MessageRow[] = []
  const n = await store.db.transaction(async (tx) => {
    const wall = clock.wall()
    const now = new Date(wall)
    if (!(await staysRunning(tx, row.id))) return 0
    const due = await dueTargets(tx, { broadcast: row.id, state: 'text_due', now, limit })
    const changes: { contact: string; change: TargetChange }[] = []
    const free: TargetRow[] = []
    for (const target of due) {
      const change = held(row, target, wall)
      if (change === undefined) free.push(target)
      else changes.push({ contact: target.contactId, change })
    }
    const made = await texts.putAll(
      tx,
      free.map(({ contactId, phone: to }) => ({
        ...{ to, body, key: `broadcast:${row.id}:${contactId}`, once: true, reportSeconds },
        ...(from === undefined ? {} : { from }),
      })),
    )
    const begun: { contact: string; message: string }[] = []
    free.forEach(({ contactId: contact }, i) => {
      const one = made[i]!
      if (one instanceof Problem) {
        log.info({ broadcast: row.id, contact, code: one.code }, 'a contact of a broadcast gets no text')
        changes.push({ contact, change: skip(one.code, one.message, wall) })
        return
      }
      if (one.isNew) put.push(one.row)
      begun.push({ contact, message: one.row.id })
    })
    await noteTexts(tx, row.id, begun, { nextAt: new Date(wall + reportSeconds * 1000 + graceMs), now })
    await changeTargets(tx, row.id, changes)
    return due.length
  })
  for (const message of put) texts.told(message)
  return n
}

async function beginCalls(
  row: BroadcastRow,
  limit: number,
  { store, clock, texts, dialer, log }: PassOptions,
): Promise<number> {
  const { call, hours } = row.plan
  if (limit <= 0 || call === undefined) return 0
  const put: PlannedCallRow[] = []
  const n = await store.db.transaction(async (tx) => {
    const wall = clock.wall()
    if (!(await staysRunning(tx, row.id))) return 0
    const due = await dueTargets(tx, { broadcast: row.id, state: 'call_due', now: new Date(wall), limit })
    const changes: { contact: string; change: TargetChange }[] = []
    for (const target of due) {
      const change = held(row, target, wall) ?? (await begin(tx, target, call, wall))
      changes.push({ contact: target.contactId, change })
    }
    await changeTargets(tx, row.id, changes)
    return due.length
  })
  for (const planned of put) dialer.told(planned)
  return n

  async function begin(tx: Db, target: TargetRow, spoken: StoredBroadcastCall, wall: number): Promise<TargetChange> {
    const unwilling = await wantsNothing(tx, target)
    if (unwilling !== undefined) return skip('opted_out', unwilling, wall)
    const to: Address = { kind: 'number', e164: target.phone, raw: target.phone }
    const zones = hours === undefined ? [] : zonesFor(hours, target)
    const zone = zones.length === 1 ? { zone: zones[0]! } : {}
    const made = await orProblem(() =>
      dialer.put(tx, {
        ...{ from: spoken.from as Address, to, seconds: spoken.seconds, priority: spoken.priority, retry: {} },
        // What stands in the row was checked when it was written.
        work: { kind: 'flow', flow: callFlow(spoken as unknown as SpokenMessage) },
        hours: hours === undefined ? undefined : { ...hours, ...zone },
        account: row.account ?? undefined,
      }),
    )
    if (made instanceof Problem) {
      log.info(
        { broadcast: row.id, contact: target.contactId, code: made.code },
        'a contact of a broadcast gets no call',
      )
      return skip(made.code === 'destination_not_allowed' ? 'not_allowed' : made.code, made.message, wall)
    }
    put.push(made)
    return {
      ...{ state: 'calling', plannedId: made.id, calls: target.calls + 1, sentence: null },
      ...{ nextAt: null, updatedAt: new Date(wall) },
    }
  }

  /** Since it was made: a contact may have changed, or have answered to a text. */
  async function wantsNothing(tx: Db, { phone }: TargetRow): Promise<string | undefined> {
    if ((await optedOutContacts(tx, [phone])).size > 0) return 'the contact wants nothing'
    const from = row.plan.text?.from ?? (await orProblem(() => texts.senderFor(phone)))
    if (from instanceof Problem || !(await texts.isOptedOut(from, phone, tx))) return undefined
    return `${phone} said STOP to what texts to it go out as`
  }
}

/** What a contact is refused for is no fault of the broadcast. */
async function orProblem<T>(work: () => Promise<T>): Promise<T | Problem> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}
