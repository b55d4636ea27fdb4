import { expect, it } from 'vitest'
import { type Deferred, deferred } from '../../../src/base/deferred.ts'
import { pairOf } from '../../../src/speech/recognise/offline/pair.ts'
import { type Recognised, RecogniseError, type SpeechRecogniser } from '../../../src/speech/recognise/recogniser.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { NotedLog } from '../../kit/noted-log.ts'

const word = (said: string, confidence: number) => ({ word: said, fromMs: 0, toMs: 100, confidence })
const recognised = (said: string, confidence = 0.5): Recognised => ({
  text: said,
  words: [word(said, confidence)],
  confidence,
})

/** Each answers when the test says so. */
function openPair() {
  const answers: Record<string, Deferred<Recognised>> = {}
  const heard: string[] = []
  const besides: Record<string, Promise<Recognised> | undefined> = {}
  const weighed: Recognised['weighed'][] = []
  const scripted = (name: string): SpeechRecogniser => ({
    name,
    gives: { interim: false, times: true, confidence: true },
    open: () => {
      const answer = deferred<Recognised>()
      answers[name] = answer
      return {
        write: (samples) => void heard.push(`${name} ${samples.length}`),
        end: (beside) => {
          besides[name] = beside
          return answer.promise
        },
        cancel: () => answer.reject(new RecogniseError('cancelled', `${name} was given up.`)),
      }
    },
  })
  const log = new NotedLog()
  const clock = new FakeClock()
  const model = { broken: false }
  const pair = pairOf({
    ...{ pocketsphinx: scripted('pocketsphinx'), moonshine: scripted('moonshine'), log },
    merge: async (sphinx, { words: moonshine, ...rest }) => {
      weighed.push(rest.weighed)
      if (model.broken) throw new Error('ENOSPC')
      return [...sphinx, ...moonshine]
    },
    ...{ patienceMs: 2000, clock },
  })
  return { pair, utterance: pair.open({}), answers, heard, besides, weighed, log, clock, model }
}

const tick = () => new Promise((resolve) => setImmediate(() => resolve('nothing yet')))

it('both recognisers hear the utterance, and their words are merged', async () => {
  const { utterance, answers, heard } = openPair()
  utterance.write(new Int16Array(160))
  const said = utterance.end()
  answers.moonshine?.resolve(recognised('two', 0.7))
  answers.pocketsphinx?.resolve(recognised('one', 0.9))

  expect(heard).toEqual(['pocketsphinx 160', 'moonshine 160'])
  expect(await said).toEqual({
    text: 'one two',
    words: [word('one', 0.9), word('two', 0.7)],
    confidence: expect.closeTo(0.8),
  })
})

it('Moonshine is told what pocketsphinx hears, and who merges what it makes of that', async () => {
  const { utterance, answers, besides, weighed } = openPair()
  const said = utterance.end()
  answers.pocketsphinx?.resolve(recognised('one'))
  const gains: Recognised['weighed'] = [{ others: [0, 1], own: [0, 1], gain: -3 }]
  answers.moonshine?.resolve({ ...recognised('won'), weighed: gains })
  await said

  expect(await besides.moonshine).toEqual(recognised('one'))
  expect(besides.pocketsphinx).toBeUndefined()
  expect(weighed).toEqual([gains])
})

it.each(['pocketsphinx', 'moonshine'])('where %s fails, the other is believed and the log says so', async (name) => {
  const { utterance, answers, log } = openPair()
  const said = utterance.end()
  const other = name === 'moonshine' ? 'pocketsphinx' : 'moonshine'
  answers[name]?.reject(new RecogniseError('failed', 'It ended.'))
  answers[other]?.resolve(recognised('yes'))

  expect(await said).toEqual(recognised('yes'))
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { recogniser: name } }])
})

it('that one has too much to do is not worth a line', async () => {
  const { utterance, answers, log } = openPair()
  const said = utterance.end()
  answers.moonshine?.reject(new RecogniseError('busy', 'Too much.'))
  answers.pocketsphinx?.resolve(recognised('yes'))

  expect(await said).toEqual(recognised('yes'))
  expect(log.lines).toEqual([])
})

it('where both fail, or are given up, the first says why', async () => {
  const { utterance, answers } = openPair()
  const said = utterance.end()
  answers.moonshine?.reject(new RecogniseError('failed', 'It ended.'))
  answers.pocketsphinx?.reject(new RecogniseError('busy', 'Too much.'))
  await expect(said).rejects.toMatchObject({ code: 'busy' })

  const given = openPair().utterance
  const end = given.end()
  given.cancel()
  await expect(end).rejects.toMatchObject({ code: 'cancelled', message: 'pocketsphinx was given up.' })
})

it.each(['pocketsphinx', 'moonshine'])(
  'the words of %s wait two seconds for the other, who is then given up',
  async (name) => {
    const { utterance, answers, clock, log } = openPair()
    const said = utterance.end()
    const told = said.then(() => 'told')
    // However long the first takes, nobody is given up before it.
    clock.advance(60_000)
    answers[name]?.resolve(recognised('yes'))
    await tick()
    clock.advance(1999)
    expect(await Promise.race([told, tick()])).toBe('nothing yet')

    clock.advance(1)
    expect(await said).toEqual(recognised('yes'))
    const other = name === 'moonshine' ? 'pocketsphinx' : 'moonshine'
    await expect(answers[other]?.promise).rejects.toMatchObject({ code: 'cancelled' })
    expect([log.lines, clock.waiting]).toEqual([[], 0])
  },
)

it('nothing waits any more where both told their words, or one failed before the other told', async () => {
  const both = openPair()
  const said = both.utterance.end()
  both.answers.moonshine?.resolve(recognised('two'))
  both.answers.pocketsphinx?.resolve(recognised('one'))
  await said
  expect(both.clock.waiting).toBe(0)

  const one = openPair()
  const alone = one.utterance.end()
  one.answers.moonshine?.reject(new RecogniseError('failed', 'It ended.'))
  one.answers.pocketsphinx?.resolve(recognised('one'))
  await alone
  expect(one.clock.waiting).toBe(0)
})

it('where the words cannot be merged, those of pocketsphinx are believed', async () => {
  const { utterance, answers, model, log } = openPair()
  model.broken = true
  const said = utterance.end()
  answers.moonshine?.resolve(recognised('two'))
  answers.pocketsphinx?.resolve(recognised('one'))

  expect(await said).toEqual(recognised('one'))
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: expect.stringContaining('ENOSPC') } }])
})
