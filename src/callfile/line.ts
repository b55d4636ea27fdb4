import { ValidationError } from './errors.ts'

// How the spooler of Asterisk reads a file (pbx_spool.c): comments cut off, then blanks at the end.

/**
 * Older ones read 255 bytes at once, line end and all, and take the rest for a line of its own: so none longer is written. 22.10 was seen
 * to read longer lines whole, and so do we.
 */
export const longestLine = 254

/**
 * `Key: value`, such that it is read back as that very value: `;` is escaped, as it would begin a comment.
 * @throws ValidationError where no way of writing keeps the value
 */
export function writeLine(key: string, value: string, field: string): string {
  if (typeof value !== 'string') throw new ValidationError(field, `must be text, and is ${typeof value}.`)
  if (/[\r\n\0]/.test(value)) throw new ValidationError(field, 'has a line end in it, which would begin a new line.')
  if (/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(value)) throw new ValidationError(field, 'has a control character in it.')
  if (/^[\t ]|[\t ]$/.test(value)) throw new ValidationError(field, 'begins or ends with a blank, which would be lost.')
  if (/[\t ]#/.test(value))
    throw new ValidationError(field, 'has a # after a blank, where a comment begins; there is no way to write it.')
  if (Buffer.from(value).toString() !== value)
    throw new ValidationError(field, 'has half a surrogate pair in it, which is no text.')
  // A # right after the colon is none at the beginning of a line nor after a blank.
  const gap = value.startsWith('#') ? '' : ' '
  const line = `${key}:${gap}${value.replaceAll(';', '\\;')}`
  const bytes = Buffer.byteLength(line)
  if (bytes > longestLine)
    throw new ValidationError(field, `makes a line of ${bytes} bytes; more than ${longestLine} are cut in two.`)
  return line
}

/** What one line says; `number` counts from 1, as editors do. */
export type Line =
  | { readonly kind: 'entry'; readonly number: number; readonly key: string; readonly value: string }
  | { readonly kind: 'fault'; readonly number: number; readonly sentence: string }

/** The lines that say something. */
export function* readLines(text: string): Generator<Line> {
  for (const [i, whole] of text.split('\n').entries()) {
    const number = i + 1
    // Asterisk reads lines as strings of C, which end there.
    const zero = whole.indexOf('\0')
    const line = zero === -1 ? whole : whole.slice(0, zero)
    if (zero !== -1) yield { kind: 'fault', number, sentence: 'has a zero byte; what follows it is ignored' }
    const said = sayings(line, number)
    if (said === undefined) continue
    yield said
    if (Buffer.byteLength(line) > longestLine)
      yield { kind: 'fault', number, sentence: `is longer than ${longestLine} bytes; older switches cut it in two` }
  }
}

function sayings(line: string, number: number): Line | undefined {
  const text = trimEnd(withoutComment(line))
  if (text === '') return undefined
  const colon = text.indexOf(':')
  if (colon === -1) return { kind: 'fault', number, sentence: 'has no colon, and is ignored' }
  let from = colon + 1
  while (from < text.length && text.charCodeAt(from) < 33) from++
  return { kind: 'entry', number, key: text.slice(0, colon), value: text.slice(from) }
}

function withoutComment(line: string): string {
  let text = ''
  for (let i = 0; i < line.length; i++) {
    const character = line[i]
    const before = line[i - 1]
    if (character === '#' && (i === 0 || before === ' ' || before === '\t')) return text
    if (character === ';') {
      if (before !== '\\') return text
      text = text.slice(0, -1)
    }
    text += character
  }
  return text
}

function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) < 33) end--
  return text.slice(0, end)
}
