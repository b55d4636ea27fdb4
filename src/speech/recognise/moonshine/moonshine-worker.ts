import { setTimeout as after } from 'node:timers/promises'
import { type Deferred, deferred } from '../../../base/deferred.ts'
import { standBehind } from '../niceness.ts'
import { MoonshineListener } from './listener.ts'
import type { Answer, Ask, Beside } from './protocol.ts'

// A process of its own: running the model holds its thread, and its memory comes back when it ends.

/** The other recogniser takes as long, mostly; nobody else can use this process meanwhile. */
const patienceMs = 300

process.on('disconnect', () => process.exit())
standBehind(0)
const [encoder = '', decoder = '', arpa] = process.argv.slice(2)
const opening = MoonshineListener.open({ encoder, decoder, arpa })
opening.catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1))
})

/** Of utterances that are being written. */
const besides = new Map<number, Deferred<Beside['words']>>()

process.on('message', async (ask: Ask) => {
  if (!('samples' in ask)) {
    besides.get(ask.id)?.resolve(ask.words)
    return
  }
  const { id, samples } = ask
  const beside = deferred<Beside['words']>()
  besides.set(id, beside)
  const others = () => Promise.race([beside.promise, after(patienceMs, undefined)])
  const listener = await opening.catch(() => undefined)
  if (listener === undefined) return
  const answer: Answer = await listener.recognise(samples, ask.besides ? others : undefined).then(
    (recognised) => ({ id, recognised }),
    (error: unknown) => ({ id, fault: error instanceof Error ? error.message : String(error) }),
  )
  besides.delete(id)
  process.send?.(answer)
})
