import { deferred } from '../../base/deferred.ts'
import type { EchoEnd, EchoOptions } from '../../phone/call.ts'
import type { BlockContext } from './block.ts'

/** The stream is bridged with itself: what comes is sent back as it came, keys too. */
export async function echo(
  { leg, alive, stopped, note }: BlockContext,
  { stopOn = '#' }: EchoOptions,
): Promise<EchoEnd> {
  note('play', 'the other side hears itself')
  const over = deferred<EchoEnd>()
  const stop = (): void => over.resolve({ kind: 'stopped' })
  const forgetKeys = leg.onKey((key) => {
    if (stopOn.includes(key)) over.resolve({ kind: 'key', key })
  })
  stopped.addEventListener('abort', stop)
  leg.stream.bridge(leg.stream)
  try {
    return await alive(over.promise)
  } finally {
    forgetKeys()
    stopped.removeEventListener('abort', stop)
    leg.stream.unbridge()
  }
}
