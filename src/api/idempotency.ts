import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { Problem } from '../phone/problem.ts'
import { answerKey, giveBackKey, type KeyUse, takeKey } from '../store/idempotency-keys.ts'
import type { Store } from '../store/store.ts'

const inHand = new WeakMap<FastifyRequest, KeyUse>()
const context = (use: KeyUse): string => `idempotency ${use.tokenId} ${use.key}`

/**
 * Before the handler of a POST: gives the former answer when the key was used for the same request within 24 hours.
 * @throws Problem `idempotency_mismatch`, `conflict` while the first request is still being answered
 */
export async function beginIdempotent(
  request: FastifyRequest,
  reply: FastifyReply,
  store: Store,
  clock: Clock,
): Promise<FastifyReply | undefined> {
  const key = request.headers['idempotency-key']
  if (key === undefined || request.token === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new Problem('invalid_request', 'Idempotency-Key takes 1 to 255 printable ASCII characters.', [
      { field: 'Idempotency-Key', sentence: 'takes 1 to 255 printable ASCII characters' },
    ])
  }
  const requestHash = createHash('sha256')
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest()
  const use = { tokenId: request.token.id, key, requestHash, now: new Date(clock.wall()) }
  const look = await takeKey(store.db, use)
  switch (look.kind) {
    case 'first':
      inHand.set(request, use)
      return undefined
    case 'answered':
      return reply
        .code(look.status)
        .header('Idempotency-Replayed', 'true')
        .type(look.status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json')
        .serializer((text: unknown) => String(text))
        .send(store.keys.open(Buffer.from(look.body, 'base64'), context(use)))
    case 'in_progress':
      throw new Problem('conflict', 'The first request with this Idempotency-Key is still being answered; try again.')
    case 'other_request':
      throw new Problem('idempotency_mismatch', 'This Idempotency-Key came before with another path or body.')
  }
}

/** Keeps the answer, sealed: that of POST /v1/tokens has a token in it. A failure of ours is not kept. */
export async function endIdempotent(
  request: FastifyRequest,
  status: number,
  payload: unknown,
  store: Store,
): Promise<void> {
  const use = inHand.get(request)
  if (use === undefined) return
  inHand.delete(request)
  if (status >= 500) {
    await giveBackKey(store.db, use)
    return
  }
  const text = typeof payload === 'string' ? payload : ''
  await answerKey(store.db, use, { status, body: store.keys.seal(text, context(use)).toString('base64') })
}
