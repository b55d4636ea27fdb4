import { isPair, isScalar, parseDocument, stringify, visit } from 'yaml'
import { deepestNesting, tooDeep } from './nesting.ts'

/** The text is neither YAML nor JSON. The message says where. */
export class MenuTextError extends Error {
  override readonly name = 'MenuTextError'
}

/**
 * Reads JSON or YAML 1.2, of which JSON is a part, to plain values; their shape is for `menuShape` to check.
 * @throws MenuTextError with line and column
 */
export function readMenuText(text: string): unknown {
  const deep = tooDeep(text)
  if (deep !== undefined)
    throw new MenuTextError(`it nests deeper than ${deepestNesting} levels at line ${deep.line}, column ${deep.column}`)
  // Aliases are followed a hundred times at most, so that a few lines cannot become gigabytes.
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true })
  const [error] = document.errors
  if (error !== undefined) throw new MenuTextError(hint(error.message.split('\n')[0]!.replace(/:$/, '')))
  visit(document, {
    // `key: 01` is two keys; as a number it would be one.
    Pair: (_, pair) => {
      if (!isPair(pair) || !isScalar(pair.key) || pair.key.value !== 'key') return
      if (isScalar(pair.value) && typeof pair.value.value === 'number') pair.value.value = pair.value.source
    },
  })
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown
  } catch (error) {
    throw new MenuTextError(error instanceof Error ? error.message : String(error))
  }
}

const hint = (message: string): string =>
  /alias/i.test(message) ? `${message}. The key * is written '*', with quotes` : message

export const writeMenuJson = (menu: unknown): string => `${JSON.stringify(nameFirst(menu), undefined, 2)}\n`

/** YAML that reads back as the same menu; keys stand in quotes, so that no reader takes them for numbers. */
export const writeMenuYaml = (menu: unknown): string =>
  stringify(nameFirst(menu), { lineWidth: 120, defaultStringType: 'PLAIN', aliasDuplicateObjects: false })

/** Whoever opens the file sees first whose menu it is. */
const nameFirst = (menu: unknown): unknown =>
  typeof menu === 'object' && menu !== null && 'name' in menu ? Object.assign({ name: menu.name }, menu) : menu
