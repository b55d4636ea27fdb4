import { createHmac, randomBytes } from 'node:crypto'

/** Standard Webhooks 1.0.0: symmetric signatures, `v1`. */
const prefix = 'whsec_'

/** 24 random bytes; the specification wants 24 to 64. */
export const newSecret = (): string => `${prefix}${randomBytes(24).toString('base64')}`

/** @throws TypeError for a secret that is not `whsec_` and base64 of 24 to 64 bytes */
function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64')
  if (key.length < 24 || key.length > 64)
    throw new TypeError('A webhook secret is whsec_ and base64 of 24 to 64 bytes.')
  return key
}

export interface StandardSigned {
  readonly id: string
  /** Seconds since 1970: when this very try is made. */
  readonly timestamp: number
  readonly body: string
}

/**
 * The three headers of a try.
 * @param secrets several while one replaces another: a receiver that knows either takes the request
 */
export function signStandard(
  { id, timestamp, body }: StandardSigned,
  secrets: readonly string[],
): Record<string, string> {
  const signed = `${id}.${timestamp}.${body}`
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`,
  )
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') }
}
