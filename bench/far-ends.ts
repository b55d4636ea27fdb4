import { type ChildProcess, fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { RTP_HEADER, writeRtpHeader } from '../src/media/rtp/packet.ts'

/** Far ends of many calls, in a process of their own so that what they cost is not counted: each sends a packet every 20 ms. */
export class FarEnds {
  readonly ports: readonly number[]
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#child = child
    this.ports = ports
  }

  /** @param targets the RTP port of each call on loopback */
  static async start(targets: readonly number[]): Promise<FarEnds> {
    const child = fork(fileURLToPath(import.meta.url), ['far-ends'])
    child.send(targets)
    const [ports] = (await once(child, 'message')) as [number[]]
    return new FarEnds(child, ports)
  }

  async stop(): Promise<void> {
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }
}

async function run(targets: readonly number[]): Promise<number[]> {
  const sockets = await Promise.all(
    targets.map(async () => {
      const socket = createSocket({
        type: 'udp4',
        lookup: (address: string, _: unknown, done: (error: null, address: string, family: number) => void) =>
          done(null, address, 4),
      })
      // An address that needs no look-up is bound before `bind` returns.
      const listening = once(socket, 'listening')
      socket.bind(0, '127.0.0.1')
      await listening
      return socket
    }),
  )
  const packet = new Uint8Array(RTP_HEADER + 160).fill(0x55, RTP_HEADER)
  const start = performance.now()
  let frame = 0
  const timer = setInterval(() => {
    // A quarter of the calls every 5 ms.
    for (; start + frame * 5 <= performance.now(); frame++) {
      for (let i = frame % 4; i < targets.length; i += 4) {
        const n = Math.floor(frame / 4)
        writeRtpHeader(packet, 0, 0, n === 0, n & 0xffff, (n * 160) >>> 0, i + 1)
        sockets[i]!.send(packet, targets[i]!, '127.0.0.1')
      }
    }
  }, 2)
  process.on('disconnect', () => {
    clearInterval(timer)
    for (const socket of sockets) socket.close()
  })
  return sockets.map((socket) => socket.address().port)
}

if (process.argv[2] === 'far-ends') {
  process.on('message', (targets: number[]) => {
    run(targets).then(
      (ports) => process.send?.(ports),
      (error: unknown) => {
        throw error
      },
    )
  })
}
