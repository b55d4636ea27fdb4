import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { repairWav, speechMsOf } from '../../../src/media/index.ts'
import { ThreadedPlane } from '../../../src/media/plane/start.ts'
import { mediaLeg, recordingBegan } from '../../kit/media-legs.ts'
import { MediaPeer } from '../../kit/media-peer.ts'
import { freeRange } from '../../kit/ports.ts'
import { babble, concat, find, samplesOf, share, sine } from '../../kit/sound.ts'

let folder: string
let scope: Scope
let plane: ThreadedPlane

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-monitor-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  scope = new Scope('test')
  plane = new ThreadedPlane({ scope, log: silentLogger, rtpPorts: await freeRange(40), workers: 1 })
  scope.add('plane', () => plane.close())
  await plane.ready()
})
afterEach(() => scope.close())

async function sides(path: string): Promise<{ left: Int16Array; right: Int16Array }> {
  const file = await readFile(path)
  expect(file.readUInt16LE(22)).toBe(2)
  expect(file.readUInt32LE(28)).toBe(32_000)
  expect(file.readUInt32LE(40)).toBe(file.length - 44)
  const both = samplesOf(file)
  return { left: both.filter((_, i) => i % 2 === 0), right: both.filter((_, i) => i % 2 === 1) }
}

describe('monitoring a stream', () => {
  it('keeps both directions apart, through a prompt, a bridge, a recording and another bridge', async () => {
    const caller = await mediaLeg(plane, scope)
    const first = await mediaLeg(plane, scope, { near: caller.stream, codec: 'PCMA' })
    const second = await mediaLeg(plane, scope, { near: caller.stream })
    const [said, byFirst, bySecond] = [babble(400, 1), babble(400, 2), babble(400, 3)]
    const path = join(folder, 'both.wav')

    const run = caller.stream.monitor({ path, channels: 'stereo' })
    await recordingBegan(path)
    await caller.stream.play([{ kind: 'tone', tone: 'beep', ms: 200 }]).done
    caller.stream.bridge(first.stream)
    const beside = caller.stream.record({
      path: join(folder, 'beside.wav'),
      maxSeconds: 1,
      silenceSeconds: 0,
      stopOn: '',
    })
    await Promise.all([caller.peer.play(said), first.peer.play(byFirst)])
    beside.stop()
    caller.stream.unbridge()
    caller.stream.bridge(second.stream)
    await second.peer.play(concat(bySecond, new Int16Array(2400)))
    run.stop()
    const { end, ms, speechMs } = await run.done

    expect(end).toBe('stopped')
    expect((await beside.done).end).toBe('stopped')
    const { left, right } = await sides(path)
    expect(left.length / 8).toBe(ms)
    expect(speechMs).toBeGreaterThan(500)
    expect(await speechMsOf(path)).toBe(speechMs)
    const beep = right.findIndex((s) => Math.abs(s) > 1000)
    expect(share(right, 1000, beep / 8 + 10, 150)).toBeGreaterThan(0.99)
    const heard = find(said, left)
    const sent = find(byFirst, right)
    expect(heard.score).toBeGreaterThan(0.98)
    expect(sent.score).toBeGreaterThan(0.98)
    // They spoke at once: within the jitter buffers and the pace of the test's own sockets.
    expect(Math.abs(heard.at - sent.at) / 8).toBeLessThan(150)
    expect(find(bySecond, right).score).toBeGreaterThan(0.98)
    expect(find(bySecond, right).at).toBeGreaterThan(sent.at)
    for (const theirs of [byFirst, bySecond]) expect(find(theirs, left).score).toBeLessThan(0.5)
    expect(find(said, right).score).toBeLessThan(0.5)
  })

  it('mono is the sum, and ends at its limit', async () => {
    const { stream, peer } = await mediaLeg(plane, scope)
    const path = join(folder, 'mono.wav')

    const run = stream.monitor({ path, channels: 'mono', maxSeconds: 1 })
    stream.play([{ kind: 'tone', tone: 'beep', ms: 5000 }])
    await peer.play(sine(1300, 1300))
    const { end, ms } = await run.done

    expect({ end, ms }).toEqual({ end: 'limit', ms: 1000 })
    const file = await readFile(path)
    expect(file.readUInt16LE(22)).toBe(1)
    const [theirs, ours] = [1300, 1000].map((hz) => share(samplesOf(file), hz, 400, 400))
    expect(theirs).toBeGreaterThan(0.1)
    expect(ours).toBeGreaterThan(0.1)
    expect(theirs! + ours!).toBeGreaterThan(0.95)
  })

  it('ends with the stream; a wrong field is named', async () => {
    const { stream } = await mediaLeg(plane, scope)
    const path = join(folder, 'closed.wav')
    expect(() => stream.monitor({ path, channels: 'stereo', maxSeconds: 7201 })).toThrow(
      'maxSeconds: 7201 is not within 1-7200',
    )
    expect(() => stream.monitor({ path, channels: 'quad' as 'mono' })).toThrow('channels: "quad" is neither')

    const run = stream.monitor({ path, channels: 'stereo' })
    await recordingBegan(path)
    await stream.close()

    expect((await run.done).end).toBe('closed')
    await expect(stream.monitor({ path, channels: 'stereo' }).done).resolves.toMatchObject({ end: 'closed', ms: 0 })
  })

  it('goes on in stereo when the thread for files is replaced', async () => {
    const { stream, peer } = await mediaLeg(plane, scope)
    const path = join(folder, 'resumed.wav')
    const said = babble(900, 7)
    const run = stream.monitor({ path, channels: 'stereo' })
    await recordingBegan(path)

    const speaking = peer.play(concat(said, new Int16Array(1600)))
    await peer.packets(10)
    await plane.crashFiles()
    await speaking
    run.stop()
    await run.done

    const { left, right } = await sides(path)
    expect(find(said, left).score).toBeGreaterThan(0.98)
    expect(Math.max(...right.map(Math.abs))).toBeLessThan(16)
  })

  it('a killed process leaves a file in stereo that plays, and that is put right', async () => {
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
      stream.monitor({ path, channels: 'stereo' })
      stream.play([{ kind: 'tone', tone: 'beep', ms: 5000 }])
      console.log(stream.localPort)`
    const peer = await MediaPeer.open()
    scope.add('peer', () => peer.close())
    const told = [path, String(peer.port), String((await freeRange(10)).from)]
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, ...told], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
    const said = babble(2000, 4)
    await peer.connect(Number(port)).play(said)
    child.kill('SIGKILL')
    await once(child, 'exit')

    const { ms } = await repairWav(path)

    const { left, right } = await sides(path)
    expect(left.length / 8).toBe(ms)
    expect(ms).toBeGreaterThan(1000)
    expect(find(said.slice(0, 4000), left).score).toBeGreaterThan(0.98)
    expect(share(right, 1000, 300, 500)).toBeGreaterThan(0.98)
    expect(await repairWav(path)).toEqual({ repaired: false, ms })
  })
})
