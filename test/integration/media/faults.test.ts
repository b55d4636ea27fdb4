import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Scope } from '../../../src/base/scope.ts'
import { type MediaStream, repairWav, type StreamEvent } from '../../../src/media/index.ts'
import { ThreadedPlane } from '../../../src/media/plane/start.ts'
import { readRtcp } from '../../../src/media/rtp/rtcp.ts'
import { MediaPeer } from '../../kit/media-peer.ts'
import { NotedLog } from '../../kit/noted-log.ts'
import { freePort } from '../../kit/ports.ts'
import { babble, find, samplesOf } from '../../kit/sound.ts'

const bind = '127.0.0.1'
let folder: string
let scope: Scope
let plane: ThreadedPlane
let log: NotedLog
/** The first of the forty ports of the plane. */
let firstPort: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-faults-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  scope = new Scope('test')
  log = new NotedLog()
  firstPort = await freePort(40)
  // An odd one below the first even one is in no pair.
  const rtpPorts = { from: firstPort - 1, to: firstPort + 38 }
  plane = new ThreadedPlane({ scope, log, rtpPorts, workers: 1 })
  scope.add('plane', () => plane.close())
  await plane.ready()
})
afterEach(() => scope.close())

async function phone(stream: MediaStream, rtcpMux = false): Promise<MediaPeer> {
  const peer = (await MediaPeer.open()).connect(stream.localPort)
  scope.add('peer', () => peer.close())
  stream.connect({
    address: bind,
    port: peer.port,
    codec: 'PCMU',
    payloadType: 0,
    telephoneEvent: 101,
    direction: 'sendrecv',
    rtcpMux,
  })
  return peer
}

const rest = { maxSeconds: 60, silenceSeconds: 0, stopOn: '' }

describe('what crashes', () => {
  it('a process killed in the middle of a recording loses at most its last second', async () => {
    const path = join(folder, 'killed.wav')
    const media = resolve('dist/src/media/index.js')
    const code = `
      const { startMediaPlane } = await import(${JSON.stringify(media)})
      const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log }
      const [path, port, rtp] = process.argv.slice(1)
      const rtpPorts = { from: Number(rtp), to: Number(rtp) + 9 }
      const plane = await startMediaPlane({ scope: { add() {} }, log, rtpPorts })
      const stream = await plane.open({ bind: '127.0.0.1' })
      stream.connect({ address: '127.0.0.1', port: Number(port), codec: 'PCMU', payloadType: 0, direction: 'sendrecv', rtcpMux: false })
      stream.record({ path, maxSeconds: 60, silenceSeconds: 0, stopOn: '' })
      console.log(stream.localPort)`
    const peer = await MediaPeer.open()
    scope.add('peer', () => peer.close())
    const told = [path, String(peer.port), String(await freePort(10))]
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, ...told], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
    const said = babble(3000, 4)
    await peer.connect(Number(port)).play(said)
    child.kill('SIGKILL')
    await once(child, 'exit')

    const { ms } = await repairWav(path)
    const kept = samplesOf(await readFile(path))
    expect(kept.length / 8).toBe(ms)
    expect(ms).toBeGreaterThan(2000)
    const { at, score } = find(said.slice(0, 4000), kept)
    expect(score).toBeGreaterThan(0.99)
    // All but the last second of what was said.
    expect(ms - at / 8).toBeGreaterThan(2000)
    expect(find(said.slice(12_000, 16_000), kept).score).toBeGreaterThan(0.99)
  })

  it('a media thread takes its streams with it, keeps their recordings, and is replaced', async () => {
    const stream = await plane.open({ bind })
    const peer = await phone(stream)
    const closed = new Promise<StreamEvent>((done) => {
      stream.onEvent = (event) => event.kind === 'closed' && done(event)
    })
    const path = join(folder, 'crash.wav')
    const run = stream.record({ path, ...rest })
    const playing = stream.play([{ kind: 'tone', tone: 'dial' }])
    const sending = stream.send('wwwwwwww')
    const said = babble(500, 5)
    await peer.play(said)
    // What it said of its first start is no news.
    log.lines.length = 0
    const back = log.said(({ text }) => /^A media thread (runs|may) /.test(text))
    await plane.crashWorker(0)

    expect(await closed).toMatchObject({ kind: 'closed', reason: expect.stringContaining('crashed') })
    expect(await playing.done).toBe('closed')
    await sending
    expect((await run.done).end).toBe('closed')
    expect(find(said.slice(0, 2400), samplesOf(await readFile(path))).score).toBeGreaterThan(0.99)
    expect(await stream.play([{ kind: 'tone', tone: 'dial' }]).done).toBe('closed')
    expect((await stream.close()).packetsSent).toBe(0)

    await back
    const again = await plane.open({ bind })
    const other = await phone(again)
    await other.packets(2)
    expect(await plane.stats()).toMatchObject({ restarts: 1, streams: 1 })
  })

  it('the thread for files is replaced and goes on with a recording', async () => {
    const stream = await plane.open({ bind })
    const peer = await phone(stream)
    const path = join(folder, 'files.wav')
    const run = stream.record({ path, ...rest })
    const said = babble(1500, 6)
    const talk = peer.play(said)
    await peer.packets(35)
    await plane.crashFiles()
    await talk
    await peer.packets(peer.heard.length + 8)
    run.stop()

    const { ms, speechMs } = await run.done
    const kept = samplesOf(await readFile(path))
    expect(kept.length).toBe(ms * 8)
    expect(speechMs).toBeGreaterThan(1300)
    expect(find(said.slice(800, 11_200), kept).score).toBeGreaterThan(0.99)
    expect((await plane.stats()).restarts).toBe(1)
  })
})

