import { setTimeout as pause } from 'node:timers/promises'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { startMediaPlane } from '../../src/media/index.ts'
import { freePort } from '../../test/kit/ports.ts'
import { FarEnds } from '../far-ends.ts'
import { answerParent } from './child.ts'
import type { RoomAnswer, RoomQuestion } from './protocol.ts'

// The process that holds a conference: one room in one worker thread, whose members all talk at once.

const scope = new Scope('bench room')
const windowMs = 5000

answerParent<RoomQuestion>(hold, () => scope.close())

async function hold({ members, settleSeconds, seconds }: RoomQuestion): Promise<RoomAnswer> {
  const ports = members * 2 + 2
  const from = await freePort(ports)
  const rtpPorts = { from, to: from + ports - 1 }
  const plane = await startMediaPlane({ scope, log: silentLogger, workers: 1, rtpPorts })
  const room = plane.openRoom()
  const streams = await Promise.all(
    Array.from({ length: members }, () => plane.open({ bind: '127.0.0.1', near: room })),
  )
  const farEnds = await FarEnds.start(streams.map((stream) => stream.localPort))
  scope.add('far ends', () => farEnds.stop())
  streams.forEach((stream, i) => {
    stream.connect({
      address: '127.0.0.1',
      port: farEnds.ports[i]!,
      codec: 'PCMU',
      payloadType: 0,
      direction: 'sendrecv',
      rtcpMux: true,
    })
    room.join(stream)
  })
  await pause(settleSeconds * 1000)

  const worker = async () => (await plane.stats()).workers[0]!
  const before = { worker: await worker(), cpu: process.cpuUsage(), at: performance.now() }
  const windows: { p99: number; max: number }[] = []
  while (performance.now() - before.at < seconds * 1000) {
    await pause(Math.min(windowMs, seconds * 1000))
    const { lateness } = await worker()
    windows.push({ p99: lateness.p99Ms, max: lateness.maxMs })
  }
  const lasted = (performance.now() - before.at) / 1000
  const cpu = process.cpuUsage(before.cpu)
  const after = await worker()
  const due = members * lasted * 50
  const p99s = windows.map(({ p99 }) => p99).sort((a, b) => a - b)
  return {
    kind: 'room',
    members,
    cpuPerMemberMinute: (((cpu.user + cpu.system) / 1e6) * 60) / lasted / members,
    p99Ms: [p99s[Math.floor(p99s.length / 2)] ?? 0, p99s.at(-1) ?? 0],
    maxMs: Math.max(...windows.map(({ max }) => max)),
    skippedTicks: after.skippedTicks - before.worker.skippedTicks,
    sent: (after.packetsSent - before.worker.packetsSent) / due,
    received: (after.packetsReceived - before.worker.packetsReceived) / due,
  }
}
