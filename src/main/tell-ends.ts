import { hangupCause } from '../apps/document/cause.ts'
import { afterEnd, hangupParams } from '../apps/document/params.ts'
import type { Params, Unfinished } from '../apps/document/ports.ts'
import { talkParams } from '../apps/document/steps/dial-notices.ts'
import { recordingParams } from '../apps/document/steps/record.ts'
import type { BlockResult, Notice, PendingNotice } from '../apps/session/notice.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { RecordingId } from '../phone/id.ts'
import type { CallEnd } from '../phone/reason.ts'
import { type CallRow, callEventsOf, getCall } from '../store/calls.ts'
import { getRecording } from '../store/recordings.ts'
import type { Store } from '../store/store.ts'
import type { OutgoingWebhook } from '../webhooks/outbox.ts'
import { callbackOf } from './document-requests.ts'
import type { PendingEnd, PendingEnds, PendingHangup, PendingPart } from './pending-ends.ts'
import { givenAway } from './session-recordings.ts'
import { notification } from './sessions.ts'

export interface TellEndsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly pending: PendingEnds
  readonly publicUrl: () => string
  readonly linkDays: number
}

/** Tells the programs that drove calls what a kill kept from them. To be run when those calls are closed and nothing rings yet. */
export async function tellEnds(options: TellEndsOptions): Promise<void> {
  const { pending, store, log } = options
  const rows = await pending.all()
  // The hangup URL of documents hears of the call last; what it is kept under is the call.
  for (const row of [
    ...rows.filter(({ id, callId }) => id !== callId),
    ...rows.filter(({ id, callId }) => id === callId),
  ]) {
    const call = row.callId
    try {
      await pending.settle(row.id, await toldOf(pending.open(row), await getCall(store.db, call), options))
      log.info({ call }, 'a program is told that its call was cut off')
    } catch (err) {
      // Others are told; this one is tried again at the next start.
      log.error({ call, err }, 'a program could not be told that its call was cut off')
    }
  }
}

async function toldOf(
  end: PendingEnd,
  call: CallRow | undefined,
  options: TellEndsOptions,
): Promise<readonly OutgoingWebhook[]> {
  switch (end.dialect) {
    case 'blocks':
      return [await lastNotice(end.value, end.keptAt, call, options)]
    case 'documents':
      if ('unfinished' in end.value) return cutOffRequests(end.value, end.call, call, end.keptAt, options)
      return call === undefined ? [] : hangupRequest(end.value, call)
  }
}

/** @param row absent where it was killed before its row was written */
async function cutOffRequests(
  { unfinished: { told, recording }, ...author }: PendingPart,
  call: string,
  row: CallRow | undefined,
  keptAt: number,
  { store }: TellEndsOptions,
): Promise<readonly OutgoingWebhook[]> {
  const at = row?.endedAt?.getTime() ?? keptAt
  const common = (params: Params): Params => (row === undefined || row.end === null ? params : afterRow(params, row))
  const became = recording === undefined ? [] : await whatBecameOf(recording, store)
  if (became === undefined) return []
  return told.map(({ target, params, talkSince }) => {
    const talk = talkSince === undefined ? [] : talkParams(Math.max(0, Math.round((at - talkSince) / 1000)))
    return callbackOf(target, [...common(params), ...became, ...talk], call, author)
  })
}

const afterRow = (params: Params, row: CallRow): Params =>
  afterEnd(params, { ...partiesOf(row), ...timesOf(row) }, row.end as CallEnd)

const partiesOf = ({ direction, from, to }: CallRow) => ({ direction, from, to })

const timesOf = ({ startedAt, answeredAt }: CallRow) => ({
  startedAt: startedAt.getTime(),
  answeredAt: answeredAt?.getTime(),
})

/** `undefined` where there is nothing that could be told of. */
async function whatBecameOf(
  { id, url, startedAt, onlySpeech }: NonNullable<Unfinished['recording']>,
  { db }: Store,
): Promise<Params | undefined> {
  const row = await getRecording(db, id)
  if (row?.state !== 'kept' || row.ms === 0 || (onlySpeech && row.speechMs === 0)) return undefined
  return recordingParams(id, url, row, startedAt)
}

/** @param call absent where it was killed before its row was written */
async function lastNotice(
  { url, notice, recording }: PendingNotice,
  keptAt: number,
  call: CallRow | undefined,
  options: TellEndsOptions,
): Promise<OutgoingWebhook> {
  const at = call?.endedAt?.getTime() ?? keptAt
  const answeredAt = call?.answeredAt?.getTime()
  const ended = { at, seconds: answeredAt === undefined ? 0 : Math.max(0, at - answeredAt) / 1000 }
  const whole: Notice = { ...notice, ended, result: await resultOf(notice.result, keptAt, call, recording, options) }
  return notification(url, whole)
}

async function resultOf(
  result: BlockResult,
  keptAt: number,
  call: CallRow | undefined,
  recording: RecordingId | undefined,
  options: TellEndsOptions,
): Promise<BlockResult> {
  const { db } = options.store
  if (recording !== undefined && (result.block === 'record' || result.block === 'monitor')) {
    const row = await getRecording(db, recording)
    const heard = row?.state === 'kept' && row.ms > 0
    return heard ? { ...result, recordUrl: await givenAway(options, recording) } : result
  }
  if (result.block !== 'transfer' || result.status !== 'unanswered' || call === undefined) return result
  const since = (await callEventsOf(db, call.id)).filter((event) => event.at.getTime() >= keptAt)
  const talked = since.some(({ kind }) => kind === 'bridged' || kind === 'room')
  return talked ? { ...result, status: 'answered' } : result
}

/** None where the call has no end: it is told by whoever ends it. */
function hangupRequest({ url, method, ...author }: PendingHangup, row: CallRow): readonly OutgoingWebhook[] {
  if (row.end === null) return []
  const call = { id: row.id as `call_${string}`, ...partiesOf(row), ...timesOf(row) }
  const end = row.end as CallEnd
  const params = hangupParams(call, end, hangupCause(end, undefined))
  return [callbackOf({ url, method }, params, row.id, author)]
}
