import { expect, it } from 'vitest'
import { preparePrompt } from '../../src/engines/embedded/prompts.ts'
import { Problem } from '../../src/phone/problem.ts'
import { optional, PromptUnusable, say, sequence, tone } from '../../src/phone/prompt.ts'
import { SpeechError } from '../../src/speech/synthesizer.ts'

const missing = { kind: 'url', url: 'http://sounds.example/404.wav' } as const

const makers = {
  speaker: {
    speak: async ({ text, language }: { readonly text: string; readonly language?: string }): Promise<string> => {
      if (language === 'tlh') throw new SpeechError('language_unknown', 'Nobody here speaks tlh.')
      return `/spoken/${text}.wav`
    },
  },
  fetcher: async (url: string): Promise<string> => {
    if (url === missing.url) throw new PromptUnusable('away', `${url} answered with status 404.`)
    return '/fetched.wav'
  },
}

it('leaves out of a sequence what is optional and cannot be had, and says so', async () => {
  const told: string[] = []
  const prompt = sequence(optional(missing), optional(say('hello')), tone('beep'))

  const items = await preparePrompt(prompt, makers, (sentence) => void told.push(sentence))

  expect(items).toEqual([
    { kind: 'wav', path: '/spoken/hello.wav' },
    { kind: 'tone', tone: 'beep' },
  ])
  expect(told).toEqual([`a sound is left out: ${missing.url} answered with status 404.`])
})

it.each([
  ['what is not optional', sequence(say('hello'), missing), PromptUnusable],
  ['what the engine cannot make', optional({ kind: 'text', text: 'nuqneH', language: 'tlh' }), Problem],
] as const)('rejects with %s', async (_, prompt, error) => {
  await expect(preparePrompt(prompt, makers, () => {})).rejects.toBeInstanceOf(error)
})

it('rejects with a fault of a maker also where the sound is optional', async () => {
  const broken = { ...makers, fetcher: () => Promise.reject(new Error('the disk is full')) }

  await expect(preparePrompt(optional(missing), broken, () => {})).rejects.toThrow('the disk is full')
})
