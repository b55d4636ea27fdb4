import { createHash } from 'node:crypto'
import type { Keys } from '../store/keys.ts'
import { putTextCallback } from '../store/phoneai.ts'
import type { Db } from '../store/store.ts'

/** Keeps who is told of answers to a text, and what signs that. */
export async function putReplyUrl(db: Db, keys: Keys, id: string, url: string, authorization = ''): Promise<void> {
  await putTextCallback(db, id, keys.seal(JSON.stringify({ url, secret: secretOf(authorization) }), id))
}

/** Whoever holds the token can make it: what signs the callbacks is `whsec_` and base64 of SHA-256 of the token. */
export function secretOf(authorization: string): string {
  const token = authorization.replace(/^\S+ +/, '').trim()
  return `whsec_${createHash('sha256').update(token).digest('base64')}`
}
