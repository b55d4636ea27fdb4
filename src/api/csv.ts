/** One record of a CSV file. */
export interface CsvRecord {
  /** Of the file, from 1: where it begins. */
  readonly line: number
  readonly fields: readonly string[]
}

export interface CsvFault {
  readonly line: number
  readonly sentence: string
}

/**
 * Reads CSV as RFC 4180 has it, with lines that end in LF or CRLF and a byte order mark before the first. Empty lines are no records.
 * A record that is none is told and left out; a quote that is never closed takes the rest of the file with it.
 */
export function readCsv(text: string): {
  readonly records: readonly CsvRecord[]
  readonly faults: readonly CsvFault[]
} {
  const records: CsvRecord[] = []
  const faults: CsvFault[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  while (at < text.length) {
    const first = line
    const fields: string[] = []
    let fault: string | undefined
    for (;;) {
      const { field, end, lines, fault: wrong } = readField(text, at)
      fields.push(field)
      fault ??= wrong
      at = end
      line += lines
      if (text[at] !== ',') break
      at++
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    line++
    if (fault !== undefined) faults.push({ line: first, sentence: fault })
    else if (fields.length > 1 || fields[0] !== '') records.push({ line: first, fields })
  }
  return { records, faults }
}

interface Field {
  readonly field: string
  /** Of the comma or the end of the line behind it. */
  readonly end: number
  readonly lines: number
  readonly fault?: string
}

function readField(text: string, from: number): Field {
  if (text[from] !== '"') {
    const end = endOfPlain(text, from)
    const field = text.slice(from, end)
    return field.includes('"')
      ? { field, end, lines: 0, fault: 'has a quote in a field that does not begin with one' }
      : { field, end, lines: 0 }
  }
  let field = ''
  let at = from + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote === -1) {
      const rest = text.slice(at)
      return { field: '', end: text.length, lines: newlines(rest), fault: 'has a quote that is never closed' }
    }
    field += text.slice(at, quote)
    if (text[quote + 1] !== '"') {
      const end = endOfPlain(text, quote + 1)
      const lines = newlines(field)
      return end === quote + 1
        ? { field, end, lines }
        : { field, end, lines, fault: 'has something behind the quote that ends a field' }
    }
    field += '"'
    at = quote + 2
  }
}

function endOfPlain(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== ',' && text[at] !== '\n' && !(text[at] === '\r' && endsLine(text, at))) at++
  return at
}

const endsLine = (text: string, at: number): boolean => text[at + 1] === '\n' || at + 1 === text.length
const newlines = (text: string): number => text.split('\n').length - 1

/**
 * One line with its end. Numbers stand bare, all else in quotes; `null` is empty. A text that a spreadsheet would take for a formula gets
 * an apostrophe before it; E.164 numbers are none.
 */
export const csvLine = (values: readonly (string | number | null)[]): string => `${values.map(cell).join(',')}\r\n`

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const shown = /^[=+\-@\t\r]/.test(value) && !/^\+[0-9]+$/.test(value) ? `'${value}` : value
  return `"${shown.replaceAll('"', '""')}"`
}
