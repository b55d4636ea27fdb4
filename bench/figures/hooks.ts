import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getPriority, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'

// A thread of its own: among ten thousand packets a second a request would wait to be seen, and its lateness be ours. For the same reason
// it does not give way to the service, as the process that calls does.
try {
  if (process.platform === 'linux') setPriority(0, Math.max(-20, getPriority(0) - 10))
} catch {
  // That wants a privilege; without it figures are a little higher.
}

/** First the port, then each call that was told of, by the name in its From. */
export type HookMessage = { readonly port: number } | { readonly name: string; readonly atMs: number }

/** Milliseconds of a clock that all threads of the process share. */
export const sharedMs = (): number => Number(process.hrtime.bigint()) / 1e6

const post = (message: HookMessage): void => parentPort?.postMessage(message)

const server = createServer((request, response) => {
  const atMs = sharedMs()
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (part: string) => {
    body += part
  })
  request.on('end', () => {
    response.writeHead(204).end()
    const { data } = JSON.parse(body) as { data: { call: { from: { name?: string } } } }
    post({ name: data.call.from.name ?? '', atMs })
  })
})

if (parentPort !== null) {
  server.listen(0, '127.0.0.1', () => post({ port: (server.address() as AddressInfo).port }))
}
