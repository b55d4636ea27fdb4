import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { getToken, insertToken, listTokens, makeToken, revokeToken, type TokenRow } from '../../store/tokens.ts'
import { scopes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { body, exampleId, iso, isoOrNull, key, line, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'

const example = {
  id: exampleId('token'),
  name: 'door bell',
  scopes: ['calls:write'],
  createdAt: '2026-01-05T12:00:00.000Z',
  lastUsedAt: null,
  expiresAt: null,
  revokedAt: null,
}
const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: time,
    lastUsedAt: time.nullable(),
    expiresAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'Token', examples: [example] })
const NewToken = Token.extend({ token: z.string().describe('Shown this once; only a hash of it is kept') }).meta({
  id: 'NewToken',
  examples: [{ ...example, token: 'oh_6rP0…' }],
})
const CreateToken = body({
  name: line(1, 100),
  scopes: z.array(z.enum(scopes)).min(1).max(20),
  expiresAt: time.optional().describe('Unlimited unless given'),
}).meta({ id: 'CreateToken', examples: [{ name: 'door bell', scopes: ['calls:write'] }] })

const show = (row: TokenRow): z.infer<typeof Token> => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  createdAt: iso(row.createdAt),
  lastUsedAt: isoOrNull(row.lastUsedAt),
  expiresAt: isoOrNull(row.expiresAt),
  revokedAt: isoOrNull(row.revokedAt),
})

export function registerTokens(app: Api, { store, clock }: ApiOptions): void {
  const { db } = store
  const config = { need: 'admin' } as const
  const tags = ['tokens']
  // Not id('token'): the admin token of the settings has a fixed one.
  const params = z.object({ id: key })

  app.post(
    '/v1/tokens',
    { config, schema: { tags, summary: 'Make a token', body: CreateToken, response: { 201: NewToken, ...problem } } },
    async (request, reply) => {
      const { name, scopes: granted, expiresAt } = request.body
      const now = clock.wall()
      const ends = expiresAt === undefined ? null : new Date(expiresAt)
      if (ends !== null && ends.getTime() <= now) {
        throw refusal([{ field: '/expiresAt', sentence: 'takes a time to come' }])
      }
      const token = makeToken()
      const row = {
        id: newId('token', now),
        name,
        scopes: [...new Set(granted)],
        createdAt: new Date(now),
        expiresAt: ends,
      }
      const made = await insertToken(db, row, token)
      return reply
        .code(201)
        .header('Location', `/v1/tokens/${made.id}`)
        .send({ ...show(made), token })
    },
  )

  app.get(
    '/v1/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'List tokens',
        querystring: z.strictObject(page),
        response: { 200: pageOf(Token), ...problem },
      },
    },
    async (request) => toPage(await listTokens(db, request.query), show),
  )

  app.get(
    '/v1/tokens/:id',
    { config, schema: { tags, summary: 'One token', params, response: { 200: Token, ...problem } } },
    async (request) => {
      const row = await getToken(db, request.params.id)
      if (row === undefined) throw new Problem('not_found', `There is no token ${request.params.id}.`)
      return show(row)
    },
  )

  app.delete(
    '/v1/tokens/:id',
    { config, schema: { tags, summary: 'Revoke a token, at once', params, response: { 204: z.null(), ...problem } } },
    async (request, reply) => {
      if (!(await revokeToken(db, request.params.id, new Date(clock.wall())))) {
        throw new Problem('not_found', `There is no token ${request.params.id}.`)
      }
      return reply.code(204).send(null)
    },
  )
}
