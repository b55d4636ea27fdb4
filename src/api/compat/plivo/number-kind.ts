import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** The words of the dialect. */
export const numberKinds = ['local', 'tollfree', 'mobile', 'national'] as const
export type NumberKind = (typeof numberKinds)[number]

/** By the numbering plan of its country. Where lines and mobiles share their numbers, as in North America, they are local. */
export function kindOf(e164: string): NumberKind {
  switch (parsePhoneNumberFromString(e164)?.getType()) {
    case 'TOLL_FREE':
      return 'tollfree'
    case 'MOBILE':
      return 'mobile'
    case 'UAN':
    case 'SHARED_COST':
      return 'national'
    default:
      return 'local'
  }
}
