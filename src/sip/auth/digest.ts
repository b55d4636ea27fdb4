import { createHash } from 'node:crypto'

/** RFC 7616 §3.3, RFC 8760 §2.1. */
export type DigestAlgorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256' | 'SHA-512-256-sess'

/** What a server keeps of a password: H(username:realm:password) in lower case hex, by MD5 and by SHA-256. */
export interface Credentials {
  readonly ha1Md5: string
  readonly ha1Sha256: string
}

const hashes: Readonly<Record<DigestAlgorithm, string>> = {
  MD5: 'md5',
  'MD5-sess': 'md5',
  'SHA-256': 'sha256',
  'SHA-256-sess': 'sha256',
  'SHA-512-256': 'sha512-256',
  'SHA-512-256-sess': 'sha512-256',
}

const names = Object.keys(hashes) as DigestAlgorithm[]

/** The algorithm of a header's parameter; without one it is MD5 (RFC 7616 §3.3). `undefined` for one that is not known. */
export function readAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  if (text === undefined) return 'MD5'
  const wanted = text.toLowerCase()
  return names.find((name) => name.toLowerCase() === wanted)
}

const hash = (algorithm: DigestAlgorithm, text: string): string =>
  createHash(hashes[algorithm]).update(text, 'utf8').digest('hex')

/** H(username:realm:password), before any `-sess` step. */
export function ha1(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(algorithm, `${username}:${realm}:${password}`)
}

/** The HA1 values to keep in place of a password. They hold for this username and realm only. */
export function makeCredentials(username: string, realm: string, password: string): Credentials {
  return { ha1Md5: ha1('MD5', username, realm, password), ha1Sha256: ha1('SHA-256', username, realm, password) }
}

export interface DigestInput {
  readonly algorithm: DigestAlgorithm
  /** As from `ha1()`. */
  readonly ha1: string
  readonly method: string
  /** The `uri` parameter, as written. */
  readonly uri: string
  readonly nonce: string
  /** Absent: the RFC 2069 form, without nonce count. */
  readonly qop?: { readonly nc: string; readonly cnonce: string }
  /** `-sess` needs it also where there is no qop. */
  readonly cnonce?: string
}

/** The `response` value (RFC 7616 §3.4.1), qop `auth` or none. `auth-int` is not offered: proxies that mend SDP would break it. */
export function digestResponse(input: DigestInput): string {
  const { algorithm, nonce, qop } = input
  const cnonce = qop?.cnonce ?? input.cnonce ?? ''
  const a1 = algorithm.endsWith('-sess') ? hash(algorithm, `${input.ha1}:${nonce}:${cnonce}`) : input.ha1
  const a2 = hash(algorithm, `${input.method}:${input.uri}`)
  return hash(
    algorithm,
    qop === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${qop.nc}:${qop.cnonce}:auth:${a2}`,
  )
}
