/** Arguments as the dialplan writes them: joined by commas, of which those in quotes, in brackets or after a backslash join nothing. */
export function splitArguments(data: string): readonly string[] {
  const parts: string[] = []
  let part = ''
  let depth = 0
  let quoted = false
  for (let i = 0; i < data.length; i++) {
    const character = data[i] as string
    if (character === '\\' && i + 1 < data.length) {
      part += data[++i]
      continue
    }
    if (character === '"') {
      quoted = !quoted
      continue
    }
    if (!quoted && character === '(') depth++
    if (!quoted && character === ')') depth = Math.max(0, depth - 1)
    if (!quoted && depth === 0 && character === ',') {
      parts.push(part)
      part = ''
    } else part += character
  }
  return data === '' ? [] : [...parts, part]
}

/** Letters, each with what stands in brackets after it: `rL(60000)m` is r, L with 60000, m. */
export function readOptions(text: string | undefined): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const [, letter = '', , value = ''] of (text ?? '').matchAll(/([A-Za-z])(\(([^()]*)\))?/g))
    options.set(letter, value)
  return options
}

/** `undefined`: nothing was given, or no number. */
export function readNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? ''
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(trimmed) ? Number(trimmed) : undefined
}
