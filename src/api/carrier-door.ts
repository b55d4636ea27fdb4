import { z } from 'zod'
import { Problem } from '../phone/problem.ts'
import type { Api, ApiOptions } from './options.ts'
import type { CarrierDoor } from './ports.ts'

const params = z.object({ carrier: z.string().max(40), kind: z.string().max(256) })
const json = z.record(z.string(), z.unknown())

/** Where companies post texts that come in, and what became of those that went out. */
export async function registerCarrierDoor(app: Api, { log, publicUrl }: ApiOptions, door: CarrierDoor): Promise<void> {
  await app.register(async (instance) => {
    const scoped = instance as Api
    const form = { parseAs: 'string' as const }
    scoped.addContentTypeParser('application/x-www-form-urlencoded', form, (_request, text, done) =>
      done(null, new URLSearchParams(String(text))),
    )
    const route = { config: { need: 'public' as const }, schema: { hide: true, params } }
    scoped.post('/carriers/:carrier/:kind', route, async (request) => {
      const { carrier, kind } = request.params
      const { body, headers } = request
      const pairs = body instanceof URLSearchParams ? [...body] : []
      const header = (name: string): string | undefined => [headers[name]].flat()[0]
      const taken = await door.take({
        ...{ carrier, kind, pairs, header },
        // As the carrier was told it: signatures are made of it.
        url: `${publicUrl()}${request.url}`,
        body: body instanceof URLSearchParams ? Object.fromEntries(body) : json.safeParse(body).data,
      })
      switch (taken) {
        case 'taken':
          return { status: 'ok' }
        case 'not_allowed':
          // The same as for paths that there are not, so that nobody learns which secrets are near.
          log.warn({ carrier }, 'something was posted in the name of a carrier without its secret or signature')
          throw new Problem('not_found', 'There is no such path.')
        case 'not_understood':
          // Without the kind: it may be the secret.
          log.warn({ carrier }, 'a carrier posted something that is not understood')
          throw new Problem('invalid_request', 'This is neither a text nor a report on one.')
      }
    })
  })
}
