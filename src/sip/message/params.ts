import { isToken, splitOutsideQuotes } from './scan.ts'

export type Params = ReadonlyMap<string, string>

const noParams: Params = new Map()
// What a value may not hold outside of quotes: the separators of the fields that it stands in.
const bareValue = /^[^\0-\x20\x7f\s"<>,;\\]*$/
const quotedValue = /^"(?:[^"\\]|\\.)*"$/s

/**
 * Reads `;name=value;flag` from `start`, with white space anywhere between (RFC 3261 §25.1 SEMI, EQUAL).
 * Names come out in lower case, the first of two equal names counts, a quoted value keeps its quotes.
 * @returns `undefined` when malformed: empty or unclosed parameters, anything that does not begin with `;`
 */
export function parseParams(text: string, start = 0): Params | undefined {
  const rest = text.slice(start).trim()
  if (rest === '') return noParams
  if (!rest.startsWith(';')) return undefined
  const params = new Map<string, string>()
  const parts = splitOutsideQuotes(rest, ';')
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i]!
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals).trimEnd()).toLowerCase()
    const value = equals < 0 ? '' : part.slice(equals + 1).trimStart()
    if (!isToken(name)) return undefined
    if (!bareValue.test(value) && !quotedValue.test(value)) return undefined
    if (!params.has(name)) params.set(name, value)
  }
  return params
}

/** `;name=value;flag`, values as they are in the map. What would not be read back as the same parameter throws a `TypeError`. */
export function formatParams(params: Params): string {
  let text = ''
  for (const [name, value] of params) {
    if (!isToken(name)) throw new TypeError('a parameter name is not a token')
    if (!bareValue.test(value) && !quotedValue.test(value))
      throw new TypeError(`the value of the parameter ${name} needs quotes`)
    text += value === '' ? `;${name}` : `;${name}=${value}`
  }
  return text
}
