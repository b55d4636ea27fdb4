import type { TextWays } from '../../src/jobs/send-text.ts'
import type { TextCarrier } from '../../src/phone/carrier.ts'

/** Every text goes by this carrier, as fast as it comes. */
export const oneWay = (carrier: TextCarrier, name = 'company'): TextWays => ({
  wayOf: async ({ from }) => ({ kind: 'hops', hops: [{ name, carrier, from }] }),
  rateOf: () => undefined,
  reportSeconds: 3600,
})
