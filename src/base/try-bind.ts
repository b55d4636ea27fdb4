import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { PortProtocol } from './port-holder.ts'

/** Binds the port for a moment. Resolves with the system's error code, `undefined` when it could be had. */
export async function tryBind(protocol: PortProtocol, address: string, port: number): Promise<string | undefined> {
  try {
    if (protocol === 'tcp') {
      const server = createServer().listen({ port, host: address })
      await once(server, 'listening')
      server.close()
      await once(server, 'close')
    } else {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(port, address)
      await once(socket, 'listening')
      socket.close()
      await once(socket, 'close')
    }
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}
