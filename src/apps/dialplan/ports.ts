import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Address } from '../../phone/address.ts'
import type { Call, TimelineEvent } from '../../phone/call.ts'
import type { Forward } from '../../phone/forward.ts'
import type { CallId } from '../../phone/id.ts'
import type { ActionKeeper } from '../keeper.ts'
import type { Mailbox } from '../voicemail.ts'
import type { Variables } from './variables.ts'

export interface DialplanPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly keeper: Pick<ActionKeeper, 'beginRecording' | 'endRecording' | 'discardRecording'>
  readonly mailbox: Mailbox
  /** A line in the story of the call. */
  note(call: CallId, text: string, data?: TimelineEvent['data']): void
  /** The WAV file of a sound, named without its ending as in `digits/1`; `undefined` where there is none. */
  sound(name: string): Promise<string | undefined>
  /** Makes a recording a sound of that name. @returns why not, where it cannot be */
  keepSound(path: string, name: string): Promise<string | undefined>
  /** Whom a channel such as `PJSIP/1001` names, or why nobody. */
  callee(channel: string): Promise<Address | string>
  /** The forward whose mailbox is called so. */
  mailboxOf(name: string): Promise<Forward | undefined>
  /** Does what a place of the dialplan is for, to the end of the call. @returns why not, where it leads nowhere */
  enter(call: Call, place: Place, variables: Variables): Promise<string | undefined>
}

export interface Place {
  readonly context: string
  readonly extension: string
  readonly priority: number
}
