import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

interface Media {
  schema?: Record<string, unknown>
  example?: unknown
}
interface Operation {
  summary?: string
  tags?: string[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Record<string, unknown>> }
}

let api: TestApi
let document: Document
beforeAll(async () => {
  api = await testApi()
  document = (await api.call('GET', '/v1/openapi.json', { token: '' })).json()
})
afterAll(() => api.close())

const operations = (): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )

function resolve(schema: Record<string, unknown>): Record<string, unknown> {
  const ref = schema.$ref
  if (typeof ref !== 'string') return schema
  const found = document.components.schemas[ref.replace('#/components/schemas/', '')]
  expect(found, ref).toBeDefined()
  return found!
}

// A page has its example in its items.
const hasExample = (schema: Record<string, unknown>): boolean => {
  const whole = resolve(schema)
  if (Array.isArray(whole.examples) && whole.examples.length > 0) return true
  const items = (whole.properties as { items?: { items?: Record<string, unknown> } } | undefined)?.items?.items
  return items !== undefined && hasExample(items)
}

describe('the OpenAPI document', () => {
  it('is version 3.1 and has every noun', () => {
    expect(document.openapi).toBe('3.1.0')
    const tags = new Set(operations().flatMap(([, operation]) => operation.tags ?? []))
    for (const noun of [
      'tokens',
      'contacts',
      'broadcasts',
      'extensions',
      'trunks',
      'numbers',
      'forwards',
      'calls',
      'voicemails',
      'recordings',
      'messages',
      'webhooks',
    ]) {
      expect(tags).toContain(noun)
    }
  })

  it('has a summary, a success with schema and example, and problems for every route', () => {
    expect(operations().length).toBeGreaterThan(40)
    for (const [name, { summary, responses }] of operations()) {
      expect(summary, name).toBeTruthy()
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'))
      expect(successes.length, name).toBeGreaterThan(0)
      for (const [status, { content }] of successes) {
        if (status === '204') continue
        const media = Object.values(content ?? {})
        expect(media.length, `${name} ${status}`).toBeGreaterThan(0)
        for (const { schema, example } of media) {
          expect(schema, `${name} ${status}`).toBeDefined()
          expect(example !== undefined || hasExample(schema ?? {}), `${name} ${status} has an example`).toBe(true)
        }
      }
      if (name.includes('/v1/')) expect(responses, name).toHaveProperty(['4XX', 'content', 'application/problem+json'])
    }
  })

  it('has an example for every body', () => {
    for (const [name, { requestBody }] of operations()) {
      for (const media of Object.values(requestBody?.content ?? {})) {
        expect(hasExample(media.schema ?? {}), name).toBe(true)
      }
    }
  })

  it('names each shape once', () => {
    const names = Object.keys(document.components.schemas)

    expect(names).toContain('CreateForward')
    expect(names.filter((name) => name.endsWith('Input') && names.includes(name.slice(0, -5)))).toEqual([])
  })

  it('refers to nothing that is not there', () => {
    const refs = JSON.stringify(document).match(/"#\/components\/schemas\/[^"]+"/g) ?? []

    expect(refs.length).toBeGreaterThan(0)
    for (const ref of refs) {
      expect(document.components.schemas).toHaveProperty([ref.slice('"#/components/schemas/'.length, -1)])
    }
  })

  it('has a reference page that is served from here alone', async () => {
    const page = await api.call('GET', '/docs/', { token: '' })

    expect(page.statusCode).toBe(200)
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
    expect(page.body).not.toMatch(/(?:src|href)="https?:/)
  })

  it('the page wears our own mark', async () => {
    const { body } = await api.call('GET', '/docs/static/swagger-initializer.js', { token: '' })
    expect(String(body)).toMatch(/img\.src = 'data:image\/svg\+xml;base64,/)
  })

  it('explains every code of its problems', async () => {
    const page = await api.call('GET', '/docs/errors', { token: '' })

    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('id="number_taken"')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  })
})
