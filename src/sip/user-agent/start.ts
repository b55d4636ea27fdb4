import { resolveTarget } from '../resolver/resolve.ts'
import { startTransactions } from '../transaction/interpreter.ts'
import type { Trace } from '../transaction/layer.ts'
import type { TransportSet } from '../transport/transports.ts'
import type { UserAgentOptions } from './options.ts'
import { UserAgent } from './user-agent.ts'

export interface StartOptions extends Omit<UserAgentOptions, 'layer' | 'resolve'> {
  /** From `openTransports`, which throws where a port is taken. */
  readonly transports: TransportSet
  /** Told of every message that comes or goes, for ladders. */
  readonly trace?: Trace
}

/** A user agent on its transaction layer on these transports, closed together with the scope. */
export function startUserAgent(options: StartOptions): UserAgent {
  const { transports, trace, times, clock, scope, log } = options
  return UserAgent.start({
    ...options,
    layer: (user) =>
      startTransactions({
        transports,
        clock,
        scope,
        log,
        user,
        ...(trace === undefined ? {} : { trace }),
        ...(times === undefined ? {} : { times }),
        sentBy: ({ transport, remoteAddress, remotePort }) =>
          options.advertise({ transport, remoteAddress, remotePort }),
      }),
    resolve: (uri) => resolveTarget(uri, { clock, serves: (destination) => transports.serves(destination) }),
  })
}
