import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { MenuTextError, readMenuText, writeMenuJson, writeMenuYaml } from '../../menu/text.ts'
import { answers, type Context } from '../context.ts'
import { CommandFailed, exitCodes, plain, table } from '../output.ts'

const optionShape = z.looseObject({ key: z.string(), label: z.string(), action: z.looseObject({ kind: z.string() }) })
const documentShape = z.looseObject({
  start: z.string(),
  menus: z.record(z.string(), z.looseObject({ options: z.array(optionShape) })),
  everywhere: z.array(optionShape).optional(),
})
const menuShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  numbers: z.array(z.string()),
  menu: documentShape,
})
type ShownOption = z.infer<typeof optionShape>
type ShownDocument = z.infer<typeof documentShape>

/** `menu import`, `check`, `list`, `show`, `export`, `change`, `remove`: phone menus that callers hear. */
export function addMenu(program: Command, context: Context): void {
  const menu = program.command('menu').description('phone menus: "for sales, press 1"')
  answers(
    menu.command('import').description('save a menu').argument('<file>', 'YAML or JSON; - for standard input'),
    context,
    (client, file = '') => client.post('/v1/menus', readFile(file), menuShape.extend({ secret: z.string() })),
    ({ id, name }) => `The menu ${plain(name)} is saved.\nIts id: ${plain(id)}`,
  )
  answers(
    menu.command('check').description('look whether a menu could be saved').argument('<file>', 'YAML or JSON'),
    context,
    (client, file = '') =>
      client.post('/v1/menus/check', readFile(file), z.object({ menus: z.number(), options: z.number() })),
    ({ menus, options }) => `It is sound: ${counted(menus, 'menu')}, ${counted(options, 'option')}.`,
  )
  answers(
    menu.command('list').description('every menu, and the numbers whose calls it takes'),
    context,
    (client) => client.list('/v1/menus', menuShape),
    (menus) =>
      menus.length === 0
        ? 'No menus yet.'
        : table(
            menus.map(({ id, name, menu: { menus: nodes }, numbers }) => [
              id,
              name,
              counted(Object.keys(nodes).length, 'menu'),
              numbers.join(', '),
            ]),
          ),
  )
  answers(
    menu.command('show').description('its keys as a tree, and where they lead').argument('<id>', 'mnu_…'),
    context,
    (client, id = '') => client.get(pathOf(id), menuShape),
    ({ name, menu: document }) => [plain(name), ...tree(document)].join('\n'),
  )
  const exported = menu
    .command('export')
    .description('write a menu as a file that can be imported')
    .argument('<id>', 'mnu_…')
    .argument('[file]', 'ends with .json or .yaml; the terminal unless given')
  answers(
    exported,
    context,
    async (client, id = '', file) => {
      const { menu: document } = await client.get(pathOf(id), menuShape)
      if (file !== undefined) write(file, file.endsWith('.json') ? writeMenuJson(document) : writeMenuYaml(document))
      return { ...document, ...(file === undefined ? {} : { file }) }
    },
    ({ file, ...document }) => (file === undefined ? writeMenuYaml(document).trimEnd() : `Written to ${plain(file)}.`),
  )
  answers(
    menu
      .command('change')
      .description('replace a menu; calls that come from then on hear it')
      .argument('<id>', 'mnu_…')
      .argument('<file>', 'YAML or JSON'),
    context,
    (client, id = '', file = '') => client.put(pathOf(id), readFile(file), menuShape),
    ({ name }) => `The menu ${plain(name)} is changed.`,
  )
  answers(
    menu.command('remove').description('delete a menu that no number leads to').argument('<id>', 'mnu_…'),
    context,
    async (client, id = '') => {
      await client.delete(pathOf(id))
      return { removed: id }
    },
    ({ removed }) => `Menu ${plain(removed)} is gone.`,
  )
}

const pathOf = (id: string): string => `/v1/menus/${encodeURIComponent(id)}`
const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

function readFile(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new CommandFailed(`${plain(file)} cannot be read: ${why(error)}.`, exitCodes.usage)
  }
  try {
    return readMenuText(text)
  } catch (error) {
    if (!(error instanceof MenuTextError)) throw error
    throw new CommandFailed(`${plain(file)} cannot be read as YAML or JSON: ${plain(error.message)}`, exitCodes.usage)
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new CommandFailed(`${plain(file)} cannot be written: ${why(error)}.`, exitCodes.usage)
  }
}

function why(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code)
}

/** Each menu once, where it is first led to. */
function tree(document: ShownDocument): string[] {
  const told = new Set<string>()
  const lines = (name: string, indent: string): string[] => {
    told.add(name)
    return (document.menus[name]?.options ?? []).flatMap((option) => {
      const to = option.action.menu
      const below = typeof to === 'string' && !told.has(to) ? lines(to, `${indent}  `) : []
      return [`${indent}${optionLine(option)}`, ...below]
    })
  }
  const everywhere = (document.everywhere ?? []).map((option) => `  ${optionLine(option)}`)
  return [
    plain(document.start),
    ...lines(document.start, '  '),
    ...(everywhere.length === 0 ? [] : ['everywhere', ...everywhere]),
  ]
}

function optionLine({ key, label, action }: ShownOption): string {
  const { kind } = action
  const to = action.menu ?? action.forward ?? action.room ?? action.to
  const shown = Array.isArray(to) ? to.join(', ') : typeof to === 'string' ? to : ''
  return plain(`${key}  ${label} → ${kind}${shown === '' ? '' : ` ${shown}`}`)
}
