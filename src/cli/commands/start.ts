import { once } from 'node:events'
import type { Command } from 'commander'
import type { Settings } from '../../settings.ts'
import type { Context } from '../context.ts'
import { writeLine } from '../output.ts'

interface Service {
  /** Ends every call, then closes everything. */
  close(): Promise<void>
}
interface Root {
  readonly main: (settings: Settings) => Promise<Service>
}

export function addStart(program: Command, context: Context): void {
  program
    .command('start')
    .description('start the service and stay with it until it is interrupted')
    .action(async () => {
      const settings = context.settings()
      // Loaded here alone: no other command should wait for the whole house.
      const { main } = (await import(new URL('../../main.js', import.meta.url).href)) as Root
      const service = await main(settings)
      const { signal, err } = context.terminal
      if (!signal.aborted) await once(signal, 'abort')
      writeLine(err, 'Stopping; interrupt once more to stop at once.')
      await service.close()
    })
}
