import { type CST, Parser } from 'yaml'

/** A menu of ours nests about ten levels; the reader of YAML calls itself for each, and its stack ends near 800. */
export const deepestNesting = 64

export interface Place {
  readonly line: number
  readonly column: number
}

interface Open {
  readonly token: CST.Token
  /** Collections around it. */
  readonly depth: number
}

/**
 * Where a text of YAML first nests too deeply. The parser keeps a stack of its own, and so does this: what is composed of its tokens does not, also
 * where the text is malformed and each of its faults nests one level further.
 */
export function tooDeep(text: string): Place | undefined {
  for (const document of new Parser().parse(text)) {
    const open: Open[] = [{ token: document, depth: 0 }]
    let first: number | undefined
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { token, depth } = next
      if (depth > deepestNesting) first = Math.min(first ?? token.offset, token.offset)
      else open.push(...inside(token, depth))
    }
    if (first !== undefined) return placeOf(text, first)
  }
  return undefined
}

function inside(token: CST.Token, depth: number): readonly Open[] {
  switch (token.type) {
    case 'document':
      return token.value === undefined ? [] : [{ token: token.value, depth: depth + levelOf(token.value) }]
    case 'block-map':
    case 'block-seq':
    case 'flow-collection':
      return token.items.flatMap(({ key, value }) =>
        [key, value].flatMap((each) => (each ? [{ token: each, depth: depth + levelOf(each) }] : [])),
      )
    default:
      return []
  }
}

const levelOf = ({ type }: CST.Token): number =>
  Number(type === 'block-map' || type === 'block-seq' || type === 'flow-collection')

function placeOf(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: lines.at(-1)!.length + 1 }
}
