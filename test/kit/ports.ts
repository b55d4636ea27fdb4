import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const host = '127.0.0.1'

/** Below those that the kernel gives to outgoing connections (32768–60999), any of which could take one before it is used. */
const ports = { from: 10_240, to: 32_768 }
/** Of files that run at the same time (three: vitest.config.ts) each takes its own part, so that none takes what another one just found free. */
const parts = 3
const share = ((): typeof ports => {
  const worker = process.env.VITEST_POOL_ID
  if (worker === undefined) return ports
  const size = Math.floor((ports.to - ports.from) / parts)
  const from = ports.from + (Number(worker) % parts) * size
  return { from, to: from + size }
})()
/** What this process gave away: a range of ports for audio is not bound before there are calls. */
const given: (typeof ports)[] = []

/** A port that nobody had a moment ago, neither for UDP nor for TCP; `count` of them in a row, the first even. */
export async function freePort(count = 1): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const chosen = randomInt(share.from, share.to - count - 1)
    const first = chosen + (chosen & 1)
    let free = !given.some(({ from, to }) => first < to && from < first + count)
    for (let port = first; free && port < first + count; port++) free = await isFree(port)
    if (!free) continue
    given.push({ from: first, to: first + count })
    return first
  }
  throw new Error(`No ${count} free ports in a row were found on ${host}`)
}

/** So many in a row for audio, both ends inclusive. */
export async function freeRange(count: number): Promise<{ readonly from: number; readonly to: number }> {
  const from = await freePort(count)
  return { from, to: from + count - 1 }
}

/** Nobody listens there, neither for UDP nor for TCP. */
export async function isFree(port: number): Promise<boolean> {
  return (await probeUdp(port)) !== undefined && (await probeTcp(port))
}

function probeUdp(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    // Taken: the caller tries another.
    socket.once('error', () => socket.close(() => resolve(undefined)))
    socket.bind({ port, address: host, exclusive: true }, () => {
      const bound = socket.address().port
      socket.close(() => resolve(bound))
    })
  })
}

function probeTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
