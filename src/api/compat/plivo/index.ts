import type { Authenticator } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { registerApplications } from './application.ts'
import { registerCalls } from './call.ts'
import { registerConferences } from './conference.ts'
import { answerUnknown, guardDoor } from './door.ts'
import { registerEndpoints } from './endpoint.ts'
import { registerLiveCalls } from './live-call.ts'
import { registerMessages } from './message.ts'
import { registerNumbers } from './number.ts'
import { registerRecordings } from './recording.ts'

/** The REST interface that programs written for the XML dialect expect. It only translates: what it does is done by our own. */
export async function registerPlivo(
  app: Api,
  options: ApiOptions,
  authenticator: Authenticator,
  methodsOf: (path: string) => readonly string[],
): Promise<void> {
  // Of its own, since those who ask for what is not there need not say who they are; it only covers its prefix.
  await app.register(async (instance) => answerUnknown(instance as Api, options, { methodsOf }), {
    prefix: '/v1/Account',
  })
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
