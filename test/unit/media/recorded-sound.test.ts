import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BANDS, SoundBands } from '../../../src/media/listen/bands.ts'
import { type SoundLevels, soundOf } from '../../../src/media/recording/sound.ts'
import { wavHeader } from '../../../src/media/wav/header.ts'
import { babble, sine } from '../../kit/sound.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-sound-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function recorded(heard: Int16Array, sent: Int16Array): string {
  const both = new Int16Array(2 * heard.length)
  heard.forEach((sample, i) => {
    both[2 * i] = sample
    both[2 * i + 1] = sent[i]!
  })
  const path = join(folder, 'call.wav')
  writeFileSync(path, Buffer.concat([wavHeader(both.byteLength, 2), new Uint8Array(both.buffer)]))
  return path
}

async function all(sound: AsyncIterable<SoundLevels>): Promise<readonly SoundLevels[]> {
  const pieces: SoundLevels[] = []
  for await (const piece of sound) pieces.push(piece)
  return pieces
}

describe('the sound of a recording', () => {
  it('is what a call told of what came in, from its part of the recording', async () => {
    const heard = babble(14_000)
    const told: SoundLevels[] = []
    const bands = new SoundBands((levels, from) => told.push({ fromMs: from * 20, bands: BANDS, levels }))
    for (let at = 2000 * 8; at < 13_000 * 8; at += 160) bands.push(heard.subarray(at, at + 160))

    const path = recorded(heard, sine(697, 14_000))

    expect(await all(soundOf(path, { fromMs: 2000, toMs: 13_000 }))).toEqual(told)
  })

  it('is as long as the recording is', async () => {
    const path = recorded(babble(3000), sine(697, 3000))

    expect(await all(soundOf(path, { fromMs: 2000, toMs: 13_000 }))).toHaveLength(10)
  })

  it('is not that of a file that is gone, or no recording', async () => {
    const path = join(folder, 'broken.wav')
    writeFileSync(path, 'no sound')

    await expect(all(soundOf(path, { fromMs: 0, toMs: 1000 }))).rejects.toMatchObject({ code: 'bad-wav' })
    await expect(all(soundOf(join(folder, 'gone.wav'), { fromMs: 0, toMs: 1000 }))).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
