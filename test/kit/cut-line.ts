import { connect, createServer, type Socket } from 'node:net'
import type { Scope } from '../../src/base/scope.ts'

/** A TCP port that leads to another one, until it is cut. */
export interface CutLine {
  readonly port: number
  /** Breaks what is up; what comes now is refused. */
  cut(): void
  mend(): void
}

export async function openCutLine(scope: Scope, target: number): Promise<CutLine> {
  const sockets = new Set<Socket>()
  let whole = true
  const server = createServer((near) => {
    if (!whole) {
      near.destroy()
      return
    }
    const far = connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.pipe(other)
      // `close` follows, and ends the other one.
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  const cut = (): void => {
    whole = false
    for (const socket of sockets) socket.destroy()
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  scope.add('line', () => {
    cut()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the line has no port')
  return {
    port: address.port,
    cut,
    mend: () => {
      whole = true
    },
  }
}
