import { readdir, readFile, readlink } from 'node:fs/promises'

export type PortProtocol = 'tcp' | 'udp'

/** A socket that listens. `pid` and `name` are absent where the process belongs to somebody else or the system does not tell. */
export interface PortHolder {
  readonly protocol: PortProtocol
  /** As bound; `0.0.0.0` and `::` for every address. */
  readonly address: string
  readonly port: number
  readonly pid?: number
  /** The program's short name, at most 15 characters, as the kernel has it. */
  readonly name?: string
}

interface Listening {
  readonly address: string
  readonly port: number
  readonly inode: string
}

/**
 * Who holds a port on the way of one that wants `address`: the same address or, on either side, every address.
 * Linux only (`/proc`); `undefined` elsewhere and when nobody holds it.
 */
export async function findPortHolder(
  protocol: PortProtocol,
  address: string,
  port: number,
): Promise<PortHolder | undefined> {
  const listening = await listeningSockets(protocol)
  const held = listening.find((socket) => socket.port === port && overlap(socket.address, address))
  if (held === undefined) return undefined
  const owner = await ownerOf(held.inode)
  return { protocol, address: held.address, port, ...owner }
}

/** `process 812 (asterisk)`, or what can be said without the right to look. */
export function describePortHolder(holder: PortHolder): string {
  if (holder.pid === undefined) return 'a process of another user'
  return holder.name === undefined ? `process ${holder.pid}` : `process ${holder.pid} (${holder.name})`
}

/** Every port that somebody listens on. */
export async function listeningSockets(protocol: PortProtocol): Promise<readonly Listening[]> {
  const tables = await Promise.all(
    [protocol, `${protocol}6`].map((table) => readProc(`/proc/net/${table}`).then((text) => readTable(text, protocol))),
  )
  return tables.flat()
}

/** Reads `/proc/net/{tcp,udp}{,6}` (proc(5)): columns local address, state and inode. */
export function readTable(text: string, protocol: PortProtocol): Listening[] {
  // 0A is TCP_LISTEN; a UDP socket that is bound and not connected shows as 07.
  const wanted = protocol === 'tcp' ? '0A' : '07'
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      const [hex = '', port = ''] = local.split(':')
      if (state !== wanted) return []
      return [{ address: readHexAddress(hex), port: Number.parseInt(port, 16), inode }]
    })
}

/** The kernel prints each 32-bit word in the byte order of the machine, which is little-endian wherever Node runs but s390x. */
function readHexAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)))
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.every((byte) => byte === 0)) return '::'
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

const everywhere = (address: string): boolean => address === '0.0.0.0' || address === '::'
const overlap = (a: string, b: string): boolean => a === b || everywhere(a) || everywhere(b)

async function ownerOf(inode: string): Promise<{ pid?: number; name?: string }> {
  const wanted = `socket:[${inode}]`
  for (const entry of await readdir('/proc')) {
    if (!/^[0-9]+$/.test(entry)) continue
    if (!(await holds(entry, wanted))) continue
    const name = (await readProc(`/proc/${entry}/comm`)).replace(/\p{Cc}/gu, '')
    return { pid: Number(entry), ...(name === '' ? {} : { name }) }
  }
  return {}
}

async function holds(pid: string, socket: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  try {
    for (const fd of await readdir(folder)) {
      if ((await readlink(`${folder}/${fd}`)) === socket) return true
    }
  } catch {
    // Another user's process, or one that ended or closed the file meanwhile: it cannot be the answer we may give.
  }
  return false
}

async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    // No such table: not Linux, or built without IPv6.
    return ''
  }
}
