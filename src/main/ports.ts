import { describePortHolder, findPortHolder, type PortProtocol } from '../base/port-holder.ts'
import { StartRefused } from '../base/start-refused.ts'
import { tryBind } from '../base/try-bind.ts'
import type { Settings } from '../settings.ts'
import { TransportError } from '../sip/transport/transport.ts'

interface Door {
  readonly protocols: readonly PortProtocol[]
  readonly address: string
  readonly port: number
  readonly setting: 'OFFHOOK_HTTP_PORT' | 'OFFHOOK_SIP_PORT' | 'OFFHOOK_TLS_PORT'
  /** What `address` comes from. */
  readonly bindSetting: 'OFFHOOK_HTTP_BIND' | 'OFFHOOK_BIND'
}

type NamedDoor = Pick<Door, 'address' | 'port' | 'setting'>

/**
 * Looks whether every port can be had before anything is made on the disk.
 * @throws StartRefused with a sentence for each that cannot
 */
export async function checkPorts(settings: Settings): Promise<void> {
  const { bind, sipPort, httpBind, httpPort, tls } = settings
  const doors: Door[] = [
    {
      protocols: ['udp', 'tcp'],
      address: bind,
      port: sipPort,
      setting: 'OFFHOOK_SIP_PORT',
      bindSetting: 'OFFHOOK_BIND',
    },
    ...(tls.own === undefined ? [] : [tlsDoor(bind, tls.port)]),
    {
      protocols: ['tcp'],
      address: httpBind,
      port: httpPort,
      setting: 'OFFHOOK_HTTP_PORT',
      // HTTP follows OFFHOOK_BIND unless told otherwise.
      bindSetting: httpBind === bind ? 'OFFHOOK_BIND' : 'OFFHOOK_HTTP_BIND',
    },
  ]
  const refusals = new Set((await Promise.all(doors.map(lookAt))).flat())
  if (refusals.size > 0) throw new StartRefused([...refusals].join('\n'))
}

const tlsDoor = (address: string, port: number): Door => ({
  protocols: ['tcp'],
  address,
  port,
  setting: 'OFFHOOK_TLS_PORT',
  bindSetting: 'OFFHOOK_BIND',
})

/** As `checkPorts` says it, for a port that was taken between the look and the opening. */
export async function orRefused<T>(
  protocols: readonly PortProtocol[],
  door: NamedDoor,
  open: () => Promise<T>,
  /** Where `open` opens TLS beside. */
  tls?: NamedDoor,
): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const byTls = tls !== undefined && error instanceof TransportError && error.transport === 'TLS'
    const sentence = byTls ? await taken(['tcp'], tls) : await taken(protocols, door)
    throw new StartRefused(sentence, { cause: error })
  }
}

async function lookAt(door: Door): Promise<string[]> {
  const { protocols, address, port, setting, bindSetting } = door
  const found = await Promise.all(
    protocols.map(async (protocol) => ({ protocol, code: await tryBind(protocol, address, port) })),
  )
  const codes = new Map<string, PortProtocol[]>()
  for (const { protocol, code } of found) {
    if (code !== undefined) codes.set(code, [...(codes.get(code) ?? []), protocol])
  }
  return Promise.all(
    [...codes].map(async ([code, failed]) => {
      switch (code) {
        case 'EADDRINUSE':
          return await taken(failed, door)
        case 'EACCES':
          return `Port ${port} (${names(failed)}) may not be opened by this user. Set ${setting} to a port above 1023, or run the service as a user that may open it.`
        case 'EADDRNOTAVAIL':
          return `${bindSetting} is ${address}, which is no address of this machine. Set it to one that is, or to 0.0.0.0 for all.`
        default:
          return `Port ${port} (${names(failed)}) on ${address} cannot be opened (${code}). Set ${setting} or ${bindSetting} otherwise.`
      }
    }),
  )
}

/** Names the port, its holder, and the setting that changes it. */
async function taken(protocols: readonly PortProtocol[], { address, port, setting }: NamedDoor): Promise<string> {
  const holders = await Promise.all(protocols.map((protocol) => findPortHolder(protocol, address, port)))
  const who = [...new Set(holders.flatMap((holder) => (holder === undefined ? [] : [describePortHolder(holder)])))]
  const held = protocols.filter((_, i) => holders[i] !== undefined)
  return `Port ${port} (${names(held.length === 0 ? protocols : held)}) is taken by ${who.join(' and ') || 'another process'}. Stop it, or set ${setting} to a free port.`
}

const names = (protocols: readonly PortProtocol[]): string =>
  protocols.map((protocol) => protocol.toUpperCase()).join(' and ')
