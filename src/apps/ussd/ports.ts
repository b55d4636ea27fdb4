import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { ScreenKeys } from '../../menu/ussd/screen.ts'
import type { UssdState } from '../../menu/ussd/session.ts'
import type { Address } from '../../phone/address.ts'
import type { UssdRequest } from '../../phone/ussd.ts'
import type { HeldMenu } from '../menu/ports.ts'

/** A service code and what answers it. */
export interface UssdCode {
  readonly id: string
  /** `*384*303#` */
  readonly code: string
  readonly by: { readonly kind: 'menu'; readonly menu: string } | { readonly kind: 'program'; readonly url: string }
  /** Of one reply, with what the gateway writes before it. */
  readonly characters: number
  /** From one request of a session to its next. */
  readonly seconds: number
  readonly keys: ScreenKeys
}

/** Where a session stands between two requests. */
export type UssdPosition =
  | ({ readonly kind: 'menu' } & UssdState)
  /** `typed`: what the program was told. `ends`: its last text is being read. */
  | ({ readonly kind: 'program'; readonly typed: readonly string[]; readonly ends: boolean } & Omit<UssdState, 'menu'>)

export interface HeldUssdSession {
  readonly id: string
  /** Absent once it is over. */
  readonly at: UssdPosition | undefined
  /** All that was typed, joined by stars. */
  readonly heard: string
  /** The last screen. */
  readonly reply: string
  readonly ends: boolean
  /** Requests until now. */
  readonly hops: number
  /** Why it was ended, where no menu and no program did. */
  readonly reason: string | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly expiresAt: number
}

/** What somebody chose by text, as webhooks are told it. */
export interface UssdChoice {
  readonly session: string
  readonly menu: string
  readonly at: string
  readonly key?: string
  readonly label?: string
  readonly caller: string
  /** The service code. */
  readonly number: string
}

export interface UssdPorts {
  readonly log: Logger
  readonly clock: Clock
  code(code: string): Promise<UssdCode | undefined>
  menu(id: string): Promise<HeldMenu | undefined>
  find(request: UssdRequest): Promise<HeldUssdSession | undefined>
  put(request: UssdRequest, session: HeldUssdSession): Promise<void>
  hasExtension(username: string): Promise<boolean>
  /** A number whose calls the menu takes. */
  numberOf(menu: string): Promise<string | undefined>
  /** Whom a menu names; `undefined` for nobody, or for one who may not be called. */
  address(text: string): Promise<Address | undefined>
  /** Rings the phone, then the other. Rejects with a `Problem` where that cannot be. */
  callBack(phone: string, to: Address): Promise<void>
  /** Queues a text; from the service itself where no number is given. Rejects with a `Problem` where nobody is there to get it. */
  sendText(from: string | undefined, to: string, text: string): Promise<void>
  /** Queues a request to a URL of the menu. */
  tell(url: string, choice: UssdChoice): Promise<void>
  /** What a program answers to all that was typed. @throws where nothing usable comes from there */
  ask(code: UssdCode, url: string, request: UssdRequest): Promise<string>
}
