import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../base/log.ts'
import { Problem, problems } from '../phone/problem.ts'
import { isBusy } from '../store/busy.ts'
import { conflictOf } from '../store/conflict.ts'

/** RFC 9457. */
export function sendProblem(reply: FastifyReply, problem: Problem, publicUrl: string): FastifyReply {
  const { code, fields, status } = problem
  if (code === 'unauthorized') reply.header('WWW-Authenticate', 'Bearer realm="offhook"')
  return reply
    .code(status)
    .serializer((document: unknown) => JSON.stringify(document))
    .type('application/problem+json')
    .send({
      type: `${publicUrl}/docs/errors#${code}`,
      title: problems[code].title,
      status,
      detail: problem.message,
      code,
      ...(fields.length > 0 ? { errors: fields } : {}),
      instance: reply.request.id,
    })
}

/** What a thrown thing means to the one who asked. Faults of ours are logged and told as `internal`, without details. */
export function problemOf(error: unknown, request: FastifyRequest, log: Logger): Problem {
  if (error instanceof Problem) return error
  const known = error instanceof Error ? ofFastify(error as FastifyError, request) : undefined
  if (known !== undefined) return known
  if (isBusy(error)) {
    log.warn(
      { request: request.id, route: request.routeOptions.url },
      'no connection to the database came free in time',
    )
    return new Problem('database_busy', 'No connection to the database came free in time.')
  }
  const conflict = conflictOf(error)
  if (conflict?.kind === 'foreign_key') {
    // Checked before; here two requests crossed.
    return new Problem('in_use', 'Something that this refers to was changed at the same time; read it again and retry.')
  }
  log.error(
    { err: error, request: request.id, method: request.method, route: request.routeOptions.url },
    'a request failed',
  )
  return new Problem('internal', `This failed through a fault of the service. The log has it under ${request.id}.`)
}

function ofFastify(error: FastifyError, { routeOptions }: FastifyRequest): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('payload_too_large', `A body has at most ${sizeOf(routeOptions.bodyLimit ?? 0)} here.`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return error.statusCode === 415
        ? new Problem('unsupported_media_type', 'Send the body as JSON, with Content-Type: application/json.')
        : new Problem('invalid_json', 'The body is not as long as Content-Length says.')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('invalid_json', 'The body is empty; Content-Type says that it is JSON.')
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      // Told alike: the parser of bodies refuses such names as well, since programs may trip over them.
      return new Problem('invalid_json', 'The body is not JSON, or it has a field named __proto__ or constructor.')
    case 'FST_ERR_BAD_URL':
      return new Problem('not_found', 'The path is not a valid URL path.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('not_found', 'A part of the path is longer than any name here.')
    default:
      // secure-json-parse refuses "__proto__" keys with a SyntaxError of its own.
      return error instanceof SyntaxError && error.statusCode === 400
        ? new Problem('invalid_json', `The body is not JSON: ${error.message.slice(0, 200)}.`)
        : undefined
  }
}

const mebibyte = 1024 * 1024
const sizeOf = (bytes: number): string =>
  bytes >= mebibyte ? `${Math.floor(bytes / mebibyte)} MiB` : `${Math.floor(bytes / 1024)} KiB`