describe('ports', () => {
  it('even ones are handed out in turn, all of them, and come back: a thousand times', async () => {
    const sockets = async (): Promise<number> => (await readdir('/proc/self/fd')).length
    const before = process.platform === 'linux' ? await sockets() : 0
    const free = (await plane.stats()).portsFree
    expect(free).toBe(19)
    const seen = new Set<number>()
    for (let i = 0; i < 1000; i++) {
      const stream = await plane.open({ bind })
      seen.add(stream.localPort)
      expect(stream.localPort % 2).toBe(0)
      await stream.close()
    }
    expect(seen.size).toBe(19)
    expect(await plane.stats()).toMatchObject({ portsFree: free, streams: 0 })
    if (process.platform === 'linux') expect(await sockets()).toBeLessThanOrEqual(before + 2)
  })

  it('one held by somebody else is passed over; a used-up range says so', async () => {
    const holder = createSocket('udp4')
    holder.bind(firstPort + 1, bind)
    await once(holder, 'listening')
    const all: MediaStream[] = []
    for (let i = 0; i < 18; i++) all.push(await plane.open({ bind }))

    expect(all.map((s) => s.localPort)).not.toContain(firstPort)
    await expect(plane.open({ bind })).rejects.toMatchObject({ code: 'no-port' })
    holder.close()
    await once(holder, 'close')
    expect((await plane.open({ bind })).localPort).toBe(firstPort)
  })

  it('what is kept ready for other addresses is given to all who come at once', async () => {
    for (const other of ['127.0.0.2', '127.0.0.3']) await (await plane.open({ bind: other })).close()
    for (let i = 0; i < 17; i++) await plane.open({ bind })

    const both = await Promise.all([plane.open({ bind }), plane.open({ bind })])

    expect(new Set(both.map(({ localPort }) => localPort)).size).toBe(2)
    await expect(plane.open({ bind })).rejects.toMatchObject({ code: 'no-port' })
  })

  it('a wrong address is said, a closed plane too', async () => {
    await expect(plane.open({ bind: 'here' })).rejects.toMatchObject({ code: 'bind-failed' })
    await expect(plane.open({ bind: '192.0.2.1' })).rejects.toMatchObject({
      code: 'bind-failed',
      message: expect.stringContaining('EADDRNOTAVAIL'),
    })
    await scope.close()
    await expect(plane.open({ bind })).rejects.toMatchObject({ code: 'plane-closed' })
  })
})

