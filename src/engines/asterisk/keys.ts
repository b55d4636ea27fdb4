import type { Clock } from '../../base/clock.ts'
import type { AriRest } from './rest.ts'

/** How long a key is held, and the pause after it, milliseconds. */
const heldMs = 100
const pauseMs = 100
const waitMs = 500

/**
 * Presses keys on a channel: `0-9A-D*#`, `w` waits 500 ms. Asterisk takes none from the packets of external media.
 * @returns resolves when the last was pressed; rejects where no more are to be pressed
 */
export async function pressKeys(
  rest: AriRest,
  clock: Clock,
  channel: string,
  keys: string,
  noMore: AbortSignal,
): Promise<void> {
  const after = (ms: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = clock.after(ms, () => {
        noMore.removeEventListener('abort', stop)
        resolve()
      })
      const stop = (): void => {
        timer.stop()
        reject(noMore.reason)
      }
      noMore.addEventListener('abort', stop, { once: true })
    })
  noMore.throwIfAborted()
  for (const part of keys.match(/w+|[^w]+/g) ?? []) {
    if (part.startsWith('w')) {
      await after(part.length * waitMs)
      continue
    }
    const how = { dtmf: part, duration: heldMs, between: pauseMs }
    await rest.post(`/channels/${encodeURIComponent(channel)}/dtmf`, how)
    await after(part.length * (heldMs + pauseMs))
  }
}
