import type { Api, ApiOptions } from '../../options.ts'
import { registerCarrierHooks } from './carrier-hooks.ts'
import { registerCrawls } from './crawl.ts'
import { registerDidNumbers } from './did-numbers.ts'
import { guardDoor } from './door.ts'
import { registerExtensions } from './extensions.ts'
import { registerScanPages } from './scans.ts'
import { registerTexts } from './sms.ts'

/** The paths of the menu crawler. They only translate: what they do is done by our own. */
export async function registerPhoneai(app: Api, options: ApiOptions): Promise<void> {
  await app.register(async (instance) => {
    const api = instance as Api
    guardDoor(api, options)
    registerExtensions(api, options)
    registerDidNumbers(api, options)
    registerTexts(api, options)
    const { scans, connections, carrierDoor } = options
    if (carrierDoor !== undefined) registerCarrierHooks(api, options, carrierDoor)
    if (scans === undefined || connections === undefined) return
    registerCrawls(api, options, scans, connections)
    registerScanPages(api, options, scans)
  })
}
