import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { Settings } from '../settings.ts'
import { openTransports, type TransportSet } from '../sip/transport/transports.ts'
import { orRefused } from './ports.ts'
import { loadTls, watchTls } from './tls-files.ts'

export interface OpenSipOptions {
  readonly settings: Pick<Settings, 'bind' | 'sipPort' | 'tls'>
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** Whether what comes from this address is read. */
  accept(address: string): boolean
}

/** Listens for SIP, by TLS too where there is a certificate, whose renewal is watched for. @throws StartRefused where a port is taken */
export async function openSip({ settings, clock, scope, log, accept }: OpenSipOptions): Promise<TransportSet> {
  const { bind: address, sipPort: port } = settings
  const { tls } = await loadTls(settings.tls)
  const sipDoor = { address, port, setting: 'OFFHOOK_SIP_PORT' } as const
  const tlsDoor = { address, port: settings.tls.port, setting: 'OFFHOOK_TLS_PORT' } as const
  const open = (): Promise<TransportSet> =>
    openTransports({
      ...{ address, port, clock, log, accept },
      tls: { ...tls, port: settings.tls.port },
      scope: scope.child('sip'),
    })
  const transports = await orRefused(['udp', 'tcp'], sipDoor, open, tlsDoor)
  await watchTls({ choice: settings.tls, clock, scope, log, renew: (renewed) => transports.renewTls(renewed) })
  return transports
}
