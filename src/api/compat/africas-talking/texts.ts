import type { FastifyRequest } from 'fastify'
import type { Api, ApiOptions } from '../../options.ts'
import type { GatewayDesk } from '../../ports.ts'
import { refusal } from '../../validation.ts'
import { type Posted, postedOf, wanted } from './door.ts'

/** Reports on texts that went out, and texts that came in. */
export function registerTexts(app: Api, { log }: Pick<ApiOptions, 'log'>, desk: GatewayDesk): void {
  const door = { config: { need: 'public' as const }, schema: { hide: true } }

  app.post('/dlr', door, async (request) => {
    const posted = read(request, ['id', 'status'])
    if (await desk.reported(posted)) return { status: 'ok' }
    log.warn({ request: request.id }, 'a gateway posted a report that is none')
    throw refusal([{ field: '', sentence: 'is no report on a text' }])
  })

  app.post('/receiveSMS', door, async (request) => {
    // A receiver who wants no more texts is told here too.
    const optOut = (postedOf(request).senderId ?? '') !== ''
    const posted = read(request, optOut ? ['senderId', 'phoneNumber'] : ['from', 'to', 'id'])
    if (await desk.received(posted)) return { status: 'ok' }
    log.warn({ request: request.id }, 'a gateway posted a text that is none')
    throw refusal([{ field: '', sentence: 'is no text' }])
  })
}

function read(request: FastifyRequest, names: readonly string[]): Posted {
  const posted = postedOf(request)
  wanted(posted, names)
  return posted
}
