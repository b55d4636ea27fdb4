import { segmentsOf } from '../../phone/segments.ts'

/** What turns pages and goes back and home; offered only where they lead somewhere. */
export interface ScreenKeys {
  readonly back: string
  readonly home: string
  readonly more: string
}

export interface Way {
  /** There is a menu before this one. */
  readonly back: boolean
  readonly home: boolean
}

/** 160 octets hold 182 septets (3GPP TS 24.090 §3.1). */
export const screenCharacters = 182
/** Gateways write `CON ` or `END ` before it, and not all of them take that off before they count. */
const mark = 4

/** Whether one screen holds it: septets, or code units of 16 bits where a character is in no table of septets. */
export function fits(text: string, characters: number): boolean {
  const { encoding, units } = segmentsOf(text)
  const room = characters - mark
  return units <= (encoding === 'gsm7' ? room : Math.floor(Math.floor((room * 7) / 8) / 2))
}

/**
 * Lines on screens of at most so many characters, each with the keys that lead on from it. A line stays whole where a
 * screen holds it. At least one page.
 * @param characters of the whole reply, 100 to 182: fewer leave no room beside the keys
 */
export function pagesOf(lines: readonly string[], way: Way, keys: ScreenKeys, characters: number): readonly string[] {
  const pages: string[] = []
  let rest: readonly string[] = lines.filter((line) => line !== '')
  for (;;) {
    const first = pages.length === 0
    const before = first ? way.back : true
    const last = [...rest, ...leads({ ...way, back: before, more: false }, keys)].join('\n')
    if (fits(last, characters)) return [...pages, last]
    const below = leads({ ...way, back: before, more: true }, keys)
    const taken = take(rest, below, characters)
    pages.push([...taken.lines, ...below].join('\n'))
    rest = taken.rest
  }
}

function leads(to: Way & { readonly more: boolean }, keys: ScreenKeys): readonly string[] {
  return [
    ...(to.more ? [`${keys.more}. More`] : []),
    ...(to.back ? [`${keys.back}. Back`] : []),
    ...(to.home ? [`${keys.home}. Home`] : []),
  ]
}

function take(lines: readonly string[], below: readonly string[], characters: number) {
  let n = 0
  while (n < lines.length && fits([...lines.slice(0, n + 1), ...below].join('\n'), characters)) n++
  if (n > 0) return { lines: lines.slice(0, n), rest: lines.slice(n) }
  const [line = '', ...others] = lines
  const head = longestHead(line, (text) => fits([text, ...below].join('\n'), characters))
  return { lines: [head], rest: [line.slice(head.length).trimStart(), ...others].filter((each) => each !== '') }
}

/** As many whole words as fit; of a word that is longer than a screen, as many characters. At least one character. */
function longestHead(line: string, holds: (text: string) => boolean): string {
  const characters = [...line]
  let n = 1
  while (n < characters.length && holds(characters.slice(0, n + 1).join(''))) n++
  const head = characters.slice(0, n).join('')
  const space = head.lastIndexOf(' ')
  return characters[n] === ' ' || space <= 0 ? head : head.slice(0, space)
}
