import { expect, it } from 'vitest'
import { deferred } from '../../../src/base/deferred.ts'
import { pacedRecogniser, type Recognised, type SpeechRecogniser } from '../../../src/speech/index.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const second = new Int16Array(8000)

it('the pace of a recogniser is how much it heard, and how long after each utterance its words came', async () => {
  const clock = new FakeClock()
  const answers: { resolve(so: Recognised): void; reject(error: Error): void }[] = []
  const scripted: SpeechRecogniser = {
    name: 'scripted',
    gives: { interim: false, times: false, confidence: false },
    open: () => ({
      write: () => {},
      end: () => {
        const answer = deferred<Recognised>()
        answers.push(answer)
        return answer.promise
      },
      cancel: () => {},
    }),
  }
  const { recogniser, pace } = pacedRecogniser(scripted, clock)
  const say = (seconds: number) => {
    const utterance = recogniser.open({})
    for (let i = 0; i < seconds; i++) utterance.write(second)
    return utterance.end()
  }

  expect(pace()).toEqual({ utterances: 0, seconds: 0, p50Ms: 0, p99Ms: 0 })
  for (const ms of [100, 300, 900]) {
    const said = say(2)
    clock.advance(ms)
    answers.pop()?.resolve({ text: '', words: [] })
    await said
  }
  const failed = say(5)
  answers.pop()?.reject(new Error('broken'))

  await expect(failed).rejects.toThrow('broken')
  expect(pace()).toEqual({ utterances: 3, seconds: 6, p50Ms: 300, p99Ms: 900 })
})
