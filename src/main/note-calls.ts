import { outcomeOf } from '../apps/broadcast/outcome.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { CallId } from '../phone/id.ts'
import { actionsOfCalls } from '../store/broadcast-targets.ts'
import { getCall } from '../store/calls.ts'
import { contactOf, noteCallEnd } from '../store/contacts.ts'
import type { Store } from '../store/store.ts'

export interface NoteCallsOptions {
  readonly store: Store
  readonly clock: Pick<Clock, 'wall'>
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly scope: Scope
}

/**
 * Keeps with a contact what a call came to that was placed at once to speak a message to it. A call that a kill of the service
 * cuts off is not kept: nobody knows how much of it was heard.
 * @returns to be told of such a call and the number that it goes to, as soon as it is placed
 */
export function noteCalls({ store, clock, log, bus, scope }: NoteCallsOptions): (call: CallId, to: string) => void {
  const { db } = store
  const awaited = new Map<CallId, string>()

  async function note(id: CallId): Promise<void> {
    const to = awaited.get(id)
    if (to === undefined) return
    const call = await getCall(db, id)
    // Told twice where the end came while it was looked for.
    if (call?.end == null || !awaited.delete(id)) return
    const contact = await contactOf(db, to)
    if (contact === undefined) return
    const done = (await actionsOfCalls(db, [id])).get(id) ?? []
    const { code, sentence } = call.end
    const outcome = outcomeOf({ state: call.answeredAt === null ? 'failed' : 'done', code, sentence }, done, undefined)
    const by = outcome.kind === 'reached' ? outcome.by : undefined
    await noteCallEnd(db, contact.id, { code: outcome.code, by, at: new Date(clock.wall()) })
  }

  const noteOrLog = (call: CallId): void =>
    void note(call).catch((err: unknown) =>
      log.error({ call, err }, 'what a call came to could not be kept with its contact'),
    )

  scope.add(
    'calls that speak messages',
    bus.subscribe((event) => {
      if (event.type === 'call.ended') noteOrLog(event.call)
    }),
  )
  return (call, to) => {
    awaited.set(call, to)
    // It may be over before its id was known.
    noteOrLog(call)
  }
}
