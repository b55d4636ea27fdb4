import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeToWav, MAX_AUDIO_BYTES } from '../../../src/media/index.ts'
import { likeness, readWav, tune } from '../../kit/audio.ts'
import { babble, find, share, sine, wav } from '../../kit/sound.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-decode-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Made with LAME: tones of 400 ms one after the other, or two of 800 ms at once, left and right. */
const mp3 = (name: string): string => fileURLToPath(new URL(`../../kit/mp3/${name}.mp3`, import.meta.url))

describe('decoding to a telephone WAV', () => {
  // An encoder puts up to 1105 samples of silence before the sound, which at 8 kHz are more than 100 ms.
  it.each([
    ['22050 Hz with a title', 'three-tones-22050-mono'],
    ['8000 Hz', 'three-tones-8000-mono'],
  ])('an MP3 of one channel, %s', async (_, name) => {
    const output = join(folder, `${name}.wav`)

    await decodeToWav(mp3(name), output)

    const heard = readWav(output)
    expect(heard.length / 8).toBeGreaterThan(1150)
    expect(heard.length / 8).toBeLessThan(1600)
    const begin = heard.findIndex((s) => Math.abs(s) > 4000) / 8
    ;[500, 1000, 1500].forEach((hz, i) => {
      expect(share(heard, hz, begin + i * 400 + 50, 300)).toBeGreaterThan(0.98)
    })
    // 9000 went in.
    const loudest = Math.max(...heard.slice((begin + 50) * 8, (begin + 350) * 8))
    expect(loudest).toBeGreaterThan(8000)
    expect(loudest).toBeLessThan(10_000)
  })

  it('an MP3 in stereo, both sides', async () => {
    const output = join(folder, 'stereo.wav')
    await decodeToWav(mp3('two-tones-44100-stereo'), output)
    const heard = readWav(output)
    for (const hz of [700, 1300]) expect(share(heard, hz, 150, 500)).toBeCloseTo(0.5, 1)
  })

  it('a GSM file', async () => {
    const output = join(folder, 'gsm.wav')
    await decodeToWav(fileURLToPath(new URL('../../kit/gsm/tune-91.gsm', import.meta.url)), output)
    expect(likeness(readWav(output), tune(91, 1.2))).toBeGreaterThan(0.9)
  })

  it('a WAV, whatever its rate; several at a time', async () => {
    const cd = sine(900, 600, 8000, 44_100)
    const file = Buffer.from(wav(cd))
    file.writeUInt32LE(44_100, 24)
    file.writeUInt32LE(88_200, 28)
    const [fast, plain] = [join(folder, 'cd.wav'), join(folder, 'plain.wav')]
    await writeFile(fast, file)
    await writeFile(plain, wav(babble(500, 3)))

    await Promise.all([decodeToWav(fast, `${fast}.out`), decodeToWav(plain, `${plain}.out`), decodeToWav(plain, plain)])

    expect(readWav(`${fast}.out`).length).toBe(4800)
    expect(share(readWav(`${fast}.out`), 900, 50, 500)).toBeGreaterThan(0.99)
    for (const path of [plain, `${plain}.out`]) expect(find(babble(500, 3), readWav(path)).score).toBeGreaterThan(0.999)
    expect((await stat(plain)).mode & 0o777).toBe(0o600)
  })

  it('what is cut off in the middle, as far as it goes', async () => {
    const cut = join(folder, 'cut.mp3')
    await writeFile(cut, await readFile(mp3('three-tones-22050-mono')))
    await truncate(cut, 4000)
    await decodeToWav(cut, join(folder, 'cut.wav'))
    const heard = readWav(join(folder, 'cut.wav'))
    expect(heard.length / 8).toBeGreaterThan(300)
    expect(share(heard, 500, heard.findIndex((s) => Math.abs(s) > 4000) / 8 + 50, 250)).toBeGreaterThan(0.98)
  })
})

describe('what is no audio', () => {
  const noise = (): Buffer => Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff))
  const begins = (head: readonly number[] | string, rest = noise()): Buffer =>
    Buffer.concat([typeof head === 'string' ? Buffer.from(head, 'latin1') : Buffer.from(head), rest])

  it.each([
    ['nothing', Buffer.alloc(0), 'bad-audio', 'it is empty'],
    ['a page', Buffer.from('<!doctype html><p>Not found'), 'bad-audio', 'it is neither WAV, MP3 nor GSM but text'],
    ['Ogg', begins('OggS'), 'bad-audio', 'it is neither WAV, MP3 nor GSM but Ogg'],
    ['noise', begins([1, 2, 3, 4]), 'bad-audio', 'it is neither WAV, MP3 nor GSM'],
    ['noise that begins as MP3', begins([0xff, 0xfb, 0x90, 0x44]), 'bad-audio', 'MP3|no audio'],
    [
      'a title without a sound',
      begins('ID3\x03\0\0\0\0\0\x0a', Buffer.alloc(10)),
      'bad-audio',
      'no audio in it|as MP3',
    ],
    ['a WAV of another encoding', brokenWav(), 'bad-wav', 'format tag 85'],
    ['a WAV without samples', Buffer.from(wav(new Int16Array(0))), 'bad-audio', 'there is no audio in it'],
  ])('%s is refused with the reason', async (_, bytes, code, why) => {
    const [input, output] = [join(folder, 'odd.mp3'), join(folder, 'odd.wav')]
    await writeFile(input, bytes)

    const failure = await decodeToWav(input, output).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code, message: expect.stringMatching(why) })
    expect((await readdir(folder)).filter((name) => name.startsWith('odd.wav'))).toEqual([])
  })

  function brokenWav(): Buffer {
    const file = Buffer.from(wav(sine(500, 100)))
    file.writeUInt16LE(85, 20)
    return file
  }

  it('too much is refused before it is read; folders and what is not there have their own words', async () => {
    const large = join(folder, 'large.wav')
    await writeFile(large, wav(sine(500, 100)))
    await truncate(large, MAX_AUDIO_BYTES + 1)
    await expect(decodeToWav(large, `${large}.out`)).rejects.toThrow(`${MAX_AUDIO_BYTES} are the most`)
    const inner = join(folder, 'inner')
    await mkdir(inner)
    await expect(decodeToWav(inner, `${large}.out`)).rejects.toThrow('it is no file')
    await expect(decodeToWav(join(folder, 'none'), `${large}.out`)).rejects.toMatchObject({ code: 'no-file' })
    await expect(decodeToWav(mp3('three-tones-8000-mono'), join(inner, 'no', 'where'))).rejects.toMatchObject({
      code: 'write-failed',
    })
  })

  it('is too long beyond half an hour', async () => {
    const long = join(folder, 'long.wav')
    await writeFile(long, wav(new Int16Array(8000)))
    const header = Buffer.from(await readFile(long))
    header.writeUInt32LE(0, 40)
    await writeFile(long, header)
    await truncate(long, 44 + 1801 * 16_000)
    await expect(decodeToWav(long, `${long}.out`)).rejects.toThrow('longer than 1800 seconds')
  })
})
