import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { MediaError, repairWav, speechMsOf } from '../media/index.ts'
import type { CallEvent, ServiceEvent } from '../phone/event.ts'
import type { CallId, Id } from '../phone/id.ts'
import { type EndCode, endCodes, endOf, type ReasonLink } from '../phone/reason.ts'
import { actionsOf, interruptActions } from '../store/actions.ts'
import { writeCallChanges } from '../store/call-changes.ts'
import { type CallRow, callEventsOf, openCalls } from '../store/calls.ts'
import { finishedRecordingsOf, finishRecording, openRecordings } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import { voicemailOfRecording } from '../store/voicemails.ts'
import { tellFinished } from './finish-recording.ts'
import type { FinishedRecording, StoreMailbox } from './mailbox.ts'
import type { Webhooks } from './webhooks.ts'

export interface RecoverOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly mailbox: StoreMailbox
  readonly bus: Bus<ServiceEvent>
  readonly webhooks: Pick<Webhooks, 'writeCalls' | 'queued'>
  /** Calls that were surely not sent. */
  readonly unsent: ReadonlySet<string>
}

/** Ends what a killed service left open: its calls get a reason, its recordings a whole header; whoever waits for news is told. */
export async function recover(options: RecoverOptions): Promise<void> {
  const { store, clock, log, mailbox } = options
  for (const row of await openRecordings(store.db)) {
    const result = await repaired(recordingPath(store.dataFolder, row.path), log)
    if ((await voicemailOfRecording(store.db, row.id)) !== undefined) await mailbox.finished(row.id, result)
    else await finishRecording(store.db, row.id, { ...result, finishedAt: new Date(clock.wall()) })
    log.info({ recording: row.id, ms: result.ms, state: result.state }, 'a recording that was cut off is kept')
  }
  await interruptActions(store.db, new Date(clock.wall()), {
    code: 'call_ended',
    sentence: 'the service was killed while this ran',
  })
  for (const call of await openCalls(store.db)) await close(call, options)
}

/** The end is written last: until then the next start finds the call and tells again, and nobody is told the same thing twice. */
async function close(call: CallRow, { store, clock, log, bus, webhooks, unsent }: RecoverOptions): Promise<void> {
  const { db } = store
  const id = call.id as CallId
  const at = clock.wall()
  const recorded = await finishedRecordingsOf(db, id)
  for (const { id: recording, finishedAt } of recorded) tellFinished(bus, recording, finishedAt ?? new Date(at))
  await webhooks.queued()
  for (const action of await actionsOf(db, id))
    bus.publish({ type: 'call.action', at, call: id, action: action.id as Id<'action'> })
  await webhooks.queued()

  const last = (await callEventsOf(db, id)).at(-1)
  const code: EndCode = 'interrupted'
  const link: ReasonLink = {
    // What was heard of it proves that it was up; nothing else is written while a block runs.
    at: Math.max(last?.at.getTime() ?? at, ...recorded.map(({ createdAt, ms }) => createdAt.getTime() + ms)),
    by: 'service',
    code,
    q850: endCodes[code].q850,
    sentence: unsent.has(id)
      ? 'the service was killed before the call was sent; it is placed again'
      : 'the service was killed while the call was up; what was recorded until then is kept',
  }
  const end = endOf(link, [link])
  const event: CallEvent = { type: 'call.ended', at, call: id }
  const ended: CallRow = { ...call, state: 'ended', endedAt: new Date(end.at), endCode: end.code, end: { ...end } }
  const change = { id, end: { ...end }, events: [] }
  await webhooks.writeCalls([{ event, call: ended }], (told) => writeCallChanges(db, [change], told))
  bus.publish(event)
  log.info({ call: id }, 'a call that was cut off is closed')
}

async function repaired(path: string, log: Logger): Promise<FinishedRecording> {
  try {
    const { ms } = await repairWav(path)
    return { state: 'kept', ms, speechMs: await speechMsOf(path), endedBy: 'crash' }
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    log.warn({ err: error, path }, 'a recording that was cut off cannot be read')
    return { state: 'lost', ms: 0, speechMs: 0, endedBy: 'crash' }
  }
}
