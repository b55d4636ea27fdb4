import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { silentLogger } from '../src/base/log.ts'
import { Scope } from '../src/base/scope.ts'
import { startMediaPlane } from '../src/media/index.ts'
import { wavHeader } from '../src/media/wav/header.ts'
import { FarEnds } from './far-ends.ts'

// n streams play a prompt while audio comes in for each, 50 packets per second both ways, over loopback. The far ends run in
// a process of their own, so that their cost is not counted.
//
//   npm run build && node dist/bench/media.js [seconds] [streams ...]

const seconds = Number(process.argv[2] ?? 10)
const sizes = process.argv.length > 3 ? process.argv.slice(3).map(Number) : [100, 300]

interface Figures {
  readonly streams: number
  readonly cpuPerCallMinute: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly kilobytesPerStream: number
  readonly packetsIn: number
  readonly packetsOut: number
}

async function measure(streams: number, prompt: string): Promise<Figures> {
  const scope = new Scope('bench')
  const plane = await startMediaPlane({
    scope,
    log: silentLogger,
    rtpPorts: { from: 31_000, to: 31_000 + streams * 2 + 1 },
  })
  await pause(500)
  const memoryBefore = process.memoryUsage.rss()
  const opened = await Promise.all(Array.from({ length: streams }, () => plane.open({ bind: '127.0.0.1' })))
  const farEnds = await FarEnds.start(opened.map((s) => s.localPort))
  opened.forEach((stream, i) => {
    stream.connect({
      address: '127.0.0.1',
      port: farEnds.ports[i]!,
      codec: 'PCMU',
      payloadType: 0,
      telephoneEvent: 101,
      direction: 'sendrecv',
      rtcpMux: true,
    })
    stream.play([{ kind: 'wav', path: prompt }], { times: 0 })
  })
  // The first seconds are the compiler's.
  await pause(4000)
  const before = { cpu: process.cpuUsage(), at: performance.now(), stats: await plane.stats() }
  await pause(seconds * 1000)
  const cpu = process.cpuUsage(before.cpu)
  const minutes = (performance.now() - before.at) / 60_000
  const after = await plane.stats()
  const sum = (stats: typeof after, what: 'packetsSent' | 'packetsReceived'): number =>
    stats.workers.reduce((n, w) => n + w[what], 0)
  const lateness = after.workers.map((w) => w.lateness)
  const figures: Figures = {
    streams,
    cpuPerCallMinute: (cpu.user + cpu.system) / 1e6 / minutes / streams,
    p50Ms: Math.max(...lateness.map((l) => l.p50Ms)),
    p99Ms: Math.max(...lateness.map((l) => l.p99Ms)),
    maxMs: Math.max(...lateness.map((l) => l.maxMs)),
    kilobytesPerStream: (process.memoryUsage.rss() - memoryBefore) / 1024 / streams,
    packetsIn: sum(after, 'packetsReceived') - sum(before.stats, 'packetsReceived'),
    packetsOut: sum(after, 'packetsSent') - sum(before.stats, 'packetsSent'),
  }
  await farEnds.stop()
  await scope.close()
  return figures
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-bench-'))
  const prompt = join(folder, 'prompt.wav')
  const samples = Int16Array.from({ length: 80_000 }, (_, i) => Math.round(8000 * Math.sin(i / 3) * Math.sin(i / 700)))
  await writeFile(prompt, Buffer.concat([wavHeader(samples.length * 2), new Uint8Array(samples.buffer)]))
  const rows: Figures[] = []
  for (const streams of sizes) rows.push(await measure(streams, prompt))
  await rm(folder, { recursive: true })
  console.log(
    '| streams | CPU s per call-minute | lateness p50 / p99 / max ms | kB per stream | packets in / out of due |',
  )
  console.log('| --- | --- | --- | --- | --- |')
  for (const r of rows) {
    const due = r.streams * seconds * 50
    const share = (n: number): string => `${((100 * n) / due).toFixed(1)} %`
    console.log(
      `| ${r.streams} | ${r.cpuPerCallMinute.toFixed(4)} | ${r.p50Ms.toFixed(1)} / ${r.p99Ms.toFixed(1)} / ${r.maxMs.toFixed(1)} | ${r.kilobytesPerStream.toFixed(0)} | ${share(r.packetsIn)} / ${share(r.packetsOut)} |`,
    )
  }
}

await main()
