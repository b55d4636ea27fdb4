import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Api, ApiOptions } from './options.ts'

type Schema = Record<string, unknown>
interface Response {
  description?: string
  content?: Record<string, unknown>
}
interface Operation {
  responses?: Record<string, Response>
}
type Converted = ReturnType<typeof jsonSchemaTransformObject>

/**
 * The converter writes every shape twice, as it is sent and as it is received (`…Input`), with a placeholder for each
 * description. Kept is what is used, once where both are the same.
 */
function tidy(document: Converted): Converted {
  // OpenAPI of any version keeps operations here; nothing of ours makes other path items.
  const paths = (document.paths ?? {}) as Record<string, Record<string, Operation>>
  for (const methods of Object.values(paths)) {
    for (const { responses = {} } of Object.values(methods)) {
      for (const [status, response] of Object.entries(responses)) describe(status, response)
    }
  }
  const components = ('components' in document ? document.components : undefined) ?? {}
  const schemas = (components as { schemas?: Record<string, Schema> }).schemas ?? {}
  for (const [name, schema] of Object.entries(schemas)) {
    // It drops examples of what is received where a field is normalized on the way in; they are in that form already.
    const twin = name.endsWith('Input') ? schemas[name.slice(0, -'Input'.length)] : undefined
    if (twin?.examples !== undefined) schema.examples ??= twin.examples
  }
  const used = reachable(paths, schemas)
  const names = new Map([...used].map((name) => [name, shortName(name, used)]))
  const kept = Object.fromEntries([...used].sort().map((name) => [names.get(name)!, schemas[name]!]))
  const whole = { ...document, components: { ...components, schemas: kept } }
  return JSON.parse(
    JSON.stringify(whole).replace(
      reference,
      (_all, name: string) => `"#/components/schemas/${names.get(name) ?? name}"`,
    ),
  ) as Converted
}

const reference = /"#\/components\/schemas\/([^"]+)"/g

function describe(status: string, response: Response): void {
  const ranges: Readonly<Record<string, string>> = { '4XX': 'Refused', '5XX': 'Failed here' }
  response.description = ranges[status] ?? STATUS_CODES[status] ?? 'Answer'
  if (status === '204' || status === '304') delete response.content
  const [problem] = Object.values(response.content ?? {})
  if (status in ranges && problem !== undefined) response.content = { 'application/problem+json': problem }
}

function reachable(from: unknown, schemas: Readonly<Record<string, Schema>>): Set<string> {
  const found = new Set<string>()
  const open = [from]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [, name = ''] of JSON.stringify(next).matchAll(reference)) {
      if (found.has(name) || schemas[name] === undefined) continue
      found.add(name)
      open.push(schemas[name])
    }
  }
  return found
}

function shortName(name: string, used: ReadonlySet<string>): string {
  const short = name.replace(/Input$/, '')
  return used.has(short) ? name : short
}

/** A receiver that lies beside its fork. */
const sign =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1c7c54"/><path d="M7 13c6-6 12-6 18 0l-3 4-4-2v-3h-4v3l-4 2z" fill="#fff" transform="rotate(-18 16 14)"/><path d="M9 24h14" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>'
const wordmark =
  '<svg xmlns="http://www.w3.org/2000/svg" width="140" height="40" viewBox="0 0 140 40"><text x="0" y="28" font-family="sans-serif" font-size="26" font-weight="bold" fill="#fff">Offhook</text></svg>'

/** `/docs`, the reference page, from the routes themselves; registered before them. */
export async function registerReference(app: Api, { version }: ApiOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Offhook',
        version,
        description:
          'Numbers, extensions, calls, voicemail and texts. Refusals are problem documents (RFC 9457). Lists are read page by page with `limit` and `after`. Every request wants a token: `npm start` prints the admin token and says where it is kept, and `npx offhook token` shows it again; enter it under *Authorize* to try things here. A POST with the header `Idempotency-Key` is done once: for 24 hours the same key gives the same answer.',
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer <token> (or Token <token>)' },
        },
      },
      security: [{ token: [] }],
    },
    transform: ({ route, ...rest }) => {
      const open = route.config?.need === 'public' && rest.schema.security === undefined
      const result = jsonSchemaTransform({ ...rest, route } as Parameters<typeof jsonSchemaTransform>[0])
      return open ? { ...result, schema: { ...result.schema, security: [] } } : result
    },
    transformObject: (given) => tidy(jsonSchemaTransformObject(given)),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { docExpansion: 'list', deepLinking: true },
    logo: { type: 'image/svg+xml', content: Buffer.from(wordmark), href: '/docs', target: '_self' },
    theme: {
      title: 'Offhook API',
      favicon: [
        { filename: 'offhook.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: Buffer.from(sign) },
      ],
    },
  })
}
