/** Escapes what may not stand in the user part of a SIP URI (RFC 3261 §25.1: unreserved and user-unreserved stay). */
export function userPart(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/gu, (c) =>
    [...Buffer.from(c)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
