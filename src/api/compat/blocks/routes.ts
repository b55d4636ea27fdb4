import type { FastifyReply, FastifyRequest } from 'fastify'
import type { NextBlock } from '../../../apps/session/block.ts'
import type { Sessions } from '../../../apps/session/sessions.ts'
import { type BlockError, BlockRefused } from '../../../apps/session/status.ts'
import type { Logger } from '../../../base/log.ts'
import { Problem } from '../../../phone/problem.ts'
import type { Authenticator } from '../../auth.ts'
import type { Api } from '../../options.ts'
import { type Parameters, readCredentials, readDial, readNext, readSession } from './parameters.ts'

export interface BlocksOptions {
  readonly sessions: Pick<Sessions, 'dial' | 'next'>
  /** Whether notifications can go there. @throws BlockRefused */
  readonly checkNotifyUrl: (url: string) => Promise<void>
  readonly authenticator: Authenticator
  readonly log: Logger
}

/** Where each block is asked for, under `/open/ivr`. */
const paths = {
  '/middle/play': 'play',
  '/middle/gather': 'gather',
  '/middle/record': 'record',
  '/middle/monitor': 'monitor',
  '/middle/hold': 'hold',
  '/middle/unhold': 'unhold',
  '/end/transfer': 'transfer',
  '/end/hangup': 'hangup',
} as const satisfies Readonly<Record<string, NextBlock['kind']>>

type Work = (app: string, given: Parameters) => Promise<Readonly<Record<string, string>>>

/** The block API. Every answer is 200 and JSON with a `status`: programs written for it look at nothing else. */
export function registerBlocks(app: Api, options: BlocksOptions): void {
  const { sessions, log } = options
  // A context of its own: only here bodies are forms, and faults are codes.
  void app.register(
    async (api) => {
      api.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      )
      api.setErrorHandler((error, request, reply) => reply.send({ status: codeOf(error, request, log) }))
      // What is not there is told in the same way as all else.
      api.setNotFoundHandler((_request, reply) => sendUnknown(reply))
      const route = (url: string, work: Work): void => {
        for (const written of [`/ivr${url}`, `/ivr${url}/`])
          api.route({
            url: written,
            method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
            config: { need: 'public' },
            schema: { hide: true },
            handler: async (request, reply) => answer(request, reply, options, work),
          })
      }
      route('/start/dial', async (token, given) => {
        const block = readDial(given)
        await checkUrls(block, options)
        const { session, txnRef } = await sessions.dial(token, block)
        return { session, txn_ref: txnRef }
      })
      for (const [path, kind] of Object.entries(paths)) {
        route(path, async (token, given) => {
          const session = readSession(given)
          const block = readNext(kind, given)
          await checkUrls(block, options)
          return { ...(await sessions.next(token, session, block)) }
        })
      }
    },
    { prefix: '/open' },
  )
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticator }: BlocksOptions,
  work: Work,
): Promise<FastifyReply> {
  if (request.method !== 'GET' && request.method !== 'POST') throw new BlockRefused('error_invalid_http_method')
  const given = readParameters(request)
  const { appId, accessToken } = readCredentials(given)
  const token = await authenticator.checkToken(accessToken, request.ip, { noun: 'calls', verb: 'write' })
  if (appId !== token.id && appId !== token.name) throw new BlockRefused('error_invalid_app_id')
  const fields = await work(token.id, given)
  return reply.header('Cache-Control', 'no-store').send({ status: 'success_ok', ...fields })
}

/** Query and form together; a name that comes twice is nobody's guess, and a NUL no text. @throws BlockRefused */
function readParameters(request: FastifyRequest): Parameters {
  const { body, url } = request
  if (body !== undefined && body !== null && typeof body !== 'string') throw new BlockRefused('error_malformed_params')
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''
  const given: Record<string, string> = Object.create(null) as Record<string, string>
  for (const text of [query, body ?? '']) {
    for (const [name, value] of new URLSearchParams(text)) {
      if (name in given) throw new BlockRefused('error_malformed_params', `${name} comes twice`)
      if (name.includes('\0') || value.includes('\0'))
        throw new BlockRefused('error_malformed_params', 'a parameter holds a NUL')
      given[name] = value
    }
  }
  return given
}

async function checkUrls(
  block: { readonly notifyUrl?: string; readonly monitorNotifyUrl?: string },
  { checkNotifyUrl }: BlocksOptions,
): Promise<void> {
  for (const url of [block.notifyUrl, block.monitorNotifyUrl]) if (url !== undefined) await checkNotifyUrl(url)
}

function codeOf(error: unknown, request: FastifyRequest, log: Logger): BlockError {
  if (error instanceof BlockRefused) return error.code
  if (error instanceof Problem) return codeOfProblem(error)
  if (request.method !== 'GET' && request.method !== 'POST') return 'error_invalid_http_method'
  // A body that is too long, of another type, or not as long as it says.
  if (error instanceof Error && 'statusCode' in error && [400, 413, 415].includes(Number(error.statusCode)))
    return 'error_malformed_params'
  log.error({ err: error, request: request.id, route: request.routeOptions.url }, 'a request failed')
  return 'error_internal_server_error'
}

/** Of a path that is not there. */
export const sendUnknown = (reply: FastifyReply): FastifyReply =>
  reply.send({ status: 'error_malformed_params' satisfies BlockError })

/** What refusals of ours are called here. */
export function codeOfProblem(problem: Problem): BlockError {
  switch (problem.code) {
    case 'unauthorized':
      return 'error_invalid_access_token'
    case 'forbidden':
      return 'error_permission_denied'
    case 'rate_limited':
      return 'error_rate_limit_exceeded'
    case 'too_many_calls':
      return 'error_concurrent_call_limit_reached'
    case 'overloaded':
    case 'starting':
    case 'shutting_down':
    case 'not_supported':
      return 'error_call_service_not_available'
    case 'destination_not_allowed':
    case 'not_reachable':
      return 'error_dest_not_supported'
    case 'call_ended':
      return 'error_session_ended'
    case 'url_not_allowed':
      return 'error_invalid_notify_url'
    default:
      return 'error_internal_server_error'
  }
}
