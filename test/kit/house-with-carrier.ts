import type { Scope } from '../../src/base/scope.ts'
import { Carrier } from './carrier.ts'
import { House } from './house.ts'

export interface HouseWithCarrier {
  readonly house: House
  readonly carrier: Carrier
  /** The trunk that leads to it; numbers outside go by it. */
  readonly trunk: { readonly id: string }
}

/** The whole service, and a carrier that takes up to 100 of its calls at once. */
export async function openHouseWithCarrier(scope: Scope): Promise<HouseWithCarrier> {
  const house = await House.open({ scope })
  const carrier = await Carrier.open(scope)
  const uri = `sip:127.0.0.1:${carrier.port}`
  const trunk = await house.service.api<{ id: string }>('POST', '/v1/trunks', {
    ...{ name: 'pstn', uri, default: true, maxCalls: 100 },
  })
  return { house, carrier, trunk }
}
