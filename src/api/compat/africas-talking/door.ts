import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readNumber } from '../../../phone/address.ts'
import { Problem } from '../../../phone/problem.ts'
import { hashToken } from '../../../store/tokens.ts'
import { networkList } from '../../../webhooks/address.ts'
import type { Authenticator } from '../../auth.ts'
import type { Api } from '../../options.ts'
import { refusal } from '../../validation.ts'

/** Who may post here as a gateway. */
export interface GatewayRule {
  /** In the query, as `key`. */
  readonly key: string | undefined
  /** Networks that need none. */
  readonly allow: readonly string[]
}

/** Names and values of a form, or of a JSON object; numbers and such as the text that a form would have. */
export type Posted = Readonly<Record<string, string>>

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((each) => String(each ?? ''))
const postedShape = z.record(z.string(), value, 'takes a form or a JSON object')

/** What companies post goes through this: they sign nothing, so a secret of the URL or their networks say who they are. */
export function guardGateway(app: Api, rule: GatewayRule, authenticator: Pick<Authenticator, 'check'>): void {
  const right = rule.key === undefined ? undefined : hashToken(rule.key)
  const allowed = networkList(rule.allow)
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  app.addHook('onRequest', async (request) => {
    const given = (request.query as Readonly<Record<string, unknown>>).key
    const known = typeof given === 'string' && right !== undefined && timingSafeEqual(hashToken(given), right)
    if (known || allowed(request.ip)) return
    if (request.headers.authorization !== undefined) {
      await authenticator.check(request, { noun: 'messages', verb: 'write' })
      return
    }
    const none = right === undefined && rule.allow.length === 0
    throw new Problem(
      'forbidden',
      none
        ? 'No gateway may post here: set OFFHOOK_GATEWAY_KEY or OFFHOOK_GATEWAY_ALLOW.'
        : 'This wants the key of gateways in the query, or comes from a network that is not allowed.',
    )
  })
}

/** Of the body alone: what stands in the query is the key. @throws Problem */
export function postedOf(request: FastifyRequest): Posted {
  const read = postedShape.safeParse(request.body ?? {})
  if (read.success) return read.data
  throw refusal([{ field: '', sentence: 'takes a form, or a JSON object of texts' }])
}

/** @throws Problem that names what is missing */
export function wanted<N extends string>(posted: Posted, names: readonly N[]): Readonly<Record<N, string>> {
  const missing = names.filter((name) => (posted[name] ?? '') === '')
  if (missing.length > 0) throw refusal(missing.map((name) => ({ field: `/${name}`, sentence: 'is missing' })))
  return posted as Readonly<Record<N, string>>
}

/** E.164, or what was written. Forms turn a plus that is not escaped into a space. */
export function phoneOf(text: string, country: string | undefined): string {
  const plus = /^ [0-9]{6,15}$/.test(text) ? `+${text.trim()}` : text.trim()
  return readNumber(plus, country) ?? plus
}
