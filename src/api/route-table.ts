import type { RouteOptions } from 'fastify'

interface Entry {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** Which methods a path takes, for 405 and its Allow header (RFC 9110 §15.5.6); the router only says "not found". */
export class RouteTable {
  readonly #entries = new Map<string, Entry>()

  /** @throws when a route of the API does not say what it needs: an open door must be meant */
  add(route: RouteOptions): void {
    if (route.url.startsWith('/v1') && route.config?.need === undefined) {
      throw new Error(`The route ${String(route.method)} ${route.url} does not say what it needs.`)
    }
    const entry = this.#entries.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set<string>() }
    this.#entries.set(route.url, entry)
    for (const method of [route.method].flat()) entry.methods.add(method)
  }

  methodsOf(path: string): readonly string[] {
    const methods = new Set<string>()
    for (const { pattern, methods: taken } of this.#entries.values()) {
      if (pattern.test(path)) for (const method of taken) methods.add(method)
    }
    return [...methods].sort()
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
