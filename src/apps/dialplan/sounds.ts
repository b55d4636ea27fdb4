import { type Prompt, say, sequence, tone } from '../../phone/prompt.ts'
import type { DialplanPorts } from './ports.ts'

type Sounds = Pick<DialplanPorts, 'sound'>

/** What Asterisk says for characters that are no letters (say.c). */
const signs: Readonly<Record<string, string>> = {
  ...{ '!': 'exclamation point', '@': 'at', $: 'dollar', '*': 'star', '#': 'pound', '+': 'plus', '-': 'dash' },
  ...{ '.': 'dot', ',': 'comma', '/': 'slash', ' ': 'space', '=': 'equals', '<': 'less than', '>': 'greater than' },
}

/** Sounds joined by `&`. One that is in no file is spoken: `hello-world` as "hello world". */
export async function promptOf(names: string, ports: Sounds): Promise<Prompt | undefined> {
  const prompts: Prompt[] = []
  for (const name of names.split('&').map((each) => each.trim())) {
    const one = name === '' ? undefined : await soundOf(name, ports)
    if (one !== undefined) prompts.push(one)
  }
  return prompts.length === 0 ? undefined : sequence(...prompts)
}

async function soundOf(name: string, ports: Sounds): Promise<Prompt | undefined> {
  const path = await ports.sound(name)
  if (path !== undefined) return { kind: 'file', path }
  if (name === 'beep') return tone('beep')
  const [, seconds] = /^silence\/(\d{1,2})$/.exec(name) ?? []
  if (seconds !== undefined) return { kind: 'silence', ms: Number(seconds) * 1000 }
  const words = wordsOf(name)
  return words === '' ? undefined : say(words)
}

/** The last part of the path as words, without the name of the application that Asterisk has it for. */
export function wordsOf(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1).replace(/\.[a-z0-9]{2,5}$/i, '')
  return last
    .replace(/^(?:vm|conf|tt|queue|dir|agent|demo|pbx|ss|auth|privacy|screen|followme)-/, '')
    .replaceAll(/[-_]+/g, ' ')
    .trim()
}

/** Each digit by itself; `*`, `#` and `-` are said, all else is passed over. */
export const digitsPrompt = (digits: string, ports: Sounds): Promise<Prompt | undefined> =>
  spelled([...digits].filter((sign) => /[0-9*#-]/.test(sign)).map(digitName), ports)

/** Each character by itself. */
export const alphaPrompt = (text: string, ports: Sounds): Promise<Prompt | undefined> =>
  spelled([...text].flatMap(characterName), ports)

interface Sign {
  /** As a sound and as a word. */
  readonly sound: string
  readonly word: string
}

function digitName(sign: string): Sign {
  if (sign === '-') return { sound: 'digits/minus', word: 'minus' }
  if (sign === '*') return { sound: 'digits/star', word: 'star' }
  if (sign === '#') return { sound: 'digits/pound', word: 'pound' }
  return { sound: `digits/${sign}`, word: sign }
}

function characterName(sign: string): readonly Sign[] {
  if (/[0-9]/.test(sign)) return [digitName(sign)]
  if (/[a-z]/i.test(sign)) return [{ sound: `letters/${sign.toLowerCase()}`, word: sign.toUpperCase() }]
  const word = signs[sign]
  return word === undefined ? [] : [{ sound: `letters/${word.replaceAll(' ', '-')}`, word }]
}

/** Recorded where all of them are; one voice for all of them otherwise. */
async function spelled(parts: readonly Sign[], ports: Sounds): Promise<Prompt | undefined> {
  if (parts.length === 0) return undefined
  const files = await Promise.all(parts.map((part) => ports.sound(part.sound)))
  const paths = files.filter((path) => path !== undefined)
  if (paths.length === parts.length) return sequence(...paths.map((path): Prompt => ({ kind: 'file', path })))
  return say(parts.map(({ word }) => word).join(', '))
}
