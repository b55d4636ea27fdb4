import type { Limit } from '../patience.ts'

/** How long a caller is let ring, and a call that is up left alone, while the application says nothing. */
export const offeredLimit: Limit = {
  ms: 60_000,
  reason: { code: 'no_answer', sentence: 'the application gave no block to the call in time' },
}
export const idleLimit: Limit = {
  ms: 600_000,
  reason: { code: 'failed', sentence: 'the application gave no further block within 600 s' },
}
