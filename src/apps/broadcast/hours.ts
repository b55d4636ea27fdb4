import { nextOpen } from '../../phone/hours.ts'
import { zonesOf } from '../../phone/zone.ts'
import type { CallHours } from '../dialer/rules.ts'

/**
 * When a contact may be texted or called next; `undefined`: not within eight days.
 * @param zone of the contact, where it is known; else that of the number counts. @param at milliseconds since 1970
 */
export function nextFor(
  hours: CallHours | undefined,
  { phone, zone }: { readonly phone: string; readonly zone: string | null },
  at: number,
): number | undefined {
  return hours === undefined ? at : nextOpen(hours, zonesFor(hours, { phone, zone }), at)
}

export function zonesFor(
  { zone: given }: Pick<CallHours, 'zone'>,
  { phone, zone }: { readonly phone: string; readonly zone: string | null },
): readonly string[] {
  const known = given ?? zone
  if (known !== null && known !== undefined) return [known]
  const zones = zonesOf(phone)
  return zones.length > 0 ? zones : [Intl.DateTimeFormat().resolvedOptions().timeZone]
}
