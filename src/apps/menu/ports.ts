import type { Logger } from '../../base/log.ts'
import type { Menu } from '../../menu/model.ts'
import type { Address } from '../../phone/address.ts'
import type { Call } from '../../phone/call.ts'
import type { Forward } from '../../phone/forward.ts'
import type { CallId } from '../../phone/id.ts'
import type { Mailbox } from '../voicemail.ts'

/** A menu as it is kept. */
export interface HeldMenu {
  readonly id: string
  readonly menu: Menu
}

/** What a caller chose, as texts and webhooks tell it. */
export interface MenuChoice {
  readonly call: CallId
  /** The id of the menu, and the name of the one in it that was heard last. */
  readonly menu: string
  readonly at: string
  /** Absent after the last attempt. */
  readonly key?: string
  readonly label?: string
  readonly caller: string
  readonly number: string
}

export interface MenuPorts {
  readonly log: Logger
  readonly mailbox: Mailbox
  hasExtension(username: string): Promise<boolean>
  forward(id: string): Promise<Forward | undefined>
  onForward(call: Call, forward: Forward): void
  /** Whom a menu names; `undefined` for nobody, or for one who may not be called. */
  address(text: string): Promise<Address | undefined>
  /** Queues a text. Rejects with a `Problem` where nobody is there to get it. */
  sendText(from: string, to: string, text: string): Promise<void>
  /** Queues a request to a URL of the menu. */
  tell(url: string, choice: MenuChoice): Promise<void>
  /** A line in the story of the call. */
  note(call: CallId, text: string): void
}