describe('the wire', () => {
  it('thousands of random packets on both ports change nothing for the caller', async () => {
    const stream = await plane.open({ bind })
    const peer = await phone(stream)
    await peer.play(babble(100))
    let state = 99
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state % below
    }
    const attack = createSocket('udp4')
    for (let i = 0; i < 4000; i++) {
      const packet = Uint8Array.from({ length: random(200) }, () => random(256))
      if (packet.length > 1 && i % 2 === 0) {
        packet[0] = 0x80 | (packet[0]! & 0x3f)
        packet[1] = [0, 8, 101, 128 + 101, 200, 201, 203][random(7)]!
      }
      // From a stranger, and (every tenth) from the caller's own address.
      if (i % 10 === 0) peer.send(packet)
      else attack.send(packet, stream.localPort + (i % 4 === 1 ? 1 : 0), bind)
      // More than the kernel keeps for a socket never reaches the thread.
      if (i % 50 === 0) {
        await new Promise((done) => setImmediate(done))
        await stream.stats()
      }
    }
    peer.ssrc = 5
    const said = babble(400, 8)
    const path = join(folder, 'attacked.wav')
    const run = stream.record({ path, ...rest })
    await run.begun
    await peer.play(said)
    await peer.packets(peer.heard.length + 8)
    run.stop()
    await run.done
    attack.close()

    expect(find(said.slice(800, 2800), samplesOf(await readFile(path))).score).toBeGreaterThan(0.99)
    const { strangers, invalid } = await stream.stats()
    expect(strangers).toBeGreaterThan(100)
    expect(invalid).toBeGreaterThan(100)
    expect((await plane.stats()).restarts).toBe(0)
  })

  it.each([true, false])('reports go to the far end and its own are understood (mux: %s)', async (mux) => {
    const stream = await plane.open({ bind })
    const bye = new Promise<StreamEvent>((done) => {
      stream.onEvent = (event) => event.kind === 'bye' && done(event)
    })
    const rtcp = createSocket('udp4')
    rtcp.bind(0, bind)
    await once(rtcp, 'listening')
    scope.add('rtcp', () => {
      rtcp.close()
    })
    const peer = await phone(stream, mux)
    if (!mux) {
      stream.connect({
        address: bind,
        port: peer.port,
        codec: 'PCMU',
        payloadType: 0,
        direction: 'sendrecv',
        rtcpMux: false,
        rtcpPort: rtcp.address().port,
      })
    }
    await peer.play(babble(200))
    const reports: { ours: number; theirs: number; byes: number } = { ours: 0, theirs: 0, byes: 0 }
    const hear = (data: Uint8Array): void => {
      readRtcp(data, 0, data.length, {
        senderReport: (ssrc) => {
          reports.ours = ssrc
        },
        reportBlock: (block) => {
          reports.theirs = block.ssrc
        },
        bye: () => {
          reports.byes++
        },
      })
    }
    peer.onRtcp = hear
    rtcp.on('message', hear)
    peer.send(goodbye(peer.ssrc))
    if (mux) await bye
    await stream.close()
    for (let i = 0; i < 100 && reports.byes === 0; i++) await new Promise((done) => setImmediate(done))

    expect(reports).toEqual({ ours: peer.heard[0]!.ssrc, theirs: peer.ssrc, byes: 1 })
  })
})

/** An empty RR and a BYE. */
function goodbye(ssrc: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  view.setUint32(0, 0x80c9_0001)
  view.setUint32(4, ssrc)
  view.setUint32(8, 0x81cb_0001)
  view.setUint32(12, ssrc)
  return new Uint8Array(view.buffer)
}
