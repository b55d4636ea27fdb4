import type { FastifyReply } from 'fastify'
import type { Timer } from '../../base/clock.ts'
import { deferred } from '../../base/deferred.ts'
import type { ServiceEvent } from '../../phone/event.ts'
import type { ApiOptions } from '../options.ts'

const heartbeatMs = 15_000
/** A reader that takes nothing off its socket for so long a backlog is cut off, and may come back. */
const backlogBytes = 1_000_000

/** What one reader is told. */
export interface StreamedEvents {
  readonly wanted: (event: ServiceEvent) => boolean
  /** After such an event the stream ends. */
  readonly isLast?: (event: ServiceEvent) => boolean
  /** How things stand, told to this reader alone before what happens; rejects where nothing is to be streamed. */
  readonly look?: () => Promise<ServiceEvent | undefined>
}

/** Answers with server-sent events, each as `render` has it, until the last one or until the reader leaves. */
export async function streamEvents(
  reply: FastifyReply,
  { wanted, isLast = () => false, look = async () => undefined }: StreamedEvents,
  {
    render,
    bus,
    clock,
    log,
    scope,
  }: Pick<ApiOptions, 'bus' | 'clock' | 'log' | 'scope'> & {
    readonly render: (event: ServiceEvent) => Promise<string | undefined>
  },
): Promise<void> {
  const { raw } = reply
  const tell = async (event: ServiceEvent): Promise<void> => {
    try {
      if (raw.writableEnded || raw.destroyed) return
      const text = await render(event)
      if (text !== undefined) write(text)
      if (isLast(event)) raw.end()
    } catch (error) {
      log.warn({ err: error, event }, 'an event could not be told')
    }
  }
  const write = (text: string): void => {
    if (raw.writableLength > backlogBytes) raw.destroy()
    else if (!raw.writableEnded && !raw.destroyed) raw.write(text)
  }

  // Heard from before the look on, so that what happens meanwhile is told as well. One after the other, so that they
  // leave in the order in which they happened.
  const looked = deferred<void>()
  let last = looked.promise
  const leave = bus.subscribe((event) => {
    if (wanted(event)) last = last.then(() => tell(event))
  })
  let now: ServiceEvent | undefined
  try {
    now = await look()
  } catch (error) {
    leave()
    throw error
  }
  reply.hijack()
  // A reader that has left meanwhile tells so no more.
  if (raw.destroyed) return leave()
  raw.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // nginx would hold events back until its buffer is full.
    'X-Accel-Buffering': 'no',
  })
  raw.write(': listening\n\n')
  let heartbeat: Timer
  const beat = (): void => {
    write(': still here\n\n')
    heartbeat = clock.after(heartbeatMs, beat)
  }
  heartbeat = clock.after(heartbeatMs, beat)
  const forget = scope.add('event stream', () => {
    raw.end()
  })
  raw.once('close', () => {
    heartbeat.stop()
    leave()
    forget()
  })
  if (now !== undefined) await tell(now)
  looked.resolve()
}
