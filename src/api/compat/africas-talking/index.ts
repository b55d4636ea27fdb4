import type { Authenticator } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { registerCommunicate } from './communicate.ts'
import { guardGateway } from './door.ts'
import { registerTexts } from './texts.ts'
import { registerUssd } from './ussd.ts'

/** What gateways for texts, USSD and voice post: forms or JSON, with the names of Africa's Talking. */
export async function registerGateways(app: Api, options: ApiOptions, authenticator: Authenticator): Promise<void> {
  const { gateways, country, ussd, gatewayDesk } = options
  await app.register(async (instance) => {
    const api = instance as Api
    guardGateway(api, gateways ?? { key: undefined, allow: [] }, authenticator)
    if (ussd !== undefined) registerUssd(api, country, ussd)
    if (gatewayDesk === undefined) return
    registerTexts(api, options, gatewayDesk)
    registerCommunicate(api, options, gatewayDesk)
  })
}
