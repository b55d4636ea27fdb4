import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../../phone/problem.ts'
import type { Authenticator, Need } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { problemOf } from '../../problem-reply.ts'

/** `MA…` names an account, `SA…` a part of one: 20 characters. Any will do here: the token is what counts. */
const authId = /^(?:MA|SA)[A-Z0-9]{18}$/

/** Where the routes of this dialect are. */
export const base = '/v1/Account/:auth_id'

/** The token as it came: requests about calls that are made with it are signed with it. */
export function tokenOf(request: FastifyRequest): string {
  return credentials(request)?.token ?? ''
}

export const accountOf = (request: FastifyRequest): string => (request.params as { readonly auth_id: string }).auth_id

export const uriOf = (request: FastifyRequest, path: string): string => `/v1/Account/${accountOf(request)}/${path}`

export const apiId = (): string => randomUUID()

/** All of it hides from our own reference, and answers in the shapes of the dialect. */
export const open = { config: { need: 'public' as const }, schema: { hide: true } }

export function guardDoor(app: Api, { log, webhooks }: ApiOptions, authenticator: Authenticator): void {
  app.addHook('onRequest', async (request) => {
    const given = credentials(request)
    const { auth_id: wanted } = request.params as { readonly auth_id?: string }
    if (given === undefined || given.id !== wanted || !authId.test(given.id)) {
      throw new Problem(
        'unauthorized',
        'authentication required: HTTP Basic with the auth_id of the path (MA and 18 capitals or digits) and an API token',
      )
    }
    // The scopes of the dialect are ours, by what a resource is made of.
    request.headers.authorization = `Bearer ${given.token}`
    request.token = await authenticator.check(request, needOf(request))
    request.headers.authorization = `Basic ${Buffer.from(`${given.id}:${given.token}`).toString('base64')}`
  })
  // PostgreSQL holds no text with a NUL.
  app.addHook('preValidation', async ({ body, query, params }) => {
    const name = nulIn({ ...Object(params), ...Object(query), ...Object(body) })
    if (name !== undefined) throw new Problem('invalid_request', `${name} takes no control characters`)
  })
  // A program that shares its numbers out among customers would believe that it had.
  app.addHook('preValidation', async ({ body, query }) => {
    const { subaccount } = { ...Object(query), ...Object(body) } as { readonly subaccount?: unknown }
    if (subaccount !== undefined && subaccount !== null && subaccount !== '')
      throw new Problem('invalid_request', 'subaccount takes nothing: there are no subaccounts here')
  })
  // One that may not be asked would be found out only when somebody has picked up.
  app.addHook('preHandler', async ({ body }) => {
    const checked = urlsOf(body).map(async ([name, url]) => [name, await webhooks.refuses(url)] as const)
    for (const [name, why] of await Promise.all(checked))
      if (why !== undefined) throw new Problem('invalid_request', `${name} may not be asked: ${why}`)
  })
  // Clients of the dialect say JSON also where they send nothing.
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, {})
    try {
      done(null, JSON.parse(String(text)))
    } catch {
      done(new Problem('invalid_json', 'the body is not JSON'))
    }
  })
  answerErrors(app, log)
}

function answerErrors(app: Api, log: ApiOptions['log']): void {
  app.setErrorHandler((error, request, reply) => {
    return sendProblem(reply, problemOf(error, request, log))
  })
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.code === 'unauthorized') reply.header('WWW-Authenticate', 'Basic realm="offhook"')
  return sendError(reply, statusOf(problem), sentenceOf(problem))
}

/** Paths and methods that are not there are told in the shape of the dialect. */
export function answerUnknown(
  app: Api,
  { log }: Pick<ApiOptions, 'log'>,
  { methodsOf }: { readonly methodsOf: (path: string) => readonly string[] },
): void {
  // Whatever is sent there, it is not read: what is wrong with it is not the fault to tell.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  answerErrors(app, log)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const methods = methodsOf(path)
    if (methods.length > 0) {
      reply.header('Allow', methods.join(', '))
      return sendError(reply, 405, `this path takes ${methods.join(', ')}`)
    }
    const slash = path.endsWith('/') || methodsOf(`${path}/`).length === 0 ? '' : '; paths end in a slash'
    return sendError(reply, 404, `there is no such path${slash}`)
  })
}

export const sendError = (reply: FastifyReply, status: number, error: string): FastifyReply =>
  reply.code(status).send({ api_id: apiId(), error })

/** Clients of the dialect know 400, 401, 404, 405 and 500 only. */
function statusOf({ status }: Problem): number {
  if (status === 401 || status === 404 || status === 405) return status
  return status >= 500 ? 500 : 400
}

const sentenceOf = ({ message, fields }: Problem): string =>
  fields.length === 0
    ? message
    : fields
        .map(({ field, sentence }) => {
          const name = field === '' ? 'the body' : field.replace(/^\//, '')
          // `takes …` goes on from the name; a sentence of its own does not.
          return /^[a-z]/.test(sentence) ? `${name} ${sentence}` : `${name}: ${sentence}`
        })
        .join('; ')

/** The name of the first field that has one. */
function nulIn(fields: object): string | undefined {
  const has = (value: unknown): boolean =>
    typeof value === 'string'
      ? value.includes('\0')
      : typeof value === 'object' && value !== null && Object.values(value).some(has)
  return Object.entries(fields).find(([, value]) => has(value))?.[0]
}

/** `urls` are several with commas between. */
const urlsOf = (body: unknown): readonly (readonly [name: string, url: string])[] =>
  Object.entries(body ?? {}).flatMap(([name, value]: [string, unknown]) =>
    /^(?:.+_)?urls?$/.test(name)
      ? [value]
          .flat()
          .filter((text) => typeof text === 'string')
          .flatMap((text) => (name === 'urls' ? text.split(',') : [text]).map((url) => [name, url.trim()] as const))
      : [],
  )

function credentials({ headers }: FastifyRequest): { readonly id: string; readonly token: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(headers.authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const [, id, token] = /^([^:]*):([\x21-\x7e]+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
  return id === undefined || token === undefined ? undefined : { id, token }
}

function needOf(request: FastifyRequest): Need {
  const verb = request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write'
  const resource = (request.routeOptions.url ?? '').split('/')[4]
  switch (resource) {
    case 'Call':
    case 'Request':
    case 'Conference':
      return { noun: 'calls', verb }
    case 'Message':
      return { noun: 'messages', verb }
    case 'Recording':
      return { noun: 'voicemails', verb }
    case 'Endpoint':
      return { noun: 'extensions', verb }
    default:
      return { noun: 'numbers', verb }
  }
}
