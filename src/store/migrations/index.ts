import { sql as first } from './0001-first.ts'
import { sql as actions } from './0002-actions.ts'
import { sql as webhooks } from './0003-webhooks.ts'
import { sql as applications } from './0004-applications.ts'
import { sql as flows } from './0006-flows.ts'
import { sql as documents } from './0007-documents.ts'
import { sql as menus } from './0008-menus.ts'
import { sql as srtp } from './0011-srtp.ts'
import { sql as phoneai } from './0012-phoneai.ts'
import { sql as scans } from './0013-scans.ts'
import { sql as connections } from './0014-connections.ts'
import { sql as dialect } from './0015-dialect.ts'
import { sql as textsOnly } from './0029-texts-only.ts'
import { sql as pendingEnds } from './0017-pending-ends.ts'
import { sql as carrierRefs } from './0018-carrier-refs.ts'
import { sql as trunkCallerId } from './0019-trunk-caller-id.ts'
import { sql as offers } from './0021-offers.ts'
import { sql as dialer } from './0022-dialer.ts'
import { sql as numberTexts } from './0031-number-texts.ts'
import { sql as texts } from './0023-texts.ts'
import { sql as scanSounds } from './0025-scan-sounds.ts'
import { sql as ussd } from './0026-ussd.ts'
import { sql as oneScan } from './0027-one-scan.ts'
import { sql as voiceMessages } from './0030-voice-messages.ts'
import { sql as webhookFallbacks } from './0019-webhook-fallbacks.ts'
import { sql as cdrs } from './0028-cdrs.ts'
import { sql as contacts } from './0032-contacts.ts'
import { sql as broadcasts } from './0033-broadcasts.ts'
import { sql as mail } from './0034-mail.ts'
import { sql as numberEngine } from './0035-number-engine.ts'
import { sql as broadcastRounds } from './0036-broadcast-rounds.ts'

/** In order. A migration that was released is never changed; a later one mends it. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: '0001-first', sql: first },
  { name: '0002-actions', sql: actions },
  { name: '0003-webhooks', sql: webhooks },
  { name: '0004-applications', sql: applications },
  { name: '0006-flows', sql: flows },
  { name: '0007-documents', sql: documents },
  { name: '0008-menus', sql: menus },
  { name: '0011-srtp', sql: srtp },
  { name: '0012-phoneai', sql: phoneai },
  { name: '0013-scans', sql: scans },
  { name: '0014-connections', sql: connections },
  { name: '0015-dialect', sql: dialect },
  { name: '0029-texts-only', sql: textsOnly },
  { name: '0017-pending-ends', sql: pendingEnds },
  { name: '0018-carrier-refs', sql: carrierRefs },
  { name: '0019-trunk-caller-id', sql: trunkCallerId },
  { name: '0021-offers', sql: offers },
  { name: '0022-dialer', sql: dialer },
  { name: '0019-webhook-fallbacks', sql: webhookFallbacks },
  { name: '0023-texts', sql: texts },
  { name: '0025-scan-sounds', sql: scanSounds },
  { name: '0026-ussd', sql: ussd },
  { name: '0027-one-scan', sql: oneScan },
  { name: '0028-cdrs', sql: cdrs },
  { name: '0030-voice-messages', sql: voiceMessages },
  { name: '0031-number-texts', sql: numberTexts },
  { name: '0032-contacts', sql: contacts },
  { name: '0033-broadcasts', sql: broadcasts },
  { name: '0034-mail', sql: mail },
  { name: '0035-number-engine', sql: numberEngine },
  { name: '0036-broadcast-rounds', sql: broadcastRounds },
]
