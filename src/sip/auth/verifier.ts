import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { parseAuthHeader, quote } from './auth-param.ts'
import { type Credentials, type DigestAlgorithm, digestResponse, readAlgorithm } from './digest.ts'
import { NonceCounts, NonceMint } from './nonce.ts'

/** What a client sent to prove who it is, syntactically complete. */
export interface DigestProof {
  readonly username: string
  readonly algorithm: DigestAlgorithm
  readonly uri: string
  readonly nonce: string
  readonly response: string
  readonly cnonce?: string
  readonly qop?: { readonly nc: string; readonly cnonce: string }
}

export type ReadProof =
  | { readonly kind: 'proof'; readonly proof: DigestProof }
  /** No credentials for this realm: challenge. */
  | { readonly kind: 'none' }
  /** To be answered 400 with the sentence. */
  | { readonly kind: 'fault'; readonly sentence: string }

export type Verdict =
  | { readonly kind: 'accepted'; readonly username: string }
  /** The digest is right but the nonce is over or its count was used: challenge with `stale`; nobody guessed anything. */
  | { readonly kind: 'stale'; readonly username: string }
  /** Wrong password, unknown user or an algorithm that was not offered: challenge anew, and count it as a failure. */
  | { readonly kind: 'refused'; readonly username: string }

/** An algorithm that a challenge may offer. */
export type DigestChoice = 'SHA-256' | 'MD5'

export interface DigestVerifierOptions {
  readonly realm: string
  readonly clock: Clock
  /** 300 unless given. */
  readonly nonceSeconds?: number
  /** Nodes that share it take each other's nonces; random unless given. */
  readonly secret?: Buffer
  /**
   * In the order in which they are offered; MD5, then SHA-256 unless given. RFC 8760 §2.4 would have SHA-256 first, but
   * many clients (SIPp 3.6, JsSIP, SIP.js, older phones) read the first challenge only and give up where they do not know
   * it. Clients that know both choose by strength, and who can cut a header out can do so in either order.
   */
  readonly algorithms?: readonly DigestChoice[]
}

// An unknown user costs the same time and gets the same answer as a wrong password.
const nobody: Credentials = { ha1Md5: '0'.repeat(32), ha1Sha256: '0'.repeat(64) }

/** The server's side of digest (RFC 3261 §22, RFC 7616, RFC 8760). Stores nothing per challenge. */
export class DigestVerifier {
  readonly realm: string
  readonly #algorithms: readonly DigestChoice[]
  readonly #mint: NonceMint
  readonly #counts: NonceCounts

  constructor(options: DigestVerifierOptions) {
    const lifeSeconds = options.nonceSeconds ?? 300
    this.realm = options.realm
    this.#algorithms = options.algorithms ?? ['MD5', 'SHA-256']
    const { realm, clock, secret } = options
    this.#mint = new NonceMint({ realm, clock, lifeSeconds, ...(secret === undefined ? {} : { secret }) })
    this.#counts = new NonceCounts({ clock, lifeSeconds })
  }

  /** The values of WWW-Authenticate or Proxy-Authenticate, one header each, in order of preference (RFC 8760 §2.4). */
  challenge(stale = false): string[] {
    const nonce = this.#mint.issue()
    return this.#algorithms.map(
      (algorithm) =>
        `Digest realm=${quote(this.realm)}, nonce=${quote(nonce)}, algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`,
    )
  }

  /** Takes the credentials for this realm out of the values of Authorization or Proxy-Authorization. */
  read(values: readonly string[]): ReadProof {
    for (const value of values) {
      const header = parseAuthHeader(value)
      if (header === undefined) return fault('it is not of the form `Digest name=value, …`')
      if (header.scheme !== 'digest' || header.params.get('realm') !== this.realm) continue
      return readProof(header.params)
    }
    return { kind: 'none' }
  }

  /** @param credentials of `proof.username`, or `undefined` where there is no such user */
  verify(proof: DigestProof, method: string, credentials: Credentials | undefined): Verdict {
    const { username, algorithm, nonce } = proof
    const kept = credentials ?? nobody
    const expected = digestResponse({
      algorithm,
      // The `uri` of the proof, not the Request-URI: phones behind proxies and ALGs differ in ports and parameters, and the nonce count forbids reuse.
      uri: proof.uri,
      ha1: algorithm.startsWith('SHA-256') ? kept.ha1Sha256 : kept.ha1Md5,
      method,
      nonce,
      ...(proof.qop === undefined ? {} : { qop: proof.qop }),
      ...(proof.cnonce === undefined ? {} : { cnonce: proof.cnonce }),
    })
    const right = equalInConstantTime(expected, proof.response.toLowerCase())
    const base = algorithm.replace(/-sess$/, '')
    if (!right || credentials === undefined || !this.#algorithms.some((offered) => offered === base)) {
      return { kind: 'refused', username }
    }
    if (this.#mint.check(nonce) !== 'fresh') return { kind: 'stale', username }
    // A client without qop has no count: each nonce is good for one request of it.
    const count = proof.qop === undefined ? 1 : Number.parseInt(proof.qop.nc, 16)
    return this.#counts.use(nonce, count) ? { kind: 'accepted', username } : { kind: 'stale', username }
  }
}

function readProof(params: ReadonlyMap<string, string>): ReadProof {
  const username = params.get('username')
  const nonce = params.get('nonce')
  const uri = params.get('uri')
  const response = params.get('response')
  if (username === undefined) return fault('`username` is missing')
  if (nonce === undefined) return fault('`nonce` is missing')
  if (uri === undefined) return fault('`uri` is missing')
  if (response === undefined || !/^[0-9a-f]{32,64}$/i.test(response)) return fault('`response` is missing or not hex')
  const algorithm = readAlgorithm(params.get('algorithm'))
  if (algorithm === undefined) return fault('`algorithm` is not one that was offered')
  const cnonce = params.get('cnonce')
  const qop = params.get('qop')
  const common = { username, algorithm, uri, nonce, response, ...(cnonce === undefined ? {} : { cnonce }) }
  if (qop === undefined) return { kind: 'proof', proof: common }
  if (qop.toLowerCase() !== 'auth') return fault('`qop` is not `auth`')
  const nc = params.get('nc')
  if (nc === undefined || !/^[0-9a-f]{8}$/i.test(nc)) return fault('`nc` is not 8 hex digits')
  if (cnonce === undefined) return fault('`cnonce` is missing')
  return { kind: 'proof', proof: { ...common, qop: { nc, cnonce } } }
}

const fault = (why: string): ReadProof => ({
  kind: 'fault',
  sentence: `The digest credentials cannot be read: ${why}.`,
})

function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
