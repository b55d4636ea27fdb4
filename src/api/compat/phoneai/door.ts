import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { Problem } from '../../../phone/problem.ts'
import type { Need } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { problemOf } from '../../problem-reply.ts'

export const base = '/api'

/** All of it hides from our own reference. */
export const door = (need: Need) => ({ config: { need }, schema: { hide: true } })

/** A field that cannot be accepted, by its name in the dialect; other fields may be named as well. */
export class FieldsRefused extends Error {
  override readonly name = 'FieldsRefused'
  readonly fields: Readonly<Record<string, readonly string[]>>
  constructor(fields: Readonly<Record<string, readonly string[]>>) {
    super(Object.keys(fields).join(', '))
    this.fields = fields
  }
}

export const refuse = (field: string, sentence: string): FieldsRefused => new FieldsRefused({ [field]: [sentence] })

/** Bodies are JSON or forms; faults are `{field: [sentence]}` or `{detail}`. */
export function guardDoor(app: Api, { log }: ApiOptions): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof FieldsRefused) return reply.code(400).send(error.fields)
    const problem = problemOf(error, request, log)
    if (problem.code === 'unauthorized') {
      const detail = problem.message.replace('Authorization: Bearer <token>', 'Authorization: Token <token>')
      return reply.code(401).header('WWW-Authenticate', 'Token').send({ detail })
    }
    if (problem.code === 'rate_limited') reply.header('Retry-After', '60')
    return sendProblem(reply, problem)
  })
}

export function sendProblem(reply: FastifyReply, { code, status, message, fields }: Problem): FastifyReply {
  if (code !== 'invalid_request' || fields.length === 0) return reply.code(status).send({ detail: message })
  const byField = new Map<string, string[]>()
  for (const { field, sentence } of fields) {
    const name = field.replace(/^\//, '') || 'non_field_errors'
    byField.set(name, [...(byField.get(name) ?? []), sentence])
  }
  return reply.code(400).send(Object.fromEntries(byField))
}

/** Clients write them with and without the slash at the end. */
export const bothOf = (path: string): readonly string[] => [`${base}/${path}/`, `${base}/${path}`]

/** To the microsecond, as there. */
export const timeOf = (date: Date): string => date.toISOString().replace('Z', '000Z')

export const notFound = (what: string): Problem => new Problem('not_found', `There is no ${what}.`)

/** Numbers are told and taken without the plus. */
export const noPlus = (e164: string): string => e164.replace(/^\+/, '')

/** Texts of digits may stand there as numbers. */
export const digits = <T extends z.ZodType>(text: T) =>
  z.preprocess((given) => (Number.isSafeInteger(given) ? String(given) : given), text)
