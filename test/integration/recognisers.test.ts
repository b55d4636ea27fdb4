import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { overTheLine } from '../../bench/speech/line.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deferred } from '../../src/base/deferred.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { workerEntry } from '../../src/base/worker-entry.ts'
import { openSpeech } from '../../src/speech/index.ts'
import type { OfflineKind } from '../../src/speech/recognise/choice.ts'
import { MoonshineChild } from '../../src/speech/recognise/moonshine/child.ts'
import { findMoonshine, type Moonshine } from '../../src/speech/recognise/moonshine/find.ts'
import { openMoonshine } from '../../src/speech/recognise/moonshine/recogniser.ts'
import { findOffline, openOffline } from '../../src/speech/recognise/offline/recogniser.ts'
import type { Recognised, SpeechRecogniser } from '../../src/speech/recognise/recogniser.ts'
import { readWav } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { FakeClock } from '../kit/fake-clock.ts'
import { NotedLog } from '../kit/noted-log.ts'
import { describeWith } from '../setup/tools.ts'

let scope: Scope
let folder: string
let log: NotedLog

beforeEach(async () => {
  scope = new Scope('recognisers')
  folder = await mkdtemp(join(tmpdir(), 'offhook-recognisers-'))
  log = new NotedLog()
})
afterEach(async () => {
  await scope.close()
  await rm(folder, { recursive: true })
})

async function open(kind: OfflineKind): Promise<SpeechRecogniser> {
  const found = findOffline(kind)
  if (!('pocketsphinx' in found)) throw new Error(found.reason)
  return openOffline({ found, folder, scope, clock: systemClock, log, processes: 1 })
}

/** What a voice says, as it comes through a telephone line. */
async function spoken(text: string): Promise<Int16Array> {
  const speech = await openSpeech({ folder: join(folder, 'prompts'), clock: systemClock, log: silentLogger })
  return overTheLine(readWav(await speech.synthesize({ text })), undefined, 1)
}

function say(recogniser: SpeechRecogniser, samples: Int16Array): Promise<Recognised> {
  const utterance = recogniser.open({ language: 'en-US' })
  for (let at = 0; at < samples.length; at += 160) utterance.write(samples.subarray(at, at + 160))
  return utterance.end()
}

/** Processes that this one began, by what they were begun as. */
const children = (): { readonly pid: number; readonly command: string }[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = / \(.*\) \S (\d+) /s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return Number(parent) === process.pid ? [{ pid: Number(name), command }] : []
      } catch {
        // It ended meanwhile.
        return []
      }
    })
const moonshines = () => children().filter(({ command }) => command.includes('moonshine-worker'))

