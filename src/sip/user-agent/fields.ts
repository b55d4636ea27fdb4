import type { NameAddr } from '../message/message.ts'
import { formatNameAddr } from '../message/name-addr.ts'
import { parseUri, type Uri } from '../message/uri.ts'

/** @throws TypeError that names the field where the text is no URI, or one of a scheme that we do not know */
export function uriOf(text: string, field: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined || uri.scheme === 'other')
    throw new TypeError(`${field}: ${JSON.stringify(text)} is not a SIP URI`)
  return uri
}

/** Nothing that a user gave can begin a header of its own: it is written once here, where the fault can still be named. */
export function checked(value: NameAddr, field: string): NameAddr {
  let text: string
  try {
    text = formatNameAddr(value)
  } catch (error) {
    throw new TypeError(`${field}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (/\p{Cc}/u.test(text)) throw new TypeError(`${field}: it has control characters`)
  return value
}
