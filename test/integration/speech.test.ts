import { mkdtempSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { PromptCache } from '../../src/speech/cache.ts'
import { CachedSynthesizer } from '../../src/speech/cached-synthesizer.ts'
import { findFliteWasi } from '../../src/speech/flite-wasi.ts'
import { openSpeech, type SpeechSynthesizer } from '../../src/speech/index.ts'
import type { RenderJob, SpeechEngine } from '../../src/speech/synthesizer.ts'
import { FakeClock } from '../kit/fake-clock.ts'
import { describeWith, type Tool } from '../setup/tools.ts'
import { alike, listen } from './speech-sound.ts'

const home = mkdtempSync(join(tmpdir(), 'offhook-speech-'))
afterAll(() => rm(home, { recursive: true, force: true }))

const sentence = 'Thank you for calling Acme, for sales please press one.'
const absent = '/nonexistent/program'
let folders = 0
const newFolder = () => join(home, String(folders++))

interface Setup {
  readonly folder?: string
  readonly maxBytes?: number
  readonly clock?: FakeClock
  readonly find?: { readonly flite?: string; readonly espeak?: string }
}
const open = ({ folder = newFolder(), clock = new FakeClock(Date.now()), ...rest }: Setup = {}) =>
  openSpeech({ folder, clock, log: silentLogger, ...rest })
const wasiOnly = { flite: absent, espeak: absent }

const engines: ReadonlyArray<{
  name: string
  tools: Tool[]
  open: () => Promise<SpeechSynthesizer>
  language: string
}> = [
  { name: 'flite-wasi', tools: [], open: () => open({ find: wasiOnly }), language: 'en' },
  { name: 'flite', tools: ['flite'], open: () => open({ find: { espeak: absent } }), language: 'en' },
  { name: 'espeak-ng', tools: ['espeak-ng'], open: () => open(), language: 'de' },
]

for (const { name, tools, open, language } of engines) {
  describeWith(tools, `speech by ${name}`, () => {
    test('sounds like speech: its length, its level, its band', async () => {
      const speech = await open()
      const heard = await listen(await speech.synthesize({ text: sentence, language }))
      expect(heard.rate).toBe(8000)
      expect(heard.seconds).toBeGreaterThan(2.5)
      expect(heard.seconds).toBeLessThan(6)
      expect(heard.levelDb).toBeGreaterThan(-26)
      expect(heard.levelDb).toBeLessThan(-18)
      expect(heard.speechBand).toBeGreaterThan(0.75)
    })

    test('other words sound different, the same words are not made again, faster ones are shorter', async () => {
      const speech = await open()
      const one = await speech.synthesize({ text: sentence, language })
      const { ino } = await stat(one)
      const other = await speech.synthesize({ text: 'You are being redirected to the voice mail.', language })
      const again = await speech.synthesize({ text: `  ${sentence} `, language })
      const fast = await speech.synthesize({ text: sentence, language, rate: 1.6 })

      expect(again).toBe(one)
      expect((await stat(again)).ino).toBe(ino)
      const heard = await listen(one)
      expect(alike(heard.envelope, (await listen(other)).envelope)).toBeLessThan(0.6)
      expect((await listen(fast)).seconds).toBeLessThan(heard.seconds / 1.3)
    })

    test('markup, options and control characters are words or nothing, never orders', async () => {
      const speech = await open()
      const say = async (text: string) => await listen(await speech.synthesize({ text, language }))
      const plain = await say('Wait here. Hello')
      const orders = await say('Wait <break time="60s"/> here. \u0001+90S [[h@l0U]] Hello')
      expect(orders.seconds).toBeGreaterThan(plain.seconds)
      expect(orders.seconds).toBeLessThan(20)
      expect((await say('--help')).seconds).toBeLessThan(4)
    })

    test('a long text is spoken to its end', async () => {
      const speech = await open()
      const heard = await listen(await speech.synthesize({ text: 'This is one more sentence. '.repeat(40), language }))
      expect(heard.seconds).toBeGreaterThan(40)
      expect(Math.max(...heard.envelope.slice(-150))).toBeGreaterThan(1000)
    })
  })
}

describeWith(['flite'], 'the two builds of flite', () => {
  test.each(['rms', 'slt', 'kal16', 'kal', 'awb'])('say the same with voice %s', async (voice) => {
    const [native, wasi] = await Promise.all([open({ find: { espeak: absent } }), open({ find: wasiOnly })])
    const a = await listen(await native.synthesize({ text: sentence, voice }))
    const b = await listen(await wasi.synthesize({ text: sentence, voice }))
    expect(Math.abs(a.seconds - b.seconds)).toBeLessThan(0.3)
    expect(alike(a.envelope, b.envelope)).toBeGreaterThan(0.8)
  })
})

describe('the cache', () => {
  test('the same words asked for at once are made once', async () => {
    const folder = newFolder()
    const speech = await open({ folder, find: wasiOnly })
    const paths = await Promise.all(Array.from({ length: 8 }, () => speech.synthesize({ text: sentence })))
    expect(new Set(paths).size).toBe(1)
    expect((await readdir(folder)).sort()).toEqual([basename(paths[0]!), 'unfinished'].sort())
    expect(await readdir(join(folder, 'unfinished'))).toEqual([])
  })

  test('a restart finds what was made before', async () => {
    const folder = newFolder()
    const before = await (await open({ folder, find: wasiOnly })).synthesize({ text: sentence })
    const { ino } = await stat(before)
    const after = await (await open({ folder, find: wasiOnly })).synthesize({ text: sentence })
    expect((await stat(after)).ino).toBe(ino)
  })

  test('the longest unused goes when it outgrows its size, never one that was just handed out', async () => {
    const clock = new FakeClock(Date.now())
    const speech = await open({ find: wasiOnly, clock, maxBytes: 40_000 })
    const exists = (path: string) =>
      stat(path).then(
        () => true,
        () => false,
      )
    const first = await speech.synthesize({ text: 'The first prompt' })
    clock.advance(1000)
    const second = await speech.synthesize({ text: 'The second prompt' })
    expect(await Promise.all([first, second].map(exists))).toEqual([true, true])
    clock.advance(60_500)
    await speech.synthesize({ text: 'The first prompt' })
    const third = await speech.synthesize({ text: 'The third prompt' })
    expect(await Promise.all([first, second, third].map(exists))).toEqual([true, false, true])
  })

  test('a prompt that somebody deleted is made again', async () => {
    const speech = await open({ find: wasiOnly })
    await rm(await speech.synthesize({ text: 'Hello' }))
    expect((await listen(await speech.synthesize({ text: 'Hello' }))).seconds).toBeGreaterThan(0.2)
  })
})

/** The real engine, with an eye on what it is asked for. */
async function watched(folder: string) {
  const found = await findFliteWasi()
  if ('missing' in found) throw new Error(found.missing)
  const jobs: RenderJob[] = []
  const engine: SpeechEngine = {
    ...found,
    render(job) {
      jobs.push(job)
      return found.render(job)
    },
  }
  const clock = new FakeClock(Date.now())
  const cache = await PromptCache.open(folder, { maxBytes: 1_000_000, clock, log: silentLogger })
  return { speech: new CachedSynthesizer({ engines: [engine], cache, clock, log: silentLogger }), jobs }
}

test('one engine run serves all who ask for the same words at once, and all who ask later', async () => {
  const { speech, jobs } = await watched(newFolder())
  await Promise.all(Array.from({ length: 8 }, () => speech.synthesize({ text: sentence })))
  await speech.synthesize({ text: sentence })
  expect(jobs).toHaveLength(1)
})

test('the engine is stopped when the last one gives up, not before', async () => {
  const { speech, jobs } = await watched(newFolder())
  const [one, two] = [new AbortController(), new AbortController()]
  const waits = [one, two].map(({ signal }) => speech.synthesize({ text: sentence, signal }).catch(() => 'gave up'))
  await expect.poll(() => jobs.length).toBe(1)
  one.abort()
  expect(await waits[0]).toBe('gave up')
  expect(jobs[0]!.signal.aborted).toBe(false)
  two.abort()
  expect(await waits[1]).toBe('gave up')
  expect(jobs[0]!.signal.aborted).toBe(true)
})

describe('giving up', () => {
  test('one who gives up leaves the others their prompt', async () => {
    const speech = await open({ find: wasiOnly })
    const leaver = new AbortController()
    const left = speech.synthesize({ text: sentence, signal: leaver.signal })
    const stays = speech.synthesize({ text: sentence })
    leaver.abort(new Error('hung up'))
    await expect(left).rejects.toThrow('hung up')
    expect((await listen(await stays)).seconds).toBeGreaterThan(2)
  })

  test('when all give up nothing is left behind, and asking again works', async () => {
    const folder = newFolder()
    const speech = await open({ folder, find: wasiOnly })
    const leaver = new AbortController()
    const left = speech.synthesize({ text: sentence, signal: leaver.signal })
    await expect.poll(() => readdir(join(folder, 'unfinished'))).toHaveLength(1)
    leaver.abort(new Error('hung up'))
    await expect(left).rejects.toThrow('hung up')
    expect((await listen(await speech.synthesize({ text: sentence }))).seconds).toBeGreaterThan(2)
    await expect.poll(() => readdir(join(folder, 'unfinished'))).toEqual([])
  })
})

describe('refusals', () => {
  test.each([
    [{ text: '' }, 'text_empty'],
    [{ text: 'x'.repeat(5001) }, 'text_too_long'],
    [{ text: 'hi', voice: '-v' }, 'voice_unknown'],
    [{ text: 'hi', language: 'tlh' }, 'language_unknown'],
    [{ text: '你好' }, 'language_unknown'],
    [{ text: 'hi', rate: 3 }, 'rate_out_of_range'],
    [{ text: 'hi', rate: Number.NaN }, 'rate_out_of_range'],
  ])('%j -> %s', async (utterance, code) => {
    const speech = await open({ find: wasiOnly })
    await expect(speech.synthesize(utterance)).rejects.toMatchObject({ name: 'SpeechError', code })
  })

  test('an engine that does not run is named with what it said, and the next one speaks', async () => {
    const speech = await open({ find: { flite: '/bin/false', espeak: absent } })
    const sentence = expect.stringContaining('/bin/false')
    expect(speech.findings).toContainEqual(expect.objectContaining({ name: 'flite', usable: false, sentence }))
    expect(speech.name).toBe('flite-wasi')
  })
})
