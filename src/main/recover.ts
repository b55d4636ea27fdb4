import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { MediaError, repairWav, speechMsOf } from '../media/index.ts'
import { type EndCode, endCodes, endOf, type ReasonLink } from '../phone/reason.ts'
import { interruptActions } from '../store/actions.ts'
import { callEventsOf, endCall, openCalls } from '../store/calls.ts'
import { finishRecording, openRecordings } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import { voicemailOfRecording } from '../store/voicemails.ts'
import type { FinishedRecording, StoreMailbox } from './mailbox.ts'

export interface RecoverOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly mailbox: StoreMailbox
}

/** Ends what a killed service left open: its calls get a reason, its recordings a whole header and their announcement. */
export async function recover({ store, clock, log, mailbox }: RecoverOptions): Promise<void> {
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
  for (const call of await openCalls(store.db)) {
    const last = (await callEventsOf(store.db, call.id)).at(-1)
    const code: EndCode = 'interrupted'
    const link: ReasonLink = {
      at: last?.at.getTime() ?? clock.wall(),
      by: 'service',
      code,
      q850: endCodes[code].q850,
      sentence: 'the service was killed while the call was up; what was recorded until then is kept',
    }
    await endCall(store.db, call.id, endOf(link, [link]))
    log.info({ call: call.id }, 'a call that was cut off is closed')
  }
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
