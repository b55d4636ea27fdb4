import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Codec } from '../../../src/media/index.ts'
import { babble, concat, find, samplesOf, share, sine } from '../../kit/sound.ts'
import { PlaneLegs } from './plane-legs.ts'

let legs: PlaneLegs
beforeAll(async () => {
  legs = await PlaneLegs.open(30_000)
})
afterEach(() => legs.hangUp())
afterAll(() => legs.close())

describe('playing', () => {
  it.each<Codec>(['PCMU', 'PCMA'])('a file is heard by its content (%s), after it silence', async (codec) => {
    const { stream, peer } = await legs.leg(codec)
    const sound = babble(600)

    const end = await stream.play([{ kind: 'wav', path: await legs.wavFile(`${codec}.wav`, sound) }]).done
    await peer.packets(peer.heard.length + 5)

    expect(end).toBe('finished')
    expect(find(sound, peer.audio()).score).toBeGreaterThan(0.995)
    const after = peer.audio().slice(-160)
    expect(Math.max(...after.map(Math.abs))).toBeLessThan(16)
  })

  it('tone, silence and file follow each other without a gap, as often as asked', async () => {
    const { stream, peer } = await legs.leg()

    await stream.play(
      [
        { kind: 'tone', tone: 'beep', ms: 100 },
        { kind: 'silence', ms: 50 },
      ],
      { times: 2 },
    ).done

    const heard = peer.audio()
    const begin = heard.findIndex((s) => Math.abs(s) > 100)
    expect(share(heard.slice(begin), 1000, 5, 90)).toBeGreaterThan(0.99)
    expect(Math.max(...heard.slice(begin + 104 * 8, begin + 146 * 8).map(Math.abs))).toBeLessThan(16)
    expect(share(heard.slice(begin), 1000, 155, 90)).toBeGreaterThan(0.99)
  })

  it('packets are paced, numbered and stamped without a gap, whatever is played', async () => {
    const { stream, peer } = await legs.leg()
    const playing = stream.play([{ kind: 'tone', tone: 'dial' }])

    await peer.packets(20)
    playing.stop()
    expect(await playing.done).toBe('stopped')
    await peer.packets(30)

    const heard = peer.heard
    expect(heard[0]!.marker).toBe(true)
    expect(heard.slice(1).some((p) => p.marker)).toBe(false)
    for (let i = 1; i < heard.length; i++) {
      expect((heard[i]!.sequence - heard[i - 1]!.sequence) & 0xffff).toBe(1)
      expect((heard[i]!.timestamp - heard[i - 1]!.timestamp) >>> 0).toBe(160)
    }
    const ms = heard.at(-1)!.at - heard[0]!.at
    expect(Math.abs(ms - (heard.length - 1) * 20)).toBeLessThan(60)
  })

  it('a second play takes the place of the first', async () => {
    const { stream } = await legs.leg()
    const first = stream.play([{ kind: 'tone', tone: 'ringback' }])
    const second = stream.play([{ kind: 'tone', tone: 'beep', ms: 40 }])

    expect(await first.done).toBe('stopped')
    expect(await second.done).toBe('finished')
  })

  it('a missing or broken file rejects with what is wrong', async () => {
    const { stream } = await legs.leg()
    const path = join(legs.folder, 'text.wav')
    await writeFile(path, 'no audio at all')

    await expect(stream.play([{ kind: 'wav', path: join(legs.folder, 'none.wav') }]).done).rejects.toMatchObject({
      code: 'no-file',
      message: expect.stringContaining('it is not there'),
    })
    await expect(stream.play([{ kind: 'wav', path }]).done).rejects.toMatchObject({
      code: 'bad-wav',
      message: expect.stringContaining('no RIFF/WAVE header'),
    })
  })
})

describe('recording', () => {
  const rest = { maxSeconds: 30, silenceSeconds: 0, stopOn: '#' }

  it.each([10, 20, 30, 40])('keeps what was said, packets of %i ms', async (ptime) => {
    const { stream, peer } = await legs.leg()
    const path = join(legs.folder, `said-${ptime}.wav`)
    const said = babble(1200, ptime)
    const run = stream.record({ path, ...rest })
    await peer.play(said, ptime)
    await peer.packets(peer.heard.length + 10)

    run.stop()
    const done = await run.done

    const kept = samplesOf(await readFile(path))
    expect(done.end).toBe('stopped')
    expect(done.ms).toBe(Math.round(kept.length / 8))
    expect(done.speechMs).toBeGreaterThan(800)
    expect(find(said.slice(0, 8000), kept).score).toBeGreaterThan(0.99)
  })

  it('ends on its key, without the sound of the key', async () => {
    const { stream, peer, event } = await legs.leg()
    const path = join(legs.folder, 'key.wav')
    const run = stream.record({ path, ...rest })
    const leaked = sine([941, 1477], 60, 5000)
    await peer.play(concat(babble(600), new Int16Array(160 * 5)))
    await peer.play(leaked)
    await peer.press('#')

    const done = await run.done
    expect(done).toMatchObject({ end: 'key', key: '#' })
    await expect(event('digit')).resolves.toMatchObject({ digit: '#', by: 'telephone-event', ms: 100 })
    const kept = samplesOf(await readFile(path))
    expect(done.ms).toBe(Math.round(kept.length / 8))
    // 600 ms said and 100 ms of silence, behind the depth of the jitter ring and the time before the first packet.
    expect(Math.max(...kept.slice(-480).map(Math.abs))).toBeLessThan(100)
    expect(find(babble(600), kept).score).toBeGreaterThan(0.99)
  })

  it('ends on silence, from the start and after speech', async () => {
    const { stream, peer } = await legs.leg()
    const nothing = await stream.record({ path: join(legs.folder, 'nothing.wav'), ...rest, silenceSeconds: 1 }).done
    const run = stream.record({ path: join(legs.folder, 'some.wav'), ...rest, silenceSeconds: 1 })
    await peer.play(babble(500))
    const some = await run.done

    expect(nothing).toMatchObject({ end: 'silence', ms: 1000, speechMs: 0 })
    expect(some.end).toBe('silence')
    expect(some.ms).toBeGreaterThan(1400)
    expect(some.speechMs).toBeGreaterThan(350)
    expect(some.speechMs).toBeLessThan(650)
  })

  it('ends at the limit, on a key from elsewhere and with the stream', async () => {
    const { stream } = await legs.leg()
    const limit = await stream.record({ path: join(legs.folder, 'limit.wav'), ...rest, maxSeconds: 1 }).done
    expect(limit).toMatchObject({ end: 'limit', ms: 1000 })

    const info = stream.record({ path: join(legs.folder, 'info.wav'), ...rest })
    await info.begun
    stream.digit('5')
    stream.digit('#')
    const closed = stream.record({ path: join(legs.folder, 'closed.wav'), ...rest })
    await stream.close()
    expect((await closed.done).end).toBe('closed')
    expect(await info.done).toMatchObject({ end: 'key', key: '#' })
  })

  it('reports a folder that is not there', async () => {
    const { stream } = await legs.leg()
    await expect(stream.record({ path: join(legs.folder, 'no', 'x.wav'), ...rest }).done).rejects.toMatchObject({
      code: 'write-failed',
    })
  })
})
