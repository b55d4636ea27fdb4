import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/base/clock.ts'
import { Scope } from '../../../src/base/scope.ts'
import { Transcriber } from '../../../src/main/transcriber.ts'
import { type OpenUtterance, RecogniseError, type SpeechRecogniser } from '../../../src/speech/index.ts'
import { eventually } from '../../kit/eventually.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { concat, wav } from '../../kit/sound.ts'
import { silence, voice } from './sounds.ts'

/** Says how many seconds it was given, with what stands before and after each utterance, and refuses as often as it is told. */
function counting(faults: (RecogniseError | undefined)[] = []): SpeechRecogniser {
  const open = (): OpenUtterance => {
    let samples = 0
    return {
      write: (piece) => {
        samples += piece.length
      },
      async end() {
        const fault = faults.shift()
        if (fault !== undefined) throw fault
        return { text: `${Math.round(samples / 8000)} s`, words: [] }
      },
      cancel: () => {},
    }
  }
  return { name: 'counting', gives: { interim: false, times: false, confidence: false }, open }
}

describe('what is said in a recording', () => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-transcriber-'))
  const path = join(folder, 'recording.wav')
  beforeAll(() => {
    const quiet = silence(2000)
    writeFileSync(path, wav(concat(quiet, voice(2000), quiet, voice(4000), quiet)))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is written down in the utterances that its pauses make', async () => {
    const transcriber = new Transcriber(counting(), new FakeClock(), new Scope('test'))
    expect(await transcriber.transcribe(path)).toEqual({ text: '3 s 5 s' })
  })

  it('waits while the recogniser has no time for it', async () => {
    const clock = new FakeClock()
    const busy = new RecogniseError('busy', 'Too much waits.')
    const written = new Transcriber(counting([busy]), clock, new Scope('test')).transcribe(path)
    await eventually(
      () => clock.waiting,
      (timers) => timers === 1,
    )
    clock.advance(2000)
    expect(await written).toEqual({ text: '3 s 5 s' })
  })

  it('waits for five minutes in all, however many utterances there are', async () => {
    let waited = 0
    const clock: Pick<Clock, 'after'> = {
      after(ms, fire) {
        waited += ms
        queueMicrotask(fire)
        return { stop: () => {} }
      },
    }
    const busy = (times: number) => Array.from({ length: times }, () => new RecogniseError('busy', 'Too much waits.'))
    // The first utterance is taken after 200 s, which leaves the second 100.
    const faults = [...busy(100), undefined, ...busy(51)]

    const written = await new Transcriber(counting(faults), clock, new Scope('test')).transcribe(path)

    expect(waited).toBe(300_000)
    expect(written).toEqual({ text: '3 s', error: 'Too much waits.' })
  })

  it('leaves no timer behind where the service ends meanwhile', async () => {
    const [clock, scope] = [new FakeClock(), new Scope('test')]
    const busy = new RecogniseError('busy', 'Too much waits.')
    void new Transcriber(counting([busy]), clock, scope).transcribe(path)
    await eventually(
      () => clock.waiting,
      (timers) => timers === 1,
    )
    await scope.close()
    expect(clock.waiting).toBe(0)
  })

  it('is told as far as it was understood, with what kept the rest from being', async () => {
    const broken = counting([new RecogniseError('failed', 'It broke.')])
    const transcriber = new Transcriber(broken, new FakeClock(), new Scope('test'))
    expect(await transcriber.transcribe(path)).toEqual({ text: '', error: 'It broke.' })
    expect(await transcriber.transcribe(join(folder, 'none.wav'))).toMatchObject({
      text: '',
      error: expect.stringContaining('ENOENT'),
    })
    expect(await new Transcriber(undefined, new FakeClock(), new Scope('test')).transcribe(path)).toMatchObject({
      error: expect.stringContaining('no speech recogniser'),
    })
  })
})