describe('Moonshine', () => {
  it('tells words, their times and how sure it is of them', async () => {
    const said = await say(await open('moonshine'), await spoken('For sales, press one. For billing, press two.'))

    expect(said.text).toMatch(/for sales press one .*press two/)
    expect(said.words.map(({ word }) => word).join(' ')).toBe(said.text)
    for (const [i, { fromMs, toMs, confidence }] of said.words.entries()) {
      expect(fromMs).toBeGreaterThanOrEqual(said.words[i - 1]?.toMs ?? 0)
      expect(toMs).toBeGreaterThan(fromMs)
      expect(confidence).toBeGreaterThan(0)
      expect(confidence).toBeLessThanOrEqual(1)
    }
  })

  it('takes several utterances at once, and hears nothing in silence or in a click', async () => {
    const recogniser = await open('moonshine')
    const [one, two] = [await spoken('Press one for sales.'), await spoken('Press two for billing.')]

    const said = await Promise.all([one, two, new Int16Array(8000), new Int16Array(700)].map((x) => say(recogniser, x)))

    expect(said.map(({ text }) => text)).toEqual([
      expect.stringContaining('for sales'),
      expect.stringContaining('for billing'),
      '',
      '',
    ])
    expect(moonshines()).toHaveLength(1)
  })

  it('begins another process where one was killed, and none is left when it is closed', async () => {
    const recogniser = await open('moonshine')
    const sound = await spoken('For sales, press one.')
    await say(recogniser, sound)
    const said = say(recogniser, sound)
    process.kill(moonshines()[0]!.pid, 'SIGKILL')

    expect((await said).text).toContain('press one')
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: expect.stringContaining('SIGKILL') } }])
    await scope.close()
    expect(await eventually(moonshines, ({ length }) => length === 0)).toEqual([])
  })

  it('ends its process when the service is gone', async () => {
    const found = findMoonshine()
    if ('missing' in found) throw new Error(found.reason)
    const entry = workerEntry(
      new URL('../../src/speech/recognise/moonshine/child.ts', import.meta.url).href,
      './moonshine-worker',
    )
    const child = fork(fileURLToPath(entry), [found.encoder, found.decoder], {
      execArgv: [],
      serialization: 'advanced',
    })
    const ended = once(child, 'exit')
    child.send({ id: 1, samples: await spoken('For sales, press one.') })
    await once(child, 'message')

    child.disconnect()
    expect(await ended).toEqual([0, null])
  })

  it('ends a process that hangs', async () => {
    const clock = new FakeClock()
    const gone = deferred<void>()
    const child = new MoonshineChild(findMoonshine() as Moonshine, clock, () => gone.resolve())
    const said = child.decode(new Int16Array(8000))
    process.kill(moonshines()[0]!.pid, 'SIGSTOP')
    clock.advance(60_000)

    await expect(said).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('longer than 60 s') })
    await gone.promise
    expect([moonshines(), clock.waiting]).toEqual([[], 0])
  })

  it('weighs the words of another recogniser, if these come soon', async () => {
    const sound = await spoken('For sales, press one.')
    const child = new MoonshineChild(findMoonshine() as Moonshine, systemClock, () => {})
    scope.add('child', () => child.kill())
    const words = 'for mountains press one'.split(' ').map((word) => ({ word, fromMs: 0, toMs: 0 }))

    const { text, weighed = [] } = await child.decode(sound, Promise.resolve({ text: '', words }))
    expect(text).toBe('for sales press one')
    expect(weighed).toMatchObject([{ others: [1, 2], own: [1, 2] }])
    expect(weighed[0]!.gain).toBeLessThan(-1)

    const never = deferred<Recognised>()
    expect(await child.decode(sound, never.promise)).not.toHaveProperty('weighed')
    expect(await child.decode(sound, Promise.reject(new Error('It ended.')))).not.toHaveProperty('weighed')
  })

  it('says what is wrong where its models cannot be read', async () => {
    const found = { encoder: join(folder, 'nothing.onnx'), decoder: join(folder, 'nothing.onnx') }
    const recogniser = openMoonshine({ found, scope, clock: systemClock, log })
    await expect(say(recogniser, new Int16Array(8000))).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('nothing.onnx'),
    })
  })

  it('gives an utterance up, and knows English only', async () => {
    const recogniser = await open('moonshine')
    const utterance = recogniser.open({})
    utterance.write(await spoken('For sales, press one.'))
    const said = utterance.end()
    utterance.cancel()

    await expect(said).rejects.toMatchObject({ code: 'cancelled' })
    expect(() => recogniser.open({ language: 'de' })).toThrow(/knows English only/)
  })

  it('says that there is no program for a kind of machine that its runtime was not built for', () => {
    expect(findMoonshine('plan9/mips')).toMatchObject({ missing: true, reason: expect.stringContaining('plan9/mips') })
  })
})

describeWith(['pocketsphinx_batch'], 'both recognisers', () => {
  it('hear an utterance as one', async () => {
    const recogniser = await open('offline')
    expect(recogniser.name).toBe('offline')

    const said = await say(recogniser, await spoken('For sales, press one.'))

    expect(said.text).toMatch(/for sales press one$/i)
    expect(said.confidence).toBeGreaterThan(0.3)
    expect(children().map(({ command }) => /pocketsphinx_batch|moonshine-worker/.exec(command)?.[0])).toEqual(
      expect.arrayContaining(['pocketsphinx_batch', 'moonshine-worker']),
    )
  })

  it('leave audio the first place on the machine', async () => {
    await say(await open('offline'), await spoken('For sales, press one.'))

    expect(children().map(({ pid }) => getPriority(pid) - getPriority(0))).toEqual([5, 5])
  })

  it('are not both begun on a machine with little memory', () => {
    expect(findOffline('offline', 1000)).toMatchObject({
      moonshine: undefined,
      pocketsphinx: expect.anything(),
      missing: [{ reason: expect.stringContaining('1000') }],
    })
    expect(findOffline('moonshine', 1000)).toMatchObject({ moonshine: expect.anything(), missing: [] })
  })

  it('can be had one by one', async () => {
    const alone = await open('pocketsphinx')
    expect(alone.name).toBe('pocketsphinx')
    expect((await say(alone, await spoken('For sales, press one.'))).text).toContain('press one')
    expect(moonshines()).toEqual([])
  })
})
