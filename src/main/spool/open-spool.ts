import { join } from 'node:path'
import type { DialerDesk } from '../../api/ports.ts'
import type { DialplanPorts } from '../../apps/dialplan/ports.ts'
import { runCallFile } from '../../apps/dialplan/run.ts'
import type { InboundApp } from '../../apps/inbound.ts'
import type { ActionKeeper } from '../../apps/keeper.ts'
import { readCodecs } from '../../apps/spool/codecs.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { StartRefused } from '../../base/start-refused.ts'
import type { Call } from '../../phone/call.ts'
import type { SpoolChoice } from '../../settings.ts'
import { lastOfCallFile, openCallFiles, type PlannedCallRow } from '../../store/planned-calls.ts'
import type { StoredCallFile } from '../../store/shapes.ts'
import type { Store } from '../../store/store.ts'
import type { Site } from '../site.ts'
import { doneDirOf } from './call-file-on-disk.ts'
import { Callees } from './callees.ts'
import { dialplanPorts } from './dialplan.ts'
import { Outgoing } from './outgoing.ts'
import { Sounds } from './sounds.ts'

export interface SpoolOptions {
  readonly choice: SpoolChoice
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly site: Site
  readonly app: InboundApp
  readonly keeper: ActionKeeper
  readonly country: string | undefined
  readonly dialer: () => Pick<DialerDesk, 'plan' | 'cancel'>
  readonly note: DialplanPorts['note']
}

export interface SpoolService {
  /** Absent where no folder is watched. */
  readonly outgoing: Outgoing | undefined
  /** What a call file says, on its answered call. */
  readonly run: (call: Call, file: StoredCallFile) => Promise<void>
  readonly leaving: (row: PlannedCallRow) => Promise<void>
  readonly over: (row: PlannedCallRow) => void
  /** @throws StartRefused where the folder cannot be read */
  readonly start: () => Promise<void>
}

/** A call rings for so long at most. */
const longestRingSeconds = 600

/** The spool of call files, and what their applications do. */
export function openSpool(options: SpoolOptions): SpoolService {
  const { choice, store, clock, log, site, country, app, keeper, note, dialer } = options
  const { contexts } = choice
  const callees = new Callees({ site, country, contexts })
  const cache = join(store.dataFolder, 'prompts', 'sounds')
  const sounds = new Sounds({ folder: choice.sounds, cache, log })
  const ports = dialplanPorts({ ...{ db: store.db, clock, app, keeper, note, callees, sounds, contexts } })
  const { folder } = choice
  const outgoing =
    folder === undefined
      ? undefined
      : new Outgoing({
          ...{ spoolDir: folder, doneDir: doneDirOf(folder), clock, log },
          read: async ({ channel, callerId, waitTime, account, codecs: named, earlyMedia }, work) => {
            if (channel === undefined) return 'it has no channel'
            const parties = await callees.parties(`${channel.technology}/${channel.destination}`, callerId)
            if (typeof parties === 'string') return parties
            const seconds = Math.min(longestRingSeconds, waitTime)
            const { to, from, trunk } = parties
            const codecs = readCodecs(named ?? '')
            const more = { ...(trunk === undefined ? {} : { trunk }), ...(codecs === undefined ? {} : { codecs }) }
            // As Asterisk has it, an application begins at the answer.
            const early = earlyMedia && work.action.kind === 'context'
            const does = { ...work, ...more, ...(early ? { early } : {}) }
            return { to, from, seconds, work: does, retry: {}, priority: 0, ...(account ? { account } : {}) }
          },
          plan: (call) => dialer().plan(call),
          cancel: (id) => dialer().cancel(id),
          open: () => openCallFiles(store.db),
          lastOf: (path) => lastOfCallFile(store.db, path),
        })
  return {
    outgoing,
    run: (call, file) => runCallFile(call, file, ports),
    leaving: async (row) => await outgoing?.leaving(row),
    over: (row) => outgoing?.over(row),
    start: async () => {
      try {
        await outgoing?.start()
      } catch (error) {
        throw new StartRefused(`OFFHOOK_SPOOL: the folder ${folder} cannot be read: ${(error as Error).message}.`)
      }
    },
  }
}
