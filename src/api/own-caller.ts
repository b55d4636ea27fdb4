import type { Address } from '../phone/address.ts'
import { rentedNumbers } from '../store/numbers.ts'
import type { Db } from '../store/store.ts'

/** Whether calls of this site may show this as their caller: an extension, or a number that is rented here. */
export async function isOwnCaller(db: Db, address: Address, usernames: ReadonlySet<string>): Promise<boolean> {
  switch (address.kind) {
    case 'number':
      return (await rentedNumbers(db)).some(({ e164 }) => e164 === address.e164)
    case 'extension':
      return usernames.has(address.username)
    case 'uri':
    case 'anonymous':
      return false
  }
}

/** The number that stands for the site where none is named; `undefined` where none is rented. */
export async function firstNumber(db: Db): Promise<Address | undefined> {
  const [first] = await rentedNumbers(db)
  return first === undefined ? undefined : { kind: 'number', e164: first.e164, raw: first.e164 }
}
