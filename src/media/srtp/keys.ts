import { MediaError, type SrtpKey } from '../plane.ts'
import { CounterMode, deriveKey, SALT } from './counter-mode.ts'
import { DIGEST, HmacSha1 } from './hmac-sha1.ts'

/** Octets of a master key with its salt (RFC 4568 §6.2). */
export const KEY_SALT = 30
const KEY = 16
/** Nothing longer comes through a socket of ours, or goes out by one. */
const MOST = 2048

export interface PacketKeys {
  readonly cipher: CounterMode
  readonly hmac: HmacSha1
  /** Octets of the authentication tag. */
  readonly tag: number
}

/** The session keys of one direction (RFC 3711 §4.3). @throws MediaError `bad-remote` naming the field */
export function sessionKeys({ suite, keySalt }: SrtpKey): { readonly rtp: PacketKeys; readonly rtcp: PacketKeys } {
  const all = Buffer.from(keySalt, 'base64')
  if (all.length !== KEY_SALT)
    throw new MediaError('bad-remote', `srtp: a key of ${all.length} octets is not one of ${KEY_SALT}`)
  const key = all.subarray(0, KEY)
  const salt = all.subarray(KEY)
  const make = (label: number, tag: number): PacketKeys => ({
    cipher: new CounterMode(deriveKey(key, salt, label, KEY), deriveKey(key, salt, label + 2, SALT), MOST),
    hmac: new HmacSha1(deriveKey(key, salt, label + 1, DIGEST)),
    tag,
  })
  // RTCP keeps the long tag in both suites (RFC 4568 §6.2.2).
  return { rtp: make(0, suite === 'AES_CM_128_HMAC_SHA1_32' ? 4 : 10), rtcp: make(3, 10) }
}
