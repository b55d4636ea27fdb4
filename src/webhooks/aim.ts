import type { DeliveryRow } from '../store/webhook-deliveries.ts'
import type { Endpoint } from './endpoints.ts'
import type { Secrets } from './secrets.ts'

/** A subscribed one goes where its webhook is now, signed with the secrets of now. */
export function aimedAt(
  { url, fallbackUrl, secrets }: Endpoint,
  row: DeliveryRow,
  wall: number,
): { readonly row: DeliveryRow; readonly secrets: Secrets } {
  const standard = secrets(wall)
  return {
    row: { ...row, fallbackUrl: fallbackUrl ?? null },
    secrets: { url, standard, ...(fallbackUrl === undefined ? {} : { fallbackUrl }) },
  }
}
