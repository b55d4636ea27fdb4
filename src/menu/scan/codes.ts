import { digitsOf, soundsLike } from '../understand/key.ts'
import type { ScanNode } from './tree.ts'

type Menu = Pick<ScanNode, 'readings' | 'options'>

/** Keys of two digits of which one digit alone was heard, the likeliest first. */
export function codesFor(node: Menu, key: string): readonly string[] {
  if (!/^[1-9]$/.test(key)) return []
  const eights = isBehindSay(node, key) ? [`8${key}`] : []
  const fits = inOrder(node, key)
  const firsts = fits === undefined ? [] : units.map((first) => first + key)
  return [...new Set([...eights, ...withSecond(node, key), ...firsts])].filter(fits ?? (() => true))
}

const units = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

/** Of which the second was swallowed, or taken for a little word: what was heard behind the first tells which. */
function withSecond({ readings }: Menu, key: string): readonly string[] {
  const behind = readings.flatMap(({ text, options }) => {
    const label = options.find((option) => option.key === key)?.label ?? ''
    const words = text.split(' ')
    const at = words.findIndex((word) => digitsOf(word) === key)
    // Where the label stands before the key, the next one begins behind it.
    const first = words.slice(0, Math.max(0, at)).join(' ').includes(label)
    return at < 0 || first ? [] : (soundsLike(words[at + 1]) ?? [])
  })
  return [...behind.filter((last) => /^[1-9]$/.test(last)), key, '2', '4'].map((last) => key + last)
}

/** "Press or say eight seven" is heard as "press or say seven": one vowel ends the one word and begins the other. */
const isBehindSay = ({ readings }: Menu, key: string): boolean =>
  readings.some(({ text }) => text.split(' ').some((word, i, all) => digitsOf(word) === key && all[i - 1] === 'say'))

/** So few may stand in their order by chance. */
const leastInOrder = 3

/** What stands where the key was said in a menu whose codes go up; `undefined` where that cannot be told. */
function inOrder({ options }: Menu, key: string): ((code: string) => boolean) | undefined {
  const said = options.filter(({ from }) => from === 'heard').map((option) => option.key)
  const at = said.indexOf(key)
  const isCode = (each: string): boolean => /^[1-9]{2}$/.test(each)
  const codes = said.filter(isCode)
  if (at < 0 || codes.length < leastInOrder || codes.some((code, i) => i > 0 && code <= codes[i - 1]!)) return undefined
  const below = said.slice(0, at).findLast(isCode) ?? '10'
  const above = said.slice(at + 1).find(isCode) ?? '99'
  return (code) => code > below && code <= above && !codes.includes(code)
}
