import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildLanguageModel, type ModelTexts } from '../../../src/speech/recognise/model/build.ts'
import { sentences } from '../../../src/speech/recognise/model/corpus.ts'
import { modelFiles } from '../../../src/speech/recognise/model/files.ts'

const acoustic = join(dirname(createRequire(import.meta.url).resolve('soundswallower')), 'model', 'en-us')
const files = modelFiles(join(acoustic, 'dict.txt'))
const texts = Object.fromEntries(
  Object.entries(files).map(([name, path]) => [name, readFileSync(path, 'utf8')]),
) as unknown as ModelTexts

const drawn = [...sentences(texts, 4000)].map((words) => words.join(' '))
const count = (pattern: RegExp): number => drawn.filter((sentence) => pattern.test(sentence)).length

describe('the language model of the telephone', () => {
  it('knows how each of its words is said', () => {
    const { unpronounceable, words } = buildLanguageModel(texts, 4000)

    expect(unpronounceable).toEqual([])
    expect(words).toBeGreaterThan(2000)
  })

  it('is drawn alike each time', () => {
    expect([...sentences(texts, 50)]).toEqual([...sentences(texts, 50)])
  })

  it('leaves no slot and no choice unfilled', () => {
    expect(count(/[{}[\]|]/)).toBe(0)
    expect(count(/undefined|^$| {2}/)).toBe(0)
  })

  it('has lists that say their verb once', () => {
    expect(
      count(/(?:press|dial|select) one (?!.* (?:press|dial|select) ).* or (?:two|three|four) (?:to|for) /),
    ).toBeGreaterThan(0)
  })

  it('leads back by star and pound more often than by any other key', () => {
    const keys = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'star', 'pound']
    const times = (key: string): number => count(new RegExp(`main menu press (?:the )?${key}\\b`))

    expect(
      keys
        .sort((a, b) => times(b) - times(a))
        .slice(0, 2)
        .sort(),
    ).toEqual(['pound', 'star'])
  })
})
