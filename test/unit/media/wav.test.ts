import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { g711 } from '../../../src/media/codec/g711.ts'
import { Resampler } from '../../../src/media/dsp/resample.ts'
import { readWavLayout, wavHeader } from '../../../src/media/wav/header.ts'
import { PromptCache } from '../../../src/media/wav/prompt-cache.ts'
import { repairWav } from '../../../src/media/wav/repair.ts'
import { find, samplesOf, share, sine, wav } from '../../kit/sound.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-wav-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Made {
  readonly tag: number
  readonly bits: number
  readonly channels: number
  readonly rate: number
  readonly extra?: Buffer
  readonly dataSize?: number
}

/** A WAV file with the samples written by `put`, as other programs write them. */
function made(
  o: Made,
  frames: number,
  put: (b: Buffer, at: number, sample: number) => void,
  sound: (i: number, channel: number) => number,
): Buffer {
  const width = o.bits / 8
  const data = Buffer.alloc(frames * o.channels * width)
  for (let i = 0; i < frames; i++) {
    for (let c = 0; c < o.channels; c++) put(data, (i * o.channels + c) * width, sound(i, c))
  }
  const fmt = Buffer.alloc(16)
  fmt.writeUInt16LE(o.tag, 0)
  fmt.writeUInt16LE(o.channels, 2)
  fmt.writeUInt32LE(o.rate, 4)
  fmt.writeUInt32LE(o.rate * o.channels * width, 8)
  fmt.writeUInt16LE(o.channels * width, 12)
  fmt.writeUInt16LE(o.bits, 14)
  const chunk = (id: string, body: Buffer, size = body.length): Buffer => {
    const head = Buffer.alloc(8)
    head.write(id, 0, 'latin1')
    head.writeUInt32LE(size, 4)
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
  }
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    ...(o.extra ? [o.extra] : []),
    chunk('fmt ', fmt),
    chunk('LIST', Buffer.from('odd')),
    chunk('data', data, o.dataSize),
  ])
  return chunk('RIFF', body)
}

