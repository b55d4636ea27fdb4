import { describe, expect, it } from 'vitest'
import { wordLikeness } from '../../../../src/menu/understand/likeness.ts'
import { type Understanding, understand } from '../../../../src/menu/understand/understand.ts'
import type { HeardWord } from '../../../../src/phone/listen.ts'
import { type KnownPrompt, prompts, read, spoken } from './kit.ts'

describe('prompts as they are written', () => {
  it.each(prompts.map((prompt) => [prompt.text, prompt] as const))('%s', (text, prompt) => {
    const heard = read(text)
    const keys = heard.options.map(({ key }) => key)
    expect([heard.kind, keys]).toEqual([prompt.kind, prompt.options.map(([key]) => key)])
    for (const [i, [, label]] of prompt.options.entries()) {
      expect(wordLikeness(heard.options[i]!.label, label), `${heard.options[i]!.label} for ${label}`).toBeGreaterThan(
        0.2,
      )
    }
    if (prompt.entry !== undefined) {
      expect({ digits: heard.entry?.digits, end: heard.entry?.end }).toEqual({
        digits: prompt.entry.digits,
        end: prompt.entry.end,
      })
    }
    if (prompt.say !== undefined) expect(heard.sayable).toEqual(prompt.say)
  })
})

describe('prompts as they are heard', () => {
  it('are understood as well by their pauses as by their marks', () => {
    const score = scoreOf((text) => spoken(text, { comma: 250, sentence: 600 }))
    expect(score).toEqual({ recall: 1, precision: 1, labels: expect.closeTo(1, 1), kinds: prompts.length })
    expect(score.labels).toBeGreaterThan(0.97)
  })

  it('are understood mostly from a voice that never pauses', () => {
    const { recall, precision, labels } = scoreOf((text) => spoken(text, { comma: 0, sentence: 0 }))
    expect(recall).toBeGreaterThan(0.97)
    expect(precision).toBeGreaterThan(0.99)
    expect(labels).toBeGreaterThan(0.9)
  })
})

function scoreOf(wordsOf: (text: string) => readonly HeardWord[]) {
  const heard = prompts.map((prompt) => [prompt, understand(wordsOf(prompt.text))] as const)
  const sum = (each: (prompt: KnownPrompt, heard: Understanding) => number): number =>
    heard.reduce((total, [prompt, understanding]) => total + each(prompt, understanding), 0)
  const wanted = sum(({ options }) => options.length)
  const found = sum((_, { options }) => options.length)
  const optionOf = ({ options }: Understanding, key: string) => options.find((option) => option.key === key)
  const right = sum((prompt, each) => prompt.options.filter(([key]) => optionOf(each, key) !== undefined).length)
  const labelled = sum(
    (prompt, each) =>
      prompt.options.filter(([key, label]) => wordLikeness(optionOf(each, key)?.label ?? '', label) >= 0.4).length,
  )
  const kinds = sum((prompt, each) => Number(prompt.kind === each.kind))
  return { recall: right / wanted, precision: right / found, labels: labelled / wanted, kinds }
}
