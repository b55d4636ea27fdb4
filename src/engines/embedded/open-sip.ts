import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { Uri } from '../../sip/message/uri.ts'
import { resolveTarget } from '../../sip/resolver/resolve.ts'
import { startTransactions } from '../../sip/transaction/interpreter.ts'
import type { Trace, TransactionLayer, TransactionUser } from '../../sip/transaction/layer.ts'
import type { Destination } from '../../sip/transport/transport.ts'
import { openTransports } from '../../sip/transport/transports.ts'
import { addressTowards } from './advertise.ts'
import type { Site } from './place.ts'

export interface SipDoor {
  readonly port: number
  openLayer(user: TransactionUser, trace?: Trace): TransactionLayer
  resolve(uri: Uri): Promise<readonly Destination[]>
}

export interface OpenSip {
  readonly site: Site
  /** 0 takes one that is free. */
  readonly port: number
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** Whether anything from this address is read at all. */
  readonly accept?: (address: string) => boolean
}

/** Opens SIP over UDP and TCP on one port. @throws TransportError with `EADDRINUSE` when it is taken */
export async function openSip({ site, port, clock, scope, log, accept }: OpenSip): Promise<SipDoor> {
  const transports = await openTransports({
    address: site.bind,
    port,
    clock,
    scope,
    log,
    ...(accept === undefined ? {} : { accept }),
  })
  const localPort = transports.all[0]?.localPort ?? port
  return {
    port: localPort,
    openLayer: (user, trace) =>
      startTransactions({
        transports,
        clock,
        scope,
        log,
        user,
        sentBy: (flow) => ({
          host: addressTowards(flow.remoteAddress, site.bind, site.configured),
          port: flow.transport === 'UDP' || flow.connection === undefined ? flow.localPort : localPort,
        }),
        ...(trace === undefined ? {} : { trace }),
      }),
    resolve: (uri) => resolveTarget(uri, { clock, serves: (destination) => transports.serves(destination) }),
  }
}
