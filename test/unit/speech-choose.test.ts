import { expect, it } from 'vitest'
import { pickVoice } from '../../src/speech/choose.ts'
import type { SpeechEngine } from '../../src/speech/synthesizer.ts'

const speaks = (name: SpeechEngine['name'], ...languages: string[]): SpeechEngine => ({
  name,
  version: '1',
  voices: languages.map((language) => ({ name: language, language })),
  render: () => Promise.reject(new Error('nothing is spoken here')),
})
const engines = [speaks('flite', 'en-us', 'en-gb'), speaks('espeak-ng', 'en-us', 'pt-br', 'cmn', 'yue', 'nb', 'fr-fr')]

it.each([
  [undefined, 'en-us'],
  ['en-GB', 'en-gb'],
  ['fr', 'fr-fr'],
  ['fr_CA', 'fr-fr'],
  ['zh', 'cmn'],
  ['zh-CN', 'cmn'],
  ['zh-HK', 'yue'],
  ['no', 'nb'],
  ['no-NO', 'nb'],
])('%s is spoken by %s', (language, voice) => {
  expect(pickVoice(engines, language === undefined ? {} : { language }).voice.name).toBe(voice)
})

it.each(['de', 'zz', 'zh-HK'])('%s, which nobody speaks, is refused by its own name', (language) => {
  const few = [speaks('flite', 'en-us')]
  expect(() => pickVoice(few, { language })).toThrow(`No engine here speaks ${JSON.stringify(language)}`)
})
