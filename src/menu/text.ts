import { isScalar, parseDocument, type Scalar, stringify, visit, type YAMLError } from 'yaml'
import { menuShape, optionsOf } from './model.ts'
import { deepestNesting, tooDeep } from './nesting.ts'

/** `same_name`: an object has one name twice; `unreadable`: anything else that is neither YAML nor JSON. */
export type MenuTextCode = 'same_name' | 'unreadable'

/** The text is neither YAML nor JSON. The message says where. */
export class MenuTextError extends Error {
  override readonly name = 'MenuTextError'
  readonly code: MenuTextCode

  constructor(message: string, code: MenuTextCode = 'unreadable') {
    super(message)
    this.code = code
  }
}

/**
 * Reads JSON or YAML 1.2, of which JSON is a part, to plain values; their shape is for `menuShape` to check.
 * @throws MenuTextError with line and column
 */
export function readMenuText(text: string): unknown {
  // What bytes of another encoding become.
  if (text.includes('\uFFFD')) throw new MenuTextError('it is not UTF-8; save it in that encoding')
  const deep = tooDeep(text)
  if (deep !== undefined)
    throw new MenuTextError(`it nests deeper than ${deepestNesting} levels at line ${deep.line}, column ${deep.column}`)
  // Aliases are followed a hundred times at most, so that a few lines cannot become gigabytes.
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true })
  const [error] = document.errors
  if (error !== undefined)
    throw new MenuTextError(sentenceOf(error, text), error.code === 'DUPLICATE_KEY' ? 'same_name' : 'unreadable')
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && isScalar(value) && !counts.has(String(key.value))) asWritten(value)
    },
    Seq(_, { items }) {
      for (const item of items) if (isScalar(item)) asWritten(item)
    },
  })
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown
  } catch (error) {
    throw new MenuTextError(error instanceof Error ? error.message : String(error))
  }
}

/** The fields of a menu that take numbers. */
const counts: ReadonlySet<string> = new Set(['attempts', 'seconds', 'keySeconds'])

/** What stands in place of text is meant as text: `key: 01` is two keys, `to: [1001]` an extension. */
function asWritten(scalar: Scalar): void {
  if (typeof scalar.value === 'number') scalar.value = scalar.source
}

function sentenceOf({ code, message }: Pick<YAMLError, 'code' | 'message'>, text: string): string {
  const plain = message.split('\n')[0]!.replace(/:$/, '')
  if (code === 'MULTIPLE_DOCS')
    return plain.replace(/^.*(?= at line)/, 'it holds several documents, and a menu is one,')
  if (/alias/i.test(plain)) return `${plain}. The key * is written '*', with quotes`
  return /key: *#/.test(text) ? `${plain}. The key # is written '#', with quotes` : plain
}

export const writeMenuJson = (menu: unknown): string => `${JSON.stringify(inOrder(menu), undefined, 2)}\n`

/** YAML that reads back as the same menu; keys stand in quotes, so that no reader takes them for numbers. */
export const writeMenuYaml = (menu: unknown): string =>
  stringify(inOrder(menu), { lineWidth: 120, defaultStringType: 'PLAIN', aliasDuplicateObjects: false })

/** As a person would write it: the store keeps no order. Fields are as the shape has them, each submenu behind what leads to it. */
function inOrder(menu: unknown): unknown {
  const read = menuShape.safeParse(menu)
  if (!read.success) return menu
  const { start, menus } = read.data
  const names = new Set([start])
  for (const name of names)
    for (const { action } of optionsOf(read.data, name)) if (action.kind === 'menu') names.add(action.menu)
  for (const name of Object.keys(menus)) names.add(name)
  const told = [...names].flatMap((name) => (menus[name] === undefined ? [] : [[name, menus[name]]]))
  return { ...read.data, menus: Object.fromEntries(told) }
}
