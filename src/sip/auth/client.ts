import { randomBytes } from 'node:crypto'
import { parseAuthHeader, quote } from './auth-param.ts'
import { type DigestAlgorithm, digestResponse, ha1, readAlgorithm } from './digest.ts'

/** What we log in with at somebody else's server. */
export interface Login {
  readonly username: string
  readonly password: string
}

export interface DigestChallenge {
  readonly realm: string
  readonly nonce: string
  readonly algorithm: DigestAlgorithm
  readonly opaque?: string
  readonly qop: boolean
  readonly stale: boolean
}

// Strongest first.
const preference: readonly DigestAlgorithm[] = [
  'SHA-512-256',
  'SHA-512-256-sess',
  'SHA-256',
  'SHA-256-sess',
  'MD5',
  'MD5-sess',
]

/** The strongest challenge that we can answer, of the values of all WWW-Authenticate or Proxy-Authenticate headers. */
export function pickChallenge(values: readonly string[]): DigestChallenge | undefined {
  const known: DigestChallenge[] = []
  for (const value of values) {
    const challenge = readChallenge(value)
    if (challenge !== undefined) known.push(challenge)
  }
  known.sort((a, b) => preference.indexOf(a.algorithm) - preference.indexOf(b.algorithm))
  return known[0]
}

function readChallenge(value: string): DigestChallenge | undefined {
  const header = parseAuthHeader(value)
  const realm = header?.params.get('realm')
  const nonce = header?.params.get('nonce')
  const algorithm = readAlgorithm(header?.params.get('algorithm'))
  if (header?.scheme !== 'digest' || realm === undefined || nonce === undefined || algorithm === undefined) {
    return undefined
  }
  const qops = header.params
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/)
  if (qops !== undefined && !qops.includes('auth')) return undefined
  const opaque = header.params.get('opaque')
  return {
    realm,
    nonce,
    algorithm,
    qop: qops !== undefined,
    stale: header.params.get('stale')?.toLowerCase() === 'true',
    ...(opaque === undefined ? {} : { opaque }),
  }
}

export interface AnswerInput {
  readonly method: string
  /** The Request-URI as it is written on the wire. */
  readonly uri: string
  /** How often this nonce was answered, this time included. */
  readonly count: number
  readonly cnonce: string
}

/** The value of Authorization or Proxy-Authorization. */
export function answerChallenge(challenge: DigestChallenge, login: Login, input: AnswerInput): string {
  const { realm, nonce, algorithm } = challenge
  const nc = input.count.toString(16).padStart(8, '0')
  const needsCnonce = challenge.qop || algorithm.endsWith('-sess')
  const response = digestResponse({
    algorithm,
    ha1: ha1(algorithm, login.username, realm, login.password),
    method: input.method,
    uri: input.uri,
    nonce,
    cnonce: input.cnonce,
    ...(challenge.qop ? { qop: { nc, cnonce: input.cnonce } } : {}),
  })
  const params = [
    `username=${quote(login.username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(input.uri)}`,
    `response=${quote(response)}`,
    `algorithm=${algorithm}`,
  ]
  if (needsCnonce) params.push(`cnonce=${quote(input.cnonce)}`)
  if (challenge.opaque !== undefined) params.push(`opaque=${quote(challenge.opaque)}`)
  if (challenge.qop) params.push('qop=auth', `nc=${nc}`)
  return `Digest ${params.join(', ')}`
}

export interface AuthorizationHeader {
  readonly name: 'Authorization' | 'Proxy-Authorization'
  readonly value: string
}

type Space = 'origin' | 'proxy'

/**
 * The client's memory of one dialog or registration: challenges of the server and of a proxy, and how often each nonce was
 * answered, so that later requests carry credentials at once.
 */
export class DigestClient {
  readonly #login: Login
  readonly #held = new Map<Space, { challenge: DigestChallenge; count: number }>()

  constructor(login: Login) {
    this.#login = login
  }

  /**
   * Takes the challenge of a 401 or 407. `false`: it cannot be answered, or it refuses the answer that we gave, so trying again is useless.
   * @param values of WWW-Authenticate (401) or Proxy-Authenticate (407)
   * @param answered whether the refused request had carried credentials for this status
   */
  take(status: 401 | 407, values: readonly string[], answered: boolean): boolean {
    const challenge = pickChallenge(values)
    if (challenge === undefined) return false
    const space = status === 401 ? 'origin' : 'proxy'
    const before = this.#held.get(space)?.challenge
    // A new nonce without stale=true after an answer means that name or password is wrong (RFC 3261 §22.2).
    if (answered && before?.realm === challenge.realm && !challenge.stale) return false
    this.#held.set(space, { challenge, count: 0 })
    return true
  }

  /** Headers for the next request; none before the first challenge. Each call counts the nonces up. */
  authorize(method: string, uri: string): AuthorizationHeader[] {
    return [...this.#held].map(([space, held]) => {
      held.count += 1
      const cnonce = randomBytes(12).toString('base64url')
      const value = answerChallenge(held.challenge, this.#login, { method, uri, count: held.count, cnonce })
      return { name: space === 'origin' ? 'Authorization' : 'Proxy-Authorization', value }
    })
  }
}
