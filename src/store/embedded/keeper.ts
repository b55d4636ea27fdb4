import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import { processLives } from './folder-lock.ts'
import type { EmbeddedServer } from './server.ts'

/** How often is looked whether the server lives. */
const lookMs = 500
/** Waits between tries to start it again; the last one repeats. */
const retryMs = [1000, 5000, 15_000, 30_000]

/**
 * Starts the server again when it dies under us: killed for want of memory, or by hand. Until then queries fail and calls
 * go on. Closing the scope stops whichever server runs.
 * @param again must bring the server up under the same URL, since the pool of connections has no other
 */
export function keepServer(
  first: EmbeddedServer,
  again: () => Promise<EmbeddedServer>,
  { scope, log }: { readonly scope: Scope; readonly log: Logger },
): void {
  let server = first
  let closing = false
  let timer: NodeJS.Timeout | undefined
  let work: Promise<void> = Promise.resolve()

  const wait = (ms: number, then: () => Promise<void>): void => {
    if (closing) return
    timer = setTimeout(() => {
      work = then()
    }, ms)
    timer.unref()
  }
  const look = async (): Promise<void> => {
    if (processLives(server.pid)) return wait(lookMs, look)
    log.error({ pid: server.pid }, 'The database has died; it is started again.')
    await restart(0)
  }
  const restart = async (tries: number): Promise<void> => {
    try {
      server = await again()
      log.info({ pid: server.pid }, 'The database runs again.')
      wait(lookMs, look)
    } catch (error) {
      log.error({ err: error }, 'The database could not be started again; it is tried further.')
      wait(retryMs[Math.min(tries, retryMs.length - 1)] ?? 0, () => restart(tries + 1))
    }
  }
  wait(lookMs, look)

  scope.add('database server', async () => {
    closing = true
    clearTimeout(timer)
    await work
    await server.stop()
  })
}
