import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { freeRange } from '../../kit/ports.ts'

it('the media plane ends while packets still come to ports that it keeps ready', async () => {
  const { from, to } = await freeRange(40)
  const code = `
    const { startMediaPlane } = await import(${JSON.stringify(resolve('dist/src/media/index.js'))})
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log }
    const rtpPorts = { from: Number(process.argv[1]), to: Number(process.argv[2]) }
    // Whether a packet comes in the moment in which a thread ends is left to the machine: nearly always, in ten times.
    for (let i = 0; i < 10; i++) {
      const plane = await startMediaPlane({ scope: { add() {} }, log, rtpPorts, workers: 1 })
      await plane.open({ bind: '127.0.0.1' })
      await plane.close()
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, String(from), String(to)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const over = once(child, 'exit')
  const stranger = createSocket('udp4')
  // What comes back of ports that nobody listens at (ICMP) is none of its business.
  stranger.on('error', () => {})
  const packet = Buffer.alloc(172, 0x80)
  while (child.exitCode === null && child.signalCode === null) {
    for (let port = from; port <= to; port++) stranger.send(packet, port, '127.0.0.1')
    await new Promise((done) => setImmediate(done))
  }
  stranger.close()

  expect(await over).toEqual([0, null])
})
