import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { answers, type Context } from '../context.ts'
import { CommandFailed, exitCodes, plain, table } from '../output.ts'

const stepShape = z.looseObject({
  name: z.string().optional(),
  block: z.string(),
  branches: z.record(z.string(), z.string()).optional(),
  next: z.string().optional(),
})
const flowShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  steps: z.array(stepShape),
  numbers: z.array(z.string()),
})
type ShownFlow = z.infer<typeof flowShape>

/** `flow add`, `check`, `list`, `show`, `change`, `remove`: what happens on calls, written down beforehand. */
export function addFlow(program: Command, context: Context): void {
  const flow = program.command('flow').description('what happens on calls: blocks with branches')
  answers(
    flow
      .command('add')
      .description('save a flow')
      .argument('<name>', 'what it is called')
      .argument('<file>', 'JSON: the list of its steps; - for standard input'),
    context,
    (client, name = '', file = '') => client.post('/v1/flows', { name, steps: readSteps(file) }, flowShape),
    ({ id, name }) => `The flow ${plain(name)} is saved.\nIts id: ${plain(id)}`,
    fieldWord,
  )
  answers(
    flow.command('check').description('look whether a flow could be saved').argument('<file>', 'JSON'),
    context,
    (client, file = '') => client.post('/v1/flows/check', { steps: readSteps(file) }, z.object({ steps: z.number() })),
    ({ steps }) => `It is sound: ${steps} ${steps === 1 ? 'step' : 'steps'}.`,
    fieldWord,
  )
  answers(
    flow.command('list').description('every flow, and the numbers whose calls it takes'),
    context,
    (client) => client.list('/v1/flows', flowShape),
    (flows) => (flows.length === 0 ? 'No flows yet.' : table(flows.map(row))),
  )
  answers(
    flow.command('show').description('its steps, and where they lead').argument('<id>', 'flw_…'),
    context,
    (client, id = '') => client.get(pathOf(id), flowShape),
    (shown) => `${plain(shown.name)}\n${table(shown.steps.map((_, i) => stepRow(shown, i)))}`,
  )
  answers(
    flow
      .command('change')
      .description('give it other steps; calls that come from then on follow them')
      .argument('<id>', 'flw_…')
      .argument('<file>', 'JSON'),
    context,
    (client, id = '', file = '') => client.patch(pathOf(id), { steps: readSteps(file) }, flowShape),
    ({ name }) => `The flow ${plain(name)} is changed.`,
    fieldWord,
  )
  answers(
    flow.command('remove').description('delete a flow that no number leads to').argument('<id>', 'flw_…'),
    context,
    async (client, id = '') => {
      await client.delete(pathOf(id))
      return { removed: id }
    },
    ({ removed }) => `Flow ${plain(removed)} is gone.`,
  )
}

const pathOf = (id: string): string => `/v1/flows/${encodeURIComponent(id)}`
const fieldWord = (field: string): string | undefined => (field === '/name' ? 'NAME' : undefined)

/** A list of steps, or an object that has it as `steps`, as `flow show --json` prints it. `-` is standard input. */
function readSteps(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code)
    throw new CommandFailed(`${plain(file)} cannot be read: ${why}.`, exitCodes.usage)
  }
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && 'steps' in read ? read.steps : read
  } catch (error) {
    throw new CommandFailed(`${plain(file)} is not JSON: ${plain((error as Error).message)}`, exitCodes.usage)
  }
}

const row = ({ id, name, steps, numbers }: ShownFlow): string[] => [
  id,
  name,
  `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`,
  numbers.join(', '),
]

function stepRow({ steps }: ShownFlow, i: number): string[] {
  const { name, block, branches = {}, next } = steps[i] ?? { block: '' }
  const ways = Object.entries(branches).map(([outcome, to]) => `${outcome} → ${to}`)
  return [String(i + 1), name ?? '', block, [...ways, ...(next === undefined ? [] : [`else → ${next}`])].join(', ')]
}
