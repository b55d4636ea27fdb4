import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Dialog } from '../dialog/dialog.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { Flow, NameAddr, SipRequest } from '../message/message.ts'
import type { Uri } from '../message/uri.ts'
import type { TimerPolicy } from '../session-timer/terms.ts'
import type { ServerTransaction, Target, TransactionLayer } from '../transaction/layer.ts'
import type { Times } from '../transaction/timers.ts'
import type { Reply } from './options.ts'
import type { Session } from './session.ts'

/** What sessions see of their user agent. */
export interface SessionHost {
  readonly layer: TransactionLayer
  readonly clock: Clock
  readonly times: Times
  readonly log: Logger
  readonly sessionTimer: TimerPolicy
  /** Our Contact as that side can reach it; see `contactToward`. */
  contact(target: Target | Flow, secure: boolean): NameAddr
  locate(uri: Uri): Promise<Target>
  /** Entries of every request and answer of ours: User-Agent or Server, and Allow. */
  readonly common: { readonly request: HeaderEntries; readonly response: HeaderEntries }
  /** `Supported`, for requests that make or change a session and their answers. */
  readonly extensions: readonly (readonly [string, string])[]
  respond(transaction: ServerTransaction, status: number, parts?: Reply & { readonly contact?: NameAddr }): void
  /** Requests in a dialog that sessions do not know: OPTIONS, MESSAGE, what has no handler. */
  outside(transaction: ServerTransaction): void
  /** Makes the session reachable under a dialog key; the function returned undoes it. */
  enter(key: string, session: DialogUser): () => void
}

/** Gets what comes in for one dialog. */
export interface DialogUser extends Session {
  received(transaction: ServerTransaction): void
  acked(ack: SipRequest): void
  flowClosed(flow: Flow): void
  readonly over: boolean
  /** Its dialog with the other side of that tag: a forked INVITE of ours has several early ones. */
  dialogWith(remoteTag: string): Dialog | undefined
  readonly farewell: Promise<void> | undefined
}
