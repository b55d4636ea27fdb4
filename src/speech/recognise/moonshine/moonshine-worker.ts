import { setPriority } from 'node:os'
import { MoonshineListener } from './listener.ts'
import type { Answer, Ask } from './protocol.ts'

// A process of its own: running the model holds its thread, and its memory comes back when it ends.

/** Words may come a little later; audio may not. */
const niceness = 5

process.on('disconnect', () => process.exit())
setPriority(niceness)
const [encoder = '', decoder = ''] = process.argv.slice(2)
const opening = MoonshineListener.open({ encoder, decoder })
opening.catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1))
})

process.on('message', async ({ id, samples }: Ask) => {
  const listener = await opening.catch(() => undefined)
  if (listener === undefined) return
  const answer: Answer = await listener.recognise(samples).then(
    (recognised) => ({ id, recognised }),
    (error: unknown) => ({ id, fault: error instanceof Error ? error.message : String(error) }),
  )
  process.send?.(answer)
})
