import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import { Problem } from '../phone/problem.ts'
import { Authenticator } from './auth.ts'
import { registerCarrierDoor } from './carrier-door.ts'
import { registerGateways } from './compat/africas-talking/index.ts'
import { registerBlocks } from './compat/blocks/routes.ts'
import { registerPhoneai } from './compat/phoneai/index.ts'
import { registerPlivo } from './compat/plivo/index.ts'
import { sendUnrouted } from './compat/unrouted.ts'
import { registerErrorsPage } from './errors-page.ts'
import { registerHealth } from './health.ts'
import { beginIdempotent, endIdempotent } from './idempotency.ts'
import { registerLinkPage } from './link-page.ts'
import { registerReference } from './openapi.ts'
import type { Api, ApiOptions } from './options.ts'
import { problemOf, sendProblem } from './problem-reply.ts'
import { RouteTable } from './route-table.ts'
import { registerActions } from './v1/actions.ts'
import { registerBroadcasts } from './v1/broadcasts.ts'
import { registerCalls } from './v1/calls.ts'
import { registerCdrs } from './v1/cdrs.ts'
import { registerConferences } from './v1/conferences.ts'
import { registerConnections } from './v1/connections.ts'
import { registerContacts } from './v1/contacts.ts'
import { registerDialer } from './v1/dialer.ts'
import { registerEngines } from './v1/engines.ts'
import { registerEvents } from './v1/events.ts'
import { registerExtensions } from './v1/extensions.ts'
import { registerFlows } from './v1/flows.ts'
import { registerForwards } from './v1/forwards.ts'
import { registerMenus } from './v1/menus.ts'
import { registerMessages } from './v1/messages.ts'
import { registerNumbers } from './v1/numbers.ts'
import { registerPlannedCalls } from './v1/planned-calls.ts'
import { registerRecordings } from './v1/recordings.ts'
import { registerScans } from './v1/scans.ts'
import { registerSchedules } from './v1/schedules.ts'
import { registerTextRules } from './v1/text-rules.ts'
import { registerTokens } from './v1/tokens.ts'
import { registerTrunks } from './v1/trunks.ts'
import { registerUssd } from './v1/ussd.ts'
import { registerVoicemails } from './v1/voicemails.ts'
import { registerWebhookDeliveries } from './v1/webhook-deliveries.ts'
import { registerWebhooks } from './v1/webhooks.ts'
import { validatorCompiler } from './validation.ts'
import { registerVoiceDoor } from './voice-door.ts'

/** The HTTP API, ready to listen. Closing the scope ends streams, then the server. */
export async function buildApi(options: ApiOptions): Promise<Api> {
  const { store, clock, log, scope, publicUrl } = options
  const app: Api = fastify({
    logger: false,
    bodyLimit: 256 * 1024,
    // Programs of the block API may put a message and two notify URLs, escaped, into the query of a GET.
    http: { maxHeaderSize: 64 * 1024 },
    // A slow header or body holds a socket, nothing else; 30 s is long for either.
    requestTimeout: 30_000,
    forceCloseConnections: true,
    return503OnClosing: true,
    genReqId: () => `req-${(nextRequest++).toString(36)}`,
    routerOptions: { maxParamLength: 256 },
    // What the router refuses before any handler, e.g. a path that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      const problem = problemOf(error, request as FastifyRequest, log)
      if (sendUnrouted(request.url, reply as FastifyReply, problem)) return
      sendProblem(reply as FastifyReply, problem, publicUrl())
    },
  })
  scope.add('http server', () => app.close())
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('token', undefined)

  const authenticator = new Authenticator(store.db, clock)
  const routes = new RouteTable()
  app.addHook('onRoute', (route) => routes.add(route))
  app.addHook('onRequest', async (request) => {
    const need = request.routeOptions.config.need
    // Unknown paths, and the reference page with its files: nothing there is ours to hide.
    if (need !== undefined && need !== 'public') request.token = await authenticator.check(request, need)
  })
  app.addHook('preHandler', async (request, reply) => {
    if (request.method === 'POST') return beginIdempotent(request, reply, store, clock)
  })
  app.addHook('onSend', async (request, reply, payload) => {
    reply.header('X-Content-Type-Options', 'nosniff').header('Referrer-Policy', 'no-referrer')
    if (request.url.startsWith('/v1/') && !reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store')
    await endIdempotent(request, reply.statusCode, payload, store)
    return payload
  })
  app.addHook('onResponse', async (request, reply) => {
    // The route and not the path: paths of links are secrets.
    const { method } = request
    const fields = { request: request.id, method, route: request.routeOptions.url, status: reply.statusCode }
    log.debug({ ...fields, ms: Math.round(reply.elapsedTime) }, 'answered a request')
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request, log)
    if (problem.code === 'rate_limited') reply.header('Retry-After', '60')
    if (problem.code === 'database_busy') reply.header('Retry-After', '5')
    return sendProblem(reply, problem, publicUrl())
  })
  app.setNotFoundHandler((request, reply) => {
    const methods = routes.methodsOf(pathOf(request))
    if (methods.length === 0) {
      throw new Problem('not_found', `There is no path ${JSON.stringify(pathOf(request).slice(0, 200))}.`)
    }
    reply.header('Allow', methods.join(', '))
    throw new Problem('method_not_allowed', `This path takes ${methods.join(', ')}.`)
  })

  await registerReference(app, options)
  // A context of its own, after the reference plugin is ready: its hooks must see every route.
  await app.register(async (instance) => {
    const api = instance as Api
    registerHealth(api, options)
    registerErrorsPage(api)
    registerTokens(api, options)
    registerExtensions(api, options)
    registerTrunks(api, options)
    registerEngines(api, options)
    registerNumbers(api, options)
    registerForwards(api, options)
    registerFlows(api, options)
    await registerMenus(api, options)
    registerScans(api, options)
    registerCalls(api, options)
    registerActions(api, options)
    registerCdrs(api, options)
    if (options.dialer !== undefined) {
      registerPlannedCalls(api, options, options.dialer)
      registerSchedules(api, options, options.dialer)
      registerDialer(api, options, options.dialer)
    }
    registerConferences(api, options)
    if (options.connections !== undefined) registerConnections(api, options, options.connections)
    registerVoicemails(api, options)
    registerRecordings(api, options, authenticator)
    registerMessages(api, options)
    registerTextRules(api, options)
    registerUssd(api, options)
    await registerContacts(api, options)
    if (options.broadcasts !== undefined) registerBroadcasts(api, options, options.broadcasts)
    registerWebhooks(api, options)
    registerWebhookDeliveries(api, options)
    registerEvents(api, options)
    registerLinkPage(api, options)
    if (options.carrierDoor !== undefined) await registerCarrierDoor(api, options, options.carrierDoor)
    if (options.voiceDoor !== undefined) await registerVoiceDoor(api, options, options.voiceDoor)
    if (options.blocks !== undefined) registerBlocks(api, { ...options.blocks, authenticator, log })
    await registerPlivo(api, options, authenticator, (path) => routes.methodsOf(path))
    await registerPhoneai(api, options)
    await registerGateways(api, options, authenticator)
    const hidden = { config: { need: 'public' as const }, schema: { hide: true } }
    api.get('/v1/openapi.json', hidden, async () => app.swagger())
    api.get('/', hidden, async (_request, reply) => reply.redirect('/docs'))
  })
  await app.ready()
  return app
}

let nextRequest = 1

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/'
