import { z } from 'zod'
import { Problem } from '../../../phone/problem.ts'
import type { Api, ApiOptions } from '../../options.ts'
import type { CarrierDoor } from '../../ports.ts'
import { bothOf, refuse } from './door.ts'

const params = z.object({ key: z.string().max(256) })
const query = z.object({ message: z.string().max(64).optional() })

/** Where Flowroute posts texts that come in, and reports on those that went out. Its requests are not signed, so the path holds a secret. */
export function registerCarrierHooks(
  app: Api,
  { log, publicUrl }: Pick<ApiOptions, 'log' | 'publicUrl'>,
  carrier: CarrierDoor,
): void {
  const door = { config: { need: 'public' as const }, schema: { hide: true, params, querystring: query } }
  for (const [name, kind] of [
    ['sms/incoming/:key', 'texts'],
    ['sms/callback/:key', 'reports'],
  ] as const) {
    for (const path of bothOf(name)) {
      app.post(path, door, async (request) => {
        const taken = await carrier.take({
          ...{ carrier: 'flowroute', kind, secret: request.params.key, pairs: [], header: () => undefined },
          ...{ url: `${publicUrl()}${request.url}`, body: request.body },
        })
        switch (taken) {
          case 'taken':
            return { status: 'ok' }
          case 'not_allowed':
            throw new Problem('not_found', 'There is no such path.')
          case 'not_understood':
            log.warn({ route: name }, 'a carrier posted something that is not understood')
            throw refuse('non_field_errors', 'This is neither a text nor a report on one.')
        }
      })
    }
  }
}
