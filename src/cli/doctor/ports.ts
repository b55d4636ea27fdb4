import { describePortHolder, findPortHolder, listeningSockets, type PortProtocol } from '../../base/port-holder.ts'
import { tryBind } from '../../base/try-bind.ts'
import type { Settings } from '../../settings.ts'
import type { Finding } from './finding.ts'

interface Wanted {
  readonly protocol: PortProtocol
  readonly address: string
  readonly port: number
  readonly use: string
  readonly setting: string
}

/** @param service the pid of the running service, whose own ports are no fault */
export async function checkPorts(settings: Settings, service: number | undefined): Promise<Finding[]> {
  const { bind, httpBind, httpPort, sipPort, tls } = settings
  const wanted: Wanted[] = [
    { protocol: 'tcp', address: httpBind, port: httpPort, use: 'HTTP', setting: 'OFFHOOK_HTTP_PORT' },
    { protocol: 'udp', address: bind, port: sipPort, use: 'SIP', setting: 'OFFHOOK_SIP_PORT' },
    { protocol: 'tcp', address: bind, port: sipPort, use: 'SIP', setting: 'OFFHOOK_SIP_PORT' },
    ...(tls.own === undefined ? [] : [tlsPort(bind, tls.port)]),
  ]
  const findings = await Promise.all(wanted.map((port) => checkPort(port, service)))
  return [...findings, await checkRtpPorts(settings)]
}

const tlsPort = (address: string, port: number): Wanted => ({
  protocol: 'tcp',
  address,
  port,
  use: 'TLS',
  setting: 'OFFHOOK_TLS_PORT',
})

async function checkPort(wanted: Wanted, service: number | undefined): Promise<Finding> {
  const { protocol, address, port, use, setting } = wanted
  const name = `${use} port ${port}/${protocol}`
  if (port === 0)
    return { topic: 'ports', level: 'ok', sentence: `The ${use} port (${protocol}) is left to the system.` }
  const refusal = await tryBind(protocol, address, port)
  switch (refusal) {
    case undefined:
      return { topic: 'ports', level: 'ok', sentence: `${name} on ${address} is free.` }
    case 'EADDRINUSE': {
      const holder = await findPortHolder(protocol, address, port)
      if (holder?.pid !== undefined && holder.pid === service) {
        return {
          topic: 'ports',
          level: 'ok',
          sentence: `${name} on ${address} is held by the running service (process ${service}).`,
        }
      }
      const who = holder === undefined ? 'somebody' : describePortHolder(holder)
      const sentence = `${name} on ${address} is held by ${who}.`
      return { topic: 'ports', level: 'fault', sentence, advice: `End that one, or set ${setting} to another port.` }
    }
    case 'EACCES':
      return {
        topic: 'ports',
        level: 'fault',
        sentence: `${name} may not be opened by this user.`,
        advice: `Set ${setting} to a port above 1023, or run the service as a user that may open it.`,
      }
    case 'EADDRNOTAVAIL':
      return {
        topic: 'ports',
        level: 'fault',
        sentence: `${name} cannot be opened: ${address} is no address of this machine.`,
        advice: `Set ${use === 'HTTP' ? 'OFFHOOK_HTTP_BIND' : 'OFFHOOK_BIND'} to one that is, or to 0.0.0.0 for all.`,
      }
    default:
      return {
        topic: 'ports',
        level: 'fault',
        sentence: `${name} on ${address} cannot be opened (${refusal}).`,
        advice: `Set ${setting} to another port and look again.`,
      }
  }
}

async function checkRtpPorts({ rtpPorts: { first, last }, bind }: Settings): Promise<Finding> {
  const taken = (await listeningSockets('udp')).filter(
    ({ port, address }) => port >= first && port <= last && (bind === '0.0.0.0' || bind === '::' || address === bind),
  )
  // Each stream has an even port for RTP and the odd one above for RTCP; a bridged call has two streams.
  const streams = Math.floor((last - first + 1 - taken.length) / 2)
  const sentence = `RTP ports ${first}-${last}: room for ${streams} streams (two per bridged call), ${taken.length} ports in use.`
  if (streams >= 20) return { topic: 'ports', level: 'ok', sentence }
  return {
    topic: 'ports',
    level: streams === 0 ? 'fault' : 'warning',
    sentence,
    advice: 'Widen the range in OFFHOOK_RTP_PORTS.',
  }
}
