import type { SrtpKey, SrtpSuite } from './media.ts'

/** `a=crypto` of RFC 4568: a key that its writer sends with, under a number that the answer repeats. */
export interface CryptoAttribute {
  readonly tag: number
  readonly key: SrtpKey
}

/** Best first. The short tag saves 6 octets of a packet and is easier to forge. */
export const suites: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']

/** tag, suite, key parameters, session parameters (§9.1). */
const attribute = /^(\d{1,9}) +(\S+) +(\S+)((?: +\S+)*) *$/
/** 30 octets in base64, a lifetime, a key identifier with its length (§6.1). */
const inline = /^inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^\d{1,2}|\d{1,15}))?(?:\|\d{1,39}:(\d{1,3}))?$/i

/**
 * The value of one `a=crypto`. `undefined` where we cannot use it: another suite, several keys, or a session parameter that
 * changes what packets look like (§6.3). Only those that begin with `-`, and the window's size, may be passed by.
 */
export function readCrypto(value: string): CryptoAttribute | undefined {
  const [, tag, name, keys, session = ''] = attribute.exec(value) ?? []
  if (tag === undefined || name === undefined || keys === undefined) return undefined
  const suite = suites.find((known) => known === name.toUpperCase())
  const [, keySalt, mki] = inline.exec(keys) ?? []
  if (suite === undefined || keySalt === undefined) return undefined
  const known = session.split(' ').filter((parameter) => parameter !== '')
  if (!known.every((parameter) => parameter.startsWith('-') || /^WSH=\d{2,}$/i.test(parameter))) return undefined
  if (mki === undefined) return { tag: Number(tag), key: { suite, keySalt } }
  const octets = Number(mki)
  if (octets < 1 || octets > 128) return undefined
  return { tag: Number(tag), key: { suite, keySalt, mki: octets } }
}

/** The keys that two descriptions agree on: the answer names one of the offer by its tag and suite (§5.1.2). */
export function agreedKeys(
  local: readonly CryptoAttribute[] | undefined,
  remote: readonly CryptoAttribute[] | undefined,
): { readonly tag: number; readonly send: SrtpKey; readonly receive: SrtpKey } | undefined {
  for (const { tag, key } of local ?? []) {
    const theirs = remote?.find((other) => other.tag === tag && other.key.suite === key.suite)
    if (theirs !== undefined) return { tag, send: key, receive: theirs.key }
  }
  return undefined
}
