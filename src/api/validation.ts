import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { type FieldFault, Problem } from '../phone/problem.ts'

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue

/** Refuses with every bad field at once, each with a sentence that says what it takes. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    // A body that was left out is an empty one, so that its missing fields are named.
    const given = httpPart === 'body' && (data === null || data === undefined) ? {} : data
    const result = schema.safeParse(given, { error: sentence })
    if (result.success) return { value: result.data }
    return { error: refusal(result.error.issues.flatMap(faults)) }
  }

export function refusal(fields: readonly FieldFault[]): Problem {
  const names = [...new Set(fields.map(({ field }) => (field === '' ? 'the body' : field)))]
  return new Problem('invalid_request', `Refused: ${names.join(', ')}.`, fields)
}

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function faults(issue: Issue): FieldFault[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: pointer([...issue.path, key]),
        sentence: 'is not a field of this request',
      }))
    case 'invalid_union': {
      // The branch that came closest: the one with the fewest faults.
      const [best] = [...issue.errors].sort((a, b) => weight(a) - weight(b))
      if (best === undefined || best.length === 0) return [{ field: pointer(issue.path), sentence: issue.message }]
      return best.flatMap((inner) => faults({ ...inner, path: [...issue.path, ...inner.path] } as Issue))
    }
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ field: pointer(issue.path), sentence: `its name ${message}` }))
    default:
      return [{ field: pointer(issue.path), sentence: issue.message }]
  }
}

// A branch of another type altogether (text where an object stands) is further off than one with wrong fields.
const weight = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.path.length === 0 && issue.code !== 'unrecognized_keys' ? 100 : 1), 0)

const article: Readonly<Record<string, string>> = {
  // A field that may be left out in another request, but not in this one.
  nonoptional: 'a value',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function sentence(issue: RawIssue): string | undefined {
  const missing = issue.input === undefined
  switch (issue.code) {
    case 'invalid_type': {
      const wants = article[issue.expected] ?? issue.expected
      return missing ? `is missing; it takes ${wants}` : `takes ${wants}`
    }
    case 'too_small':
      return size(issue.origin, 'at least', Number(issue.minimum))
    case 'too_big':
      return size(issue.origin, 'at most', Number(issue.maximum))
    case 'invalid_value': {
      const list = issue.values.map((value) => JSON.stringify(value)).join(', ')
      const wants = issue.values.length === 1 ? list : `one of ${list}`
      return missing ? `is missing; it takes ${wants}` : `takes ${wants}`
    }
    case 'invalid_format':
      return issue.format === 'datetime' ? 'takes a time such as 2026-01-31T12:00:00Z' : undefined
    case 'invalid_union':
      if (issue.note === 'No matching discriminator' && Array.isArray(issue.options))
        return `takes one of ${issue.options.map((value) => JSON.stringify(value)).join(', ')}`
      return missing ? 'is missing' : 'takes another form than this'
    default:
      return undefined
  }
}

function size(origin: string, bound: 'at least' | 'at most', n: number): string {
  switch (origin) {
    case 'string':
      return n === 1 && bound === 'at least' ? 'must not be empty' : `takes ${bound} ${n} characters`
    case 'array':
    case 'set':
      return `takes ${bound} ${n} ${n === 1 ? 'entry' : 'entries'}`
    default:
      return `takes a number of ${bound} ${n}`
  }
}
