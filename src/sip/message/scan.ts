/** Where the quoted string that opens at `start` closes; -1 when it never does. */
export function closingQuote(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x5c) i++
    else if (code === 0x22) return i
  }
  return -1
}

/**
 * Cuts at every `separator` that stands outside quotes and angle brackets; the parts are trimmed.
 * A quote that never closes takes the rest, so that the part is seen as malformed by whoever reads it.
 */
export function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  if (!text.includes(separator)) return [text.trim()]
  const cut = separator.charCodeAt(0)
  const parts: string[] = []
  let start = 0
  let inBrackets = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x22 && !inBrackets) {
      i = closingQuote(text, i)
      if (i < 0) break
    } else if (code === 0x3c) inBrackets = true
    else if (code === 0x3e) inBrackets = false
    else if (code === cut && !inBrackets) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  parts.push(text.slice(start).trim())
  return parts
}

const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/

/** RFC 3261 §25.1 `token`. */
export function isToken(text: string): boolean {
  return token.test(text)
}

/** The text of a quoted string, or of a token as it stands. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text
  return text.slice(1, -1).replace(/\\(.)/gs, '$1')
}

export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