async function load(file: Uint8Array, name = 'x.wav'): Promise<Int16Array> {
  const path = join(folder, name)
  await writeFile(path, file)
  const cache = new PromptCache(1e9, (_, error) => expect.fail(String(error)))
  const { data, progress } = await cache.load(path)
  while (Atomics.load(progress, 1) === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(progress[0]).toBe(data.length)
  return Int16Array.from(data, (o) => g711.PCMU.decode[o]!)
}

const puts = {
  pcm8: (b: Buffer, at: number, s: number) => b.writeUInt8((s >> 8) + 128, at),
  pcm16: (b: Buffer, at: number, s: number) => b.writeInt16LE(s, at),
  pcm24: (b: Buffer, at: number, s: number) => b.writeIntLE(s * 256, at, 3),
  pcm32: (b: Buffer, at: number, s: number) => b.writeInt32LE(s * 65536, at),
  float: (b: Buffer, at: number, s: number) => b.writeFloatLE(s / 32768, at),
  ulaw: (b: Buffer, at: number, s: number) => b.writeUInt8(g711.PCMU.encode[s & 0xffff]!, at),
  alaw: (b: Buffer, at: number, s: number) => b.writeUInt8(g711.PCMA.encode[s & 0xffff]!, at),
}

describe('a WAV file becomes a prompt', () => {
  it.each([
    ['PCM 16 bit, 8 kHz', 1, 16, 8000, puts.pcm16],
    ['PCM 8 bit, 8 kHz', 1, 8, 8000, puts.pcm8],
    ['PCM 24 bit, 48 kHz', 1, 24, 48_000, puts.pcm24],
    ['PCM 32 bit, 16 kHz', 1, 32, 16_000, puts.pcm32],
    ['float, 44.1 kHz', 3, 32, 44_100, puts.float],
    ['PCM 16 bit, 22.05 kHz', 1, 16, 22_050, puts.pcm16],
    ['PCM 16 bit, 11.127 kHz', 1, 16, 11_127, puts.pcm16],
    ['PCM 16 bit, 6 kHz', 1, 16, 6000, puts.pcm16],
    ['µ-law, 8 kHz', 7, 8, 8000, puts.ulaw],
    ['A-law, 8 kHz', 6, 8, 8000, puts.alaw],
    ['A-law, 16 kHz', 6, 8, 16_000, puts.alaw],
  ])('%s, mono and stereo', async (_, tag, bits, rate, put) => {
    for (const channels of [1, 2]) {
      const file = made({ tag, bits, channels, rate }, rate, put, (i, c) =>
        Math.round(
          8000 * Math.sin((2 * Math.PI * 1000 * i) / rate) +
            (c === 0 ? 3000 : -3000) * Math.sin((2 * Math.PI * 300 * i) / rate) * (channels - 1),
        ),
      )
      const heard = await load(file, `${tag}-${bits}-${rate}-${channels}.wav`)

      expect(heard).toHaveLength(8000)
      expect(share(heard, 1000, 20, 960)).toBeGreaterThan(0.99)
      const peak = Math.max(...heard.slice(800, 7200))
      expect(peak).toBeGreaterThan(7400)
      expect(peak).toBeLessThan(8600)
    }
  })

  it('what 8 kHz cannot carry is not folded back', async () => {
    for (const hz of [4600, 6000, 7500, 11_000]) {
      const file = made({ tag: 1, bits: 16, channels: 1, rate: 48_000 }, 24_000, puts.pcm16, (i) =>
        Math.round(16_000 * Math.sin((2 * Math.PI * hz * i) / 48_000)),
      )
      const heard = await load(file)
      expect(Math.max(...heard.slice(400, 3600).map(Math.abs)), `${hz} Hz`).toBeLessThan(30)
    }
  })

  it('the telephone band passes evenly', async () => {
    for (const hz of [100, 300, 1000, 2000, 3000, 3300]) {
      const file = made({ tag: 1, bits: 16, channels: 1, rate: 44_100 }, 44_100, puts.pcm16, (i) =>
        Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / 44_100)),
      )
      const peak = Math.max(...(await load(file)).slice(800, 7200))
      expect(20 * Math.log10(peak / 10_000), `${hz} Hz`).toBeGreaterThan(-1)
    }
  })

  it('sizes of 0, of a stream, and past the end mean up to the end', async () => {
    for (const dataSize of [0, 0xffff_ffff, 99_999]) {
      const heard = await load(
        made({ tag: 1, bits: 16, channels: 1, rate: 8000, dataSize }, 800, puts.pcm16, () => 1000),
      )
      expect(heard).toHaveLength(800)
    }
  })

  it('an 8 kHz µ-law file goes through untouched', async () => {
    const octets = Array.from({ length: 256 }, (_, i) => i)
    const file = made(
      { tag: 7, bits: 8, channels: 1, rate: 8000 },
      256,
      (b, at, s) => b.writeUInt8(s, at),
      (i) => i,
    )
    expect(await load(file)).toEqual(Int16Array.from(octets, (o) => g711.PCMU.decode[o]!))
  })

  it.each([
    ['not a WAV file', Buffer.from('<html>not audio at all</html>')],
    ['not a WAV file', Buffer.alloc(0)],
    ['format tag 85', made({ tag: 85, bits: 16, channels: 1, rate: 8000 }, 1, puts.pcm16, () => 0)],
    ['12 bits', made({ tag: 1, bits: 12, channels: 1, rate: 8000 }, 0, puts.pcm16, () => 0)],
    ['0 channels', made({ tag: 1, bits: 16, channels: 0, rate: 8000 }, 0, puts.pcm16, () => 0)],
    ['a rate of 10 Hz', made({ tag: 1, bits: 16, channels: 1, rate: 10 }, 0, puts.pcm16, () => 0)],
    ['no data chunk', made({ tag: 1, bits: 16, channels: 1, rate: 8000 }, 0, puts.pcm16, () => 0).subarray(0, 44)],
  ])('%s is said of what is none', async (reason, file) => {
    await expect(load(file)).rejects.toMatchObject({ code: 'bad-wav', message: expect.stringContaining(reason) })
  })

  it('any octets behind a RIFF header are read or refused, never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), async (noise) => {
        const file = Buffer.concat([Buffer.from('RIFF....WAVEfmt '), noise])
        try {
          const layout = await readWavLayout(async (at, length) => file.subarray(at, at + length), file.length)
          return layout.dataAt + layout.dataLength <= file.length
        } catch (error) {
          return (error as { code?: string }).code === 'bad-wav'
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('the resampler gives the same in one block and in many', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8001, 11_025, 16_000, 44_100, 5000),
        fc.array(fc.nat(700), { minLength: 1, maxLength: 20 }),
        (rate, cuts) => {
          const input = Float64Array.from({ length: 4000 }, (_, i) => Math.sin(i * 0.3) * 1000)
          const whole = new Resampler(rate)
          const one = [...whole.push(input), ...whole.finish()]
          const parts = new Resampler(rate)
          const many: number[] = []
          let at = 0
          for (const cut of [...cuts, 4000]) {
            many.push(...parts.push(input.slice(at, at + cut)))
            at = Math.min(4000, at + cut)
          }
          many.push(...parts.finish())
          return one.length === many.length && one.every((s, i) => Math.abs(s - many[i]!) < 1e-6)
        },
      ),
    )
  })
})

