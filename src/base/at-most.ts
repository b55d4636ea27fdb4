import type { Clock } from './clock.ts'

/** Waits for the work, but no longer than this; what is not done then is left to the next start. */
export function atMost(ms: number, work: Promise<unknown>, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve)
    const done = (): void => {
      timer.stop()
      resolve()
    }
    work.then(done, done)
  })
}
