import { type Address, readNumber } from '../../phone/address.ts'

/** Forms turn a plus that is not escaped into a space; some companies leave it out. */
export function addressOf(text: string, country: string | undefined): Address {
  const raw = text.trim()
  const digits = /^[1-9][0-9]{6,14}$/.test(raw) ? `+${raw}` : raw
  const e164 = readNumber(digits, country)
  if (e164 !== undefined) return { kind: 'number', e164, raw }
  if (/^sips?:[^\s<>"@]+@[^\s<>"@]+$/i.test(raw)) return { kind: 'uri', uri: raw, raw }
  return { kind: 'anonymous', raw }
}