describe('the prompt cache', () => {
  it('reads a file once, again when it was changed, and forgets the oldest', async () => {
    const cache = new PromptCache(2000, () => {})
    const path = (n: number): string => join(folder, `cache-${n}.wav`)
    for (const n of [1, 2, 3]) await writeFile(path(n), wav(sine(400, 100)))
    const [one, same] = await Promise.all([cache.load(path(1)), cache.load(path(1))])
    expect(same).toBe(one)
    expect(await cache.load(path(1))).toBe(one)
    await cache.load(path(2))
    expect(cache.bytes).toBe(1600)
    await cache.load(path(1))
    await cache.load(path(3))
    expect(cache.bytes).toBe(1600)
    expect(await cache.load(path(1))).toBe(one)
    await writeFile(path(1), wav(sine(400, 50)))
    expect((await cache.load(path(1))).data).toHaveLength(400)
  })
})

describe('repairing a recording', () => {
  const sound = sine(700, 1000)
  const path = (): string => join(folder, 'broken.wav')

  it('leaves a whole one alone', async () => {
    await writeFile(path(), wav(sound))
    expect(await repairWav(path())).toEqual({ repaired: false, ms: 1000 })
  })

  it.each([
    ['sizes of an empty file', (f: Uint8Array) => new DataView(f.buffer).setUint32(40, 0, true), 1000],
    ['sizes of an earlier moment', (f: Uint8Array) => new DataView(f.buffer).setUint32(40, 8000, true), 1000],
  ])('puts right %s', async (_, breakIt, ms) => {
    const file = wav(sound)
    breakIt(file)
    await writeFile(path(), file)
    expect(await repairWav(path())).toEqual({ repaired: true, ms })
    expect(find(sound.slice(0, 4000), samplesOf(await readFile(path()))).score).toBeGreaterThan(0.999)
  })

  it('half a sample at the end is cut off, half a header made whole', async () => {
    await writeFile(path(), wav(sound))
    await truncate(path(), 44 + 8001)
    expect(await repairWav(path())).toEqual({ repaired: true, ms: 500 })
    expect(await readFile(path())).toHaveLength(44 + 8000)
    await truncate(path(), 20)
    expect(await repairWav(path())).toEqual({ repaired: true, ms: 0 })
    expect(await repairWav(path())).toEqual({ repaired: false, ms: 0 })
  })

  it('of both directions is cut at a whole pair of samples', async () => {
    const both = made({ tag: 1, bits: 16, channels: 2, rate: 8000 }, 8000, puts.pcm16, (i, c) => (c === 0 ? i : -i))
    const file = Buffer.concat([wavHeader(0, 2), both.subarray(both.length - 32_000)])
    await writeFile(path(), file)
    expect(await repairWav(path())).toEqual({ repaired: true, ms: 1000 })
    await truncate(path(), 44 + 16_000 + 3)
    expect(await repairWav(path())).toEqual({ repaired: true, ms: 500 })
    const kept = await readFile(path())
    expect(kept).toHaveLength(44 + 16_000)
    expect([kept.readUInt16LE(22), kept.readUInt32LE(28), kept.readUInt16LE(32)]).toEqual([2, 32_000, 4])
    expect([...samplesOf(kept).slice(-2)]).toEqual([3999, -3999])
  })

  it('touches nothing that is not its own', async () => {
    const foreign = made({ tag: 1, bits: 16, channels: 2, rate: 44_100 }, 100, puts.pcm16, () => 1)
    await writeFile(path(), foreign)
    await expect(repairWav(path())).rejects.toMatchObject({ code: 'bad-wav' })
    expect(await readFile(path())).toEqual(foreign)
    await expect(repairWav(join(folder, 'none.wav'))).rejects.toMatchObject({ code: 'no-file' })
  })
})
