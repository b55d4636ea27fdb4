import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import { startMediaPlane } from '../media/index.ts'
import type { MediaPlane } from '../media/plane.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { Settings } from '../settings.ts'
import {
  openRecogniser,
  openSpeech,
  pacedRecogniser,
  type RecognitionPace,
  type SpeechRecogniser,
  type SpeechSynthesizer,
} from '../speech/index.ts'
import { makeDataFolder } from '../store/embedded/data-folder.ts'
import { refuseHeld } from '../store/embedded/folder-lock.ts'
import { openStore, type Store } from '../store/store.ts'
import { keepToken } from '../store/token-file.ts'
import { putAdminToken } from '../store/tokens.ts'
import { Cdrs } from './cdrs.ts'
import { CallJournal } from './journal.ts'
import { PendingEnds } from './pending-ends.ts'
import { checkPorts } from './ports.ts'
import { openWebhooks, type Webhooks } from './webhooks.ts'

const adminTokenId = 'tok_admin'

export interface OpenFoundations {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Logger
  readonly scope: Scope
  /** Told of what takes longer than a moment. */
  readonly progress: (sentence: string) => void
}

/** What calls and the API stand on, before there are any. */
export interface Foundations {
  readonly store: Store
  /** That of the operator. */
  readonly token: string
  readonly bus: Bus<ServiceEvent>
  readonly webhooks: Webhooks
  readonly pending: PendingEnds
  readonly cdrs: Cdrs
  readonly journal: CallJournal
  readonly plane: MediaPlane
  readonly speech: SpeechSynthesizer
  /** Absent where speech is not recognised. */
  readonly recogniser?: SpeechRecogniser
  readonly pace?: () => RecognitionPace
}

/** @throws StartRefused */
export async function openFoundations(options: OpenFoundations): Promise<Foundations> {
  const { settings, clock, log, scope, progress } = options
  const { dataFolder, databaseUrl } = settings
  makeDataFolder(dataFolder)
  refuseHeld(dataFolder)
  await checkPorts(settings)
  const store = await openStore({ databaseUrl, dataFolder, scope: scope.child('store'), log, progress })
  await mkdir(join(dataFolder, 'recordings'), { recursive: true })
  const token = settings.token ?? keepToken(dataFolder)
  await putAdminToken(store.db, adminTokenId, token, new Date(clock.wall()))

  const bus = new Bus<ServiceEvent>((err) => log.error({ err }, 'a listener of events failed'))
  const webhooks = await openWebhooks({ settings, store, clock, log, bus, scope })
  const pending = new PendingEnds({ store, clock, outbox: webhooks.outbox })
  const cdrs = new Cdrs({ db: store.db, clock, log, bus, scope })
  const journal = new CallJournal({
    ...{ db: store.db, clock, log, bus },
    atOnce: () => webhooks.endpoints.any,
    write: webhooks.writeCalls,
    closed: (call) => cdrs.closed(call),
  })
  scope.add('call journal', () => journal.close())
  const { first, last } = settings.rtpPorts
  const plane = await startMediaPlane({ scope: scope.child('media'), log, rtpPorts: { from: first, to: last } })
  const speech = await openSpeech({ folder: join(dataFolder, 'prompts'), clock, log })
  const opened = await openRecogniser({
    ...{ choice: settings.recogniser, folder: join(dataFolder, 'recogniser'), scope: scope.child('recogniser') },
    ...{ clock, log },
  })
  const recognising = opened === undefined ? {} : pacedRecogniser(opened, clock)
  return { store, token, bus, webhooks, pending, cdrs, journal, plane, speech, ...recognising }
}
