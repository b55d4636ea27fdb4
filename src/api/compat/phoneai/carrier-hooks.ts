import { z } from 'zod'
import { Problem } from '../../../phone/problem.ts'
import type { Api, ApiOptions } from '../../options.ts'
import type { CarrierHooks } from '../../ports.ts'
import { bothOf, refuse } from './door.ts'

const params = z.object({ key: z.string().max(256) })
const query = z.object({ message: z.string().max(64).optional() })

/** Where Flowroute posts texts that come in, and reports on those that went out. Its requests are not signed, so the path holds a secret. */
export function registerCarrierHooks(app: Api, { log }: Pick<ApiOptions, 'log'>, hooks: CarrierHooks): void {
  const door = { config: { need: 'public' as const }, schema: { hide: true, params, querystring: query } }
  for (const [name, take] of [
    ['sms/incoming/:key', (body: unknown) => hooks.received(body)],
    ['sms/callback/:key', (body: unknown, message: string | undefined) => hooks.reported(body, message)],
  ] as const) {
    for (const path of bothOf(name)) {
      app.post(path, door, async (request) => {
        if (!hooks.allows(request.params.key)) throw new Problem('not_found', 'There is no such path.')
        if (await take(request.body, request.query.message)) return { status: 'ok' }
        log.warn({ route: name }, 'a carrier posted something that is not understood')
        throw refuse('non_field_errors', 'This is neither a text nor a report on one.')
      })
    }
  }
}
