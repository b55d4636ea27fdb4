import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Scope } from '../../src/base/scope.ts'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** `performance.now()` when its headers were here. */
  readonly at: number
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A real HTTP server on loopback that keeps what it is sent. */
export interface Receiver {
  readonly url: string
  readonly received: Received[]
  /** What it answers from now on; 204 until told. A promise keeps the sender waiting. */
  answer: (request: Received) => Answer | Promise<Answer>
  /** Resolves with all of them when so many have come. */
  count(n: number, ms?: number): Promise<readonly Received[]>
  close(): void
}

export async function startReceiver(scope: Scope, port = 0): Promise<Receiver> {
  const received: Received[] = []
  const waiting = new Set<() => void>()
  const receiver: Receiver = {
    url: '',
    received,
    answer: () => ({ status: 204 }),
    async count(n, ms = 20_000) {
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (received.length < n) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve()
        }
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`${received.length} requests came in ${ms} ms, not ${n}`))
        }, ms)
        waiting.add(look)
        look()
      })
      return received
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  const server = createServer(async (request, response) => {
    const at = performance.now()
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { method = '', url = '', headers } = request
    const kept = { method, path: url, headers, body: Buffer.concat(parts).toString('utf8'), at }
    received.push(kept)
    for (const look of waiting) look()
    const { status, headers: answered = {}, body } = await receiver.answer(kept)
    response.writeHead(status, answered).end(body)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  scope.add('receiver', () => receiver.close())
  return Object.assign(receiver, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}
