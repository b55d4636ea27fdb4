import { expect, it } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import { Transcripts } from '../../src/engines/embedded/transcripts.ts'
import type { ListenEvent } from '../../src/phone/listen.ts'
import { type Recognised, RecogniseError, type SpeechRecogniser } from '../../src/speech/index.ts'

/** Words come when the test says so; what is cancelled is counted. */
function slow() {
  const answers: ReturnType<typeof deferred<Recognised>>[] = []
  let cancelled = 0
  const recogniser: SpeechRecogniser = {
    name: 'slow',
    gives: { interim: false, times: false, confidence: false },
    open: () => {
      const answer = deferred<Recognised>()
      answers.push(answer)
      return {
        write: () => {},
        end: () => answer.promise,
        cancel: () => {
          cancelled++
          answer.reject(new RecogniseError('cancelled', 'The utterance was given up.'))
          answer.promise.catch(() => {})
        },
      }
    },
  }
  return { recogniser, answers, cancelled: () => cancelled }
}

it('what was said is given up where it is forgotten, also while it is recognised, and nothing more is told', async () => {
  const { recogniser, answers, cancelled } = slow()
  const told: ListenEvent['kind'][] = []
  const transcripts = new Transcripts(recogniser, {
    ...{ interim: false, tell: ({ kind }) => told.push(kind), sound: () => {} },
  })
  const says = (fromMs: number): void => transcripts.heard({ kind: 'speech', fromMs })
  says(100)
  transcripts.heard({ kind: 'utterance', toMs: 900 })
  answers[0]!.resolve({ text: 'hello', words: [] })
  says(2000)
  transcripts.heard({ kind: 'utterance', toMs: 3000 })
  says(4000)
  await answers[0]!.promise
  await new Promise((resolve) => setImmediate(resolve))

  transcripts.forget()
  transcripts.heard({ kind: 'utterance', toMs: 5000 })
  await transcripts.finish()

  expect(told).toEqual(['speech', 'speech', 'speech', 'transcript'])
  expect(cancelled()).toBe(2)
})

it('a ring is told behind the words that were said before it, any other tone at once', async () => {
  const { recogniser, answers } = slow()
  const told: string[] = []
  const transcripts = new Transcripts(recogniser, {
    ...{ interim: false, tell: (event) => told.push(event.kind === 'tone' ? event.tone : event.kind), sound: () => {} },
  })
  transcripts.heard({ kind: 'speech', fromMs: 100 })
  transcripts.heard({ kind: 'utterance', toMs: 900 })
  transcripts.heard({ kind: 'tone', tone: 'ringback', fromMs: 1000 })
  transcripts.heard({ kind: 'tone', tone: 'beep', fromMs: 1500 })
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual(['speech', 'beep'])

  answers[0]!.resolve({ text: 'please hold', words: [] })
  await transcripts.finish()

  expect(told).toEqual(['speech', 'beep', 'transcript', 'ringback'])
})

it('hands on what is prepared of an utterance, once it is there as a whole', async () => {
  const recognised: number[][] = []
  const recogniser: SpeechRecogniser = {
    name: 'whole',
    gives: { interim: false, times: false, confidence: false },
    open: () => {
      const samples: number[] = []
      return {
        write: (more) => void samples.push(...more),
        end: async () => {
          recognised.push(samples)
          return { text: '', words: [] }
        },
        cancel: () => {},
      }
    },
  }
  const transcripts = new Transcripts(recogniser, {
    ...{ interim: false, tell: () => {}, sound: () => {} },
    prepare: async (utterance) => utterance.map((sample) => 2 * sample),
  })
  transcripts.heard({ kind: 'speech', fromMs: 100 })
  transcripts.heard({ kind: 'audio', samples: Int16Array.of(1, 2) })
  transcripts.heard({ kind: 'audio', samples: Int16Array.of(3) })
  transcripts.heard({ kind: 'utterance', toMs: 900 })
  await transcripts.finish()

  expect(recognised).toEqual([[2, 4, 6]])
})

it('what is forgotten while it is prepared is given up, and nothing is told of it', async () => {
  const { recogniser, cancelled } = slow()
  const told: string[] = []
  const mean = deferred<Int16Array>()
  const transcripts = new Transcripts(recogniser, {
    ...{ interim: false, tell: ({ kind }) => told.push(kind), sound: () => {} },
    prepare: () => mean.promise,
  })
  transcripts.heard({ kind: 'speech', fromMs: 100 })
  transcripts.heard({ kind: 'utterance', toMs: 900 })
  transcripts.forget()
  mean.resolve(Int16Array.of(1))
  await transcripts.finish()

  expect(told).toEqual(['speech'])
  expect(cancelled()).toBe(1)
})
