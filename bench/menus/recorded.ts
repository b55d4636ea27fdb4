import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MenuAction, MenuOption } from '../../src/menu/model.ts'
import { asteriskRoot } from '../../test/kit/asterisk/root.ts'
import { readWav } from '../../test/kit/audio.ts'
import type { Tree } from './trees.ts'

/** A menu that a person recorded. */
export interface Recorded {
  /** Files without their ending, one behind the other: `vm-prev + vm-next`. */
  readonly prompt: string
  /** What is said of each key. */
  readonly options: ReadonlyMap<string, string>
}

const packaged = '/usr/share/asterisk/sounds/en_US_f_Allison'
/** Where the tests lay their Asterisk. */
const ofTests = (): string => join(asteriskRoot(), packaged)

/** The folder of recorded prompts; `undefined` where there is none. @param asked where somebody says they are */
export const findSounds = (asked: string | undefined): string | undefined =>
  [asked, packaged, ofTests()].find((folder) => folder !== undefined && existsSync(folder))

export const noSounds = 'Install asterisk-core-sounds-en-wav, or say where its sounds are: --sounds FOLDER.'

export function readRecorded(): readonly Recorded[] {
  const lines = readFileSync(new URL('./human-prompts.txt', import.meta.url), 'utf8').split('\n')
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [prompt = '', options = ''] = line.split(': ')
      const each = options.split('; ').map((option): [string, string] => {
        const [key = '', ...label] = option.split(' ')
        return [key, label.join(' ')]
      })
      return { prompt, options: new Map(each) }
    })
}

/** Behind each file. */
const pauseSamples = 8000 * 0.3

/** Sound of files that are named one behind the other. */
export function recordedSound(sounds: string, prompt: string): Int16Array {
  const parts = prompt.split(' + ').map((file) => readWav(join(sounds, `${file}.wav`)))
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length + pauseSamples, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length + pauseSamples
  }
  return all
}

/** Said of a key that is none. */
export const recordedRefusal = 'pbx-invalid'
export const recordedGreeting = 'vm-intro'
export const recordedGoodbye = 'vm-goodbye'

const returning: ReadonlyMap<string, MenuAction> = new Map([
  ['return to the main menu', { kind: 'menu', menu: 'main' }],
  ['repeat this message', { kind: 'repeat' }],
])

/** Two of them as one tree: an option of the first leads to the second, others to all the ends that there are. The same for the same number. */
export function recordedTree(recorded: readonly Recorded[], i: number): Tree {
  const first = recorded[i % recorded.length]!
  const second = recorded[(i + 11) % recorded.length]!
  const ends: readonly MenuAction[] = [
    { kind: 'say', say: 'conf-full', next: 'hangup' },
    { kind: 'voicemail', forward: 'main' },
    { kind: 'dial', to: ['1001'], seconds: 10, say: 'pls-hold-while-try', next: 'hangup' },
    { kind: 'hangup', say: 'demo-thanks' },
    { kind: 'say', say: 'feature-not-avail-line + vm-goodbye', next: 'hangup' },
  ]
  const optionsOf = ({ options }: Recorded, next: string | undefined): MenuOption[] =>
    [...options].map(([key, label], k) => {
      const returns = returning.get(label)
      if (returns !== undefined) return { key, label, action: returns }
      const down = next !== undefined && k === i % options.size
      return { key, label, action: down ? { kind: 'menu', menu: next } : ends[(i + k) % ends.length]! }
    })
  const node = { attempts: 2, seconds: 4, invalid: recordedRefusal }
  return {
    seed: i,
    menu: {
      ...{ name: 'Recorded', start: 'main', language: 'en-US' },
      menus: {
        main: { ...node, prompt: first.prompt, options: optionsOf(first, 'menu_1') },
        menu_1: { ...node, prompt: second.prompt, options: optionsOf(second, undefined) },
      },
    },
    misheard: '',
    depth: 2,
    forms: [],
  }
}
