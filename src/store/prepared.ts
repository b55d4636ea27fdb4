import type { PoolClient, QueryConfig } from 'pg'

/** What was asked so often is asked again. */
const often = 20
/** A plan takes some 50 kB in each connection. */
const mostPrepared = 100
/** Texts that are counted at once: lists of values make ever new ones. */
const mostCounted = 1000

/** Knows which statements come again and again, and gives each of those a name. */
export class Statements {
  readonly #names = new Map<string, string>()
  #counts = new Map<string, number>()

  /** @returns `undefined` for what is not asked often */
  nameOf(text: string): string | undefined {
    const name = this.#names.get(text)
    if (name !== undefined || this.#names.size >= mostPrepared) return name
    const count = (this.#counts.get(text) ?? 0) + 1
    if (count < often) {
      if (this.#counts.size >= mostCounted) this.#counts = new Map()
      this.#counts.set(text, count)
      return undefined
    }
    this.#counts.delete(text)
    const made = `often_${this.#names.size}`
    this.#names.set(text, made)
    return made
  }
}

type Query = (config: unknown, values?: unknown, done?: unknown) => unknown

/**
 * Has a connection prepare what is asked often. PostgreSQL then reads and plans it once for each connection, in place of each time: of the
 * statement that writes calls down that is more than half of the work.
 */
export function prepareOften(client: PoolClient, statements: Statements): void {
  const query = client.query.bind(client) as Query
  const prepared: Query = (config, values, done) => {
    const asked = typeof config === 'string' ? { text: config } : config
    const name = isNameless(asked, values) ? statements.nameOf(asked.text) : undefined
    return query(name === undefined ? config : { ...(asked as QueryConfig), name }, values, done)
  }
  client.query = prepared as PoolClient['query']
}

/** One without values may be several statements, which cannot be prepared. */
function isNameless(config: unknown, values: unknown): config is QueryConfig {
  if (typeof config !== 'object' || config === null || !('text' in config)) return false
  const { name, values: own } = config as QueryConfig
  const given = Array.isArray(values) ? values : own
  return name === undefined && given !== undefined && given.length > 0
}
