import type { FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { Problem } from '../phone/problem.ts'
import type { Db } from '../store/store.ts'
import { findToken, hashToken, type TokenRow, touchToken } from '../store/tokens.ts'

export const nouns = [
  'extensions',
  'trunks',
  'numbers',
  'forwards',
  'flows',
  'menus',
  'scans',
  'calls',
  'voicemails',
  'messages',
  'contacts',
  'broadcasts',
  'webhooks',
] as const
export type ScopeNoun = (typeof nouns)[number]
export type Verb = 'read' | 'write'

/** `read` and `write` are for all nouns; write includes read; `admin` is everything, tokens too. */
export const scopes = [
  'admin',
  'read',
  'write',
  ...nouns.flatMap((noun) => [`${noun}:read`, `${noun}:write`] as const),
] as const

/** What a route needs: stands in its `config`, and a route without it is not registered. */
export type Need = 'public' | 'admin' | 'any' | { readonly noun: ScopeNoun; readonly verb: Verb }
export const reads = (noun: ScopeNoun): { need: Need } => ({ need: { noun, verb: 'read' } })
export const writes = (noun: ScopeNoun): { need: Need } => ({ need: { noun, verb: 'write' } })

declare module 'fastify' {
  interface FastifyContextConfig {
    need?: Need
  }
  interface FastifyRequest {
    token: TokenRow | undefined
  }
}

export function satisfies(given: readonly string[], need: Need): boolean {
  if (need === 'public' || given.includes('admin')) return true
  if (need === 'admin') return false
  if (need === 'any') return given.length > 0
  const enough = need.verb === 'read' ? ['read', 'write'] : ['write']
  return enough.some((verb) => given.includes(verb) || given.includes(`${need.noun}:${verb}`))
}

const failuresAllowed = 10
const windowMs = 60_000
const touchMs = 60_000
const remembered = 1000

/**
 * Checks tokens. After ten wrong ones within a minute an address waits out the minute, except with a token that was
 * right before: behind a proxy all clients share one address.
 */
export class Authenticator {
  readonly #db: Db
  readonly #clock: Clock
  readonly #failures = new Map<string, { count: number; since: number }>()
  /** Hashes of tokens that were right, with when that was last written down. Bounded; oldest go first. */
  readonly #right = new Map<string, number>()

  constructor(db: Db, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** @throws Problem `unauthorized`, `forbidden`, `rate_limited` */
  check(request: FastifyRequest, need: Need): Promise<TokenRow> {
    return this.checkToken(bearer(request.headers.authorization), request.ip, need)
  }

  /** For doors where the token comes in another way than the header. @throws as `check` does */
  async checkToken(text: string | undefined, ip: string, need: Need): Promise<TokenRow> {
    const known = text === undefined ? undefined : hashToken(text).toString('base64')
    if (known === undefined || !this.#right.has(known)) this.#refuseTheBlocked(ip)
    const now = this.#clock.wall()
    const token = text === undefined ? undefined : await findToken(this.#db, text, new Date(now))
    if (token === undefined || known === undefined) {
      if (known !== undefined) this.#right.delete(known)
      // Only a wrong token counts: a request without one guesses nothing.
      if (text !== undefined) this.#count(ip)
      throw new Problem(
        'unauthorized',
        text === undefined
          ? 'Send the token in the header: Authorization: Bearer <token>. npm start prints the admin token.'
          : 'This token is unknown, revoked or expired. npm start prints the admin token.',
      )
    }
    await this.#remember(known, token.id, now)
    if (!satisfies(token.scopes, need)) {
      const wants = typeof need === 'object' ? `${need.noun}:${need.verb}` : need
      throw new Problem('forbidden', `This needs the scope ${wants}; the token has ${token.scopes.join(', ')}.`)
    }
    return token
  }

  async #remember(known: string, id: string, now: number): Promise<void> {
    const written = this.#right.get(known)
    if (written !== undefined && now - written < touchMs) return
    this.#right.delete(known)
    this.#right.set(known, now)
    forgetOldest(this.#right)
    await touchToken(this.#db, id, new Date(now))
  }

  #count(ip: string): void {
    const now = this.#clock.now()
    const failure = this.#failures.get(ip)
    const fresh = failure === undefined || now - failure.since >= windowMs
    this.#failures.delete(ip)
    this.#failures.set(ip, fresh ? { count: 1, since: now } : { count: failure.count + 1, since: failure.since })
    forgetOldest(this.#failures)
  }

  #refuseTheBlocked(ip: string): void {
    const failure = this.#failures.get(ip)
    if (failure === undefined || failure.count < failuresAllowed) return
    const left = failure.since + windowMs - this.#clock.now()
    if (left <= 0) {
      this.#failures.delete(ip)
      return
    }
    throw new Problem(
      'rate_limited',
      `Too many wrong tokens came from this address; try again in ${Math.ceil(left / 1000)} seconds.`,
    )
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= remembered) return
    map.delete(key)
  }
}

/** `Bearer` of RFC 6750, or `Token`; the scheme's case does not matter (RFC 9110 §11.1). */
function bearer(header: string | undefined): string | undefined {
  return /^(?:Bearer|Token) +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1]
}
