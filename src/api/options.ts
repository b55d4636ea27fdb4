import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { NumberInventory } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { RecordingRow } from '../store/recordings.ts'
import type { Store } from '../store/store.ts'
import type { GatewayRule } from './compat/africas-talking/door.ts'
import type { BlocksOptions } from './compat/blocks/routes.ts'
import type { DocumentDesk } from './compat/plivo/ports.ts'
import type {
  BroadcastDesk,
  CarrierDoor,
  ConnectionDesk,
  DialerDesk,
  GatewayDesk,
  Phone,
  ScanDesk,
  TextDesk,
  UssdAnswers,
  VoiceDoor,
  WebhookDesk,
} from './ports.ts'

/** What the API stands on; `main.ts` gives it. */
export interface ApiOptions {
  readonly store: Store
  readonly phone: Phone
  readonly webhooks: WebhookDesk
  readonly numbers: NumberInventory
  readonly texts: TextDesk
  readonly bus: Bus<ServiceEvent>
  readonly clock: Clock
  readonly log: Logger
  /** Closing it ends streams and the server. */
  readonly scope: Scope
  /** Digest realm; a password is kept as HA1 of it, so another realm makes every password void. */
  readonly realm: string
  /** Country of numbers written without country code. */
  readonly country: string | undefined
  /** Base of links for people, no slash at its end. A function: with port 0 it is known once the server listens. */
  readonly publicUrl: () => string
  /** Days that a link to a recording works unless it is asked for otherwise. */
  readonly linkDays: number
  readonly version: string
  /** Resolves when the MP3 of a recording stands beside it. @throws Problem `not_found` */
  makeMp3(recording: RecordingRow): Promise<void>
  /** Whether copies of voicemails can be sent by mail. */
  readonly mails: boolean
  /** The REST interface of the XML dialect; it drives no calls without it. */
  readonly desk?: DocumentDesk
  /** Scans of phone menus; there are none without it. */
  readonly scans?: ScanDesk
  /** Planned calls, schedules and the rules about them; there are none without it. */
  readonly dialer?: DialerDesk
  /** Calls through phone menus; there are none without it. */
  readonly connections?: ConnectionDesk
  /** Who may post as a gateway; nobody without it. */
  readonly gateways?: GatewayRule
  /** What gateways tell and ask about texts and calls; nothing is taken without it. */
  readonly gatewayDesk?: GatewayDesk
  /** Menus by text; there are none without it. */
  readonly ussd?: UssdAnswers
  /** Messages to many; there are none without it. */
  readonly broadcasts?: BroadcastDesk
  /** Where other companies post; they may not without it. */
  readonly carrierDoor?: CarrierDoor
  /** Where companies ask about calls that they carry; they may not without it. */
  readonly voiceDoor?: VoiceDoor
  /** The block API; there is none without it. */
  readonly blocks?: Pick<BlocksOptions, 'sessions' | 'checkNotifyUrl'>
}

export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>
