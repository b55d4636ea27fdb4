import type { DialBlock, NextBlock } from '../../../apps/session/block.ts'
import { type BlockError, BlockRefused } from '../../../apps/session/status.ts'
import { defined } from '../../defined.ts'
import { readMessage } from './message.ts'

/** The parameters of one request; a name comes once. */
export type Parameters = Readonly<Record<string, string>>

const mostTag = 256
const mostUrl = 4000
/** As long as a recording may be: `RecordOptions.maxSeconds`. */
const mostRecordSeconds = 7200
const mostTalkSeconds = 86_400
/** What a missing parameter means. */
const defaults = { maxDigits: 0, timeoutSeconds: 15, attempts: 1, recordSeconds: 120, ringSeconds: 60 }

export interface Credentials {
  readonly appId: string
  readonly accessToken: string
}

/** @throws BlockRefused */
export function readCredentials(given: Parameters): Credentials {
  const { app_id: appId, access_token: accessToken } = given
  if (!appId) throw new BlockRefused('error_app_id_param_missing')
  if (!accessToken) throw new BlockRefused('error_access_token_param_missing')
  return { appId, accessToken }
}

/** @throws BlockRefused */
export function readSession({ session }: Parameters): string {
  if (!session) throw new BlockRefused('error_session_param_missing')
  // Ours look so; what does not is none of ours.
  if (!/^S[0-9a-z]{24}$/.test(session)) throw new BlockRefused('error_invalid_session')
  return session
}

/** @throws BlockRefused */
export function readDial(given: Parameters): DialBlock {
  return defined({
    kind: 'dial',
    dest: needed(given, 'dest', 'error_dest_param_missing'),
    callerId: given.caller_id || undefined,
    maxSeconds: whole(given.max_duration, 1, mostTalkSeconds, 'error_invalid_max_duration'),
    ringSeconds: whole(given.ringtime, 1, 600, 'error_malformed_params') ?? defaults.ringSeconds,
    ...common(given),
  } as const)
}

/** Reads the parameters of a block of a session, all but `session` itself. @throws BlockRefused */
export function readNext(kind: NextBlock['kind'], given: Parameters): NextBlock {
  switch (kind) {
    case 'play':
    case 'hold':
      return defined({ kind, ...common(given) })
    case 'gather':
      return defined({
        kind,
        ...common(given),
        notifyUrl: neededUrl(given),
        maxDigits: whole(given.max_digits, 0, 255, 'error_invalid_max_digits') ?? defaults.maxDigits,
        timeoutSeconds: whole(given.timeout, 1, 3600, 'error_invalid_timeout') ?? defaults.timeoutSeconds,
        attempts: whole(given.attempts, 1, 100, 'error_invalid_attempts') ?? defaults.attempts,
      })
    case 'record':
      return defined({
        kind,
        ...common(given),
        notifyUrl: neededUrl(given),
        maxSeconds:
          whole(given.max_duration, 1, mostRecordSeconds, 'error_invalid_max_duration') ?? defaults.recordSeconds,
      })
    case 'monitor':
      return defined({
        kind,
        ...common(given),
        notifyUrl: neededUrl(given),
        monitorNotifyUrl: url(given.monitor_notify_url),
      })
    case 'unhold': {
      const { message: _, ...rest } = common({ ...given, msg: undefined })
      return defined({ kind, ...rest })
    }
    case 'transfer':
      return defined({
        kind,
        ...common(given),
        dest: destination(given),
        callerId: given.caller_id || undefined,
        onFailure: onFailure(given.on_failure),
      })
    case 'hangup':
      return hangup(given)
  }
}

function hangup(given: Parameters): NextBlock {
  const { force } = given
  if (force !== undefined && force !== '' && force !== 'enabled' && force !== 'disabled') {
    throw new BlockRefused('error_malformed_params', 'force takes enabled or disabled')
  }
  const forced = force === 'enabled'
  if (forced && given.msg) throw new BlockRefused('error_malformed_params', 'msg has no place beside force')
  return defined({ kind: 'hangup', ...common(given), force: forced })
}

function destination(given: Parameters): string {
  const dest = needed(given, 'dest', 'error_dest_param_missing')
  // A room's name goes into a path and a log; a new room is asked for by an empty one.
  if (/^room:/i.test(dest) && !/^room:[A-Za-z0-9_-]{0,64}$/i.test(dest)) throw new BlockRefused('error_invalid_room')
  return dest
}

function onFailure(text: string | undefined): 'hangup' | 'continue' {
  if (text === undefined || text === '') return 'hangup'
  if (text === 'hangup' || text === 'continue') return text
  throw new BlockRefused('error_on_failure_invalid')
}

type Given = Readonly<Record<string, string | undefined>>

function common(given: Given) {
  const { msg, tag } = given
  if (tag !== undefined && [...tag].length > mostTag) throw new BlockRefused('error_tag_invalid_length')
  return {
    message: msg === undefined ? undefined : readMessage(msg),
    tag: tag || undefined,
    notifyUrl: url(given.notify_url),
  }
}

function needed(given: Parameters, name: string, missing: BlockError): string {
  // A plus that was not escaped is a space in a form.
  const value = given[name]?.replace(/^ (?=[0-9])/, '+').trim()
  if (!value) throw new BlockRefused(missing)
  return value
}

function neededUrl(given: Parameters): string {
  const found = url(given.notify_url)
  if (found === undefined) throw new BlockRefused('error_notify_url_param_missing')
  return found
}

/** As it was written: what an application put into the query is its own. */
function url(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const parsed = text.length <= mostUrl && URL.canParse(text) ? new URL(text) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new BlockRefused('error_invalid_notify_url')
  return text
}

function whole(text: string | undefined, least: number, most: number, wrong: BlockError): number | undefined {
  if (text === undefined || text === '') return undefined
  const value = /^[0-9]{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) throw new BlockRefused(wrong)
  return value
}
