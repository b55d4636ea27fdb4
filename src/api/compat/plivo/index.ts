import type { Authenticator } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { registerApplications } from './application.ts'
import { registerCalls } from './call.ts'
import { registerConferences } from './conference.ts'
import { guardDoor } from './door.ts'
import { registerEndpoints } from './endpoint.ts'
import { registerLiveCalls } from './live-call.ts'
import { registerMessages } from './message.ts'
import { registerNumbers } from './number.ts'
import { registerRecordings } from './recording.ts'

/** The REST interface that programs written for the XML dialect expect. It only translates: what it does is done by our own. */
export async function registerPlivo(app: Api, options: ApiOptions, authenticator: Authenticator): Promise<void> {
  await app.register(async (instance) => {
    const api = instance as Api
    guardDoor(api, options, authenticator)
    registerApplications(api, options)
    registerNumbers(api, options)
    registerEndpoints(api, options)
    const { desk } = options
    if (desk === undefined) return
    registerCalls(api, options, desk)
    registerLiveCalls(api, desk)
    registerConferences(api, desk)
    registerMessages(api, options, desk)
    registerRecordings(api, options, desk)
  })
}
