import { type Address, readAddress } from '../../../phone/address.ts'

/** Who is meant. Numbers stand there with or without their plus, or with the space that a query makes of it. */
export function readParty(
  text: string,
  usernames: ReadonlySet<string>,
  country: string | undefined,
): Address | undefined {
  const given = text.replace(/^ (?=[1-9])/, '+')
  const plain = /^[1-9][0-9]{7,14}$/.test(given) && !usernames.has(given) ? `+${given}` : given
  return readAddress(plain, {
    isExtension: (name) => usernames.has(name),
    ...(country === undefined ? {} : { country }),
  })
}

/** Somebody who can be called or texted: extensions that are not there are nobody. */
export function readReachable(
  text: string,
  usernames: ReadonlySet<string>,
  country: string | undefined,
): Exclude<Address, { kind: 'anonymous' }> | undefined {
  const address = readParty(text, usernames, country)
  if (address === undefined || address.kind === 'anonymous') return undefined
  return address.kind === 'extension' && !usernames.has(address.username) ? undefined : address
}
