import type { Address } from '../../phone/address.ts'
import type { OfferPolicy } from '../../phone/offer.ts'
import type { SrtpPolicy } from '../../phone/srtp.ts'

/** Digest HA1 values of an extension, hex (RFC 7616 §3.4.2); passwords are nowhere kept. */
export interface ExtensionCredentials {
  readonly ha1Md5: string
  readonly ha1Sha256: string
}

export interface Trunk {
  readonly id: string
  readonly name: string
  /** `sip:host:port;transport=udp`: where calls go out and, by address, come in. */
  readonly uri: string
  readonly username?: string
  readonly password?: string
  readonly register: boolean
  /** Calls at once, in both directions, beyond which none is placed. */
  readonly maxCalls: number
  /** Further addresses that its calls come from. */
  readonly addresses: readonly string[]
  /** `allowed` unless given. */
  readonly srtp?: SrtpPolicy
  /** `early` unless given. */
  readonly offer?: OfferPolicy
}

/** What the embedded engine asks of the site. Implemented over the store; may be slow, never wrong. */
export interface Directory {
  credentials(username: string): Promise<ExtensionCredentials | undefined>
  trunks(): Promise<readonly Trunk[]>
  /** The trunk for a call out: the one of that id, that of the number it is for, of the caller's own number, else the default. */
  trunkFor(from: Address, number: string | undefined, trunk?: string): Promise<Trunk | undefined>
  /** E.164 of our numbers that go out by this trunk by choice. */
  numbersOfTrunk(trunk: string): Promise<readonly string[]>
  /** Why nobody outside may be called there: a number, or a URI with one. */
  forbids(to: Address): Promise<string | undefined>
  /** Whether the number is rented by this site. */
  owns(e164: string): Promise<boolean>
  /** `allowed` for a name that is no extension. */
  srtpOf(username: string): Promise<SrtpPolicy>
  /** The number that is the extension's own towards others: set for it, or assigned to it. */
  callerIdOf(username: string): Promise<string | undefined>
  /** The number that others see of who calls out by the trunk and has none of their own; absent: the username. */
  callerIdOfTrunk(trunk: string): Promise<string | undefined>
  /** The extension a number of ours is assigned to, so that a call to it stays in the house. */
  extensionOfNumber(e164: string): Promise<string | undefined>
}
