import { Lexer } from 'yaml'

/** A menu of ours nests about ten levels; the reader of YAML calls itself for each, and its stack ends near 800. */
export const deepestNesting = 64

export interface Place {
  readonly line: number
  readonly column: number
}

/** Where a text of YAML first nests too deeply. One pass over its tokens; what is quoted, a comment or a block of text does not count. */
export function tooDeep(text: string): Place | undefined {
  // Columns at which a block began; what stands further right is inside of it.
  const columns: number[] = []
  let brackets = 0
  let line = 1
  let column = 0
  let isFirst = true
  for (const token of new Lexer().lex(text)) {
    switch (token) {
      // Marks of the lexer, which are not in the text: a document, a scalar, brackets that a line outdented ends.
      case '\u0002':
      case '\u001f':
        continue
      case '\u0018':
        brackets = 0
        continue
      case '[':
      case '{':
        brackets++
        break
      case ']':
      case '}':
        brackets = Math.max(0, brackets - 1)
        break
      default:
        if (brackets === 0 && (isIndicator(token) || (isFirst && !isBlank(token)))) enter(columns, column)
    }
    if (columns.length + brackets > deepestNesting) return { line, column: column + 1 }
    const lines = token.split('\n')
    line += lines.length - 1
    column = lines.length > 1 ? lines.at(-1)!.length : column + token.length
    isFirst = lines.length > 1 || (isFirst && isBlank(token))
  }
  return undefined
}

const isIndicator = (token: string): boolean => token === '-' || token === '?' || token === ':'
const isBlank = (token: string): boolean => /^(?:[ \t\r\n\ufeff]|#)/.test(token) || token === ''

function enter(columns: number[], column: number): void {
  while (columns.length > 0 && columns.at(-1)! > column) columns.pop()
  if (columns.at(-1) !== column) columns.push(column)
}
