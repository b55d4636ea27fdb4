import type { Command } from 'commander'
import { z } from 'zod'
import type { ApiClient } from '../client.ts'
import { answers, type Context, inWords } from '../context.ts'
import { CommandFailed, exitCodes, plain, table, writeJson, writeLine } from '../output.ts'
import { shownTime } from './calls.ts'

const scanShape = z.looseObject({
  id: z.string(),
  number: z.string(),
  name: z.string().nullable(),
  state: z.string(),
  sentence: z.string().nullable(),
  calls: z.number(),
  seconds: z.number(),
  nodes: z.number(),
  open: z.number(),
  percent: z.number(),
  createdAt: z.string(),
})
type ShownScan = z.infer<typeof scanShape>

interface ShownNode {
  readonly end: string
  readonly text: string
  readonly stay?: string | undefined
  readonly options: readonly ShownOption[]
}
interface ShownOption {
  readonly key: string
  readonly label: string
  readonly state: string
  readonly to?: string | undefined
  readonly node?: ShownNode | undefined
}
const nodeShape: z.ZodType<ShownNode> = z.object({
  end: z.string(),
  text: z.string(),
  stay: z.string().optional(),
  get options(): z.ZodArray<z.ZodType<ShownOption>> {
    return z.array(optionShape)
  },
})
const optionShape: z.ZodType<ShownOption> = z.object({
  key: z.string(),
  label: z.string(),
  state: z.string(),
  to: z.string().optional(),
  node: z.lazy(() => nodeShape).optional(),
})
const treeShape = scanShape.extend({ tree: nodeShape.nullable() })
type ShownTree = z.infer<typeof treeShape>

const changeShape = z.looseObject({
  kind: z.string(),
  way: z.array(z.string()),
  label: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
})

interface ScanOptions {
  readonly from?: string
  readonly name?: string
  readonly depth?: string
  readonly calls?: string
  readonly minutes?: string
  readonly atOnce?: string
  readonly probe?: string
  readonly hours?: string
  readonly zone?: string
  readonly detach?: boolean
  readonly json?: boolean
}

/** `scan NUMBER` with a bar that grows, and `scans list`, `show`, `difference`, `stop`, `continue`, `remove`. */
export function addScan(program: Command, context: Context): void {
  program
    .command('scan')
    .description('call a number and write down its phone menu')
    .argument('<number>', 'a number, an extension or a SIP URI')
    .option('--from <number>', 'what it sees as its caller')
    .option('--name <company>', 'helps to understand it')
    .option('--depth <keys>', 'keys after one another, 1 to 9')
    .option('--calls <count>', 'at most so many calls')
    .option('--minutes <count>', 'at most so many minutes of calls')
    .option('--at-once <count>', 'calls at once, 1 to 10')
    .option('--probe <which>', 'keys to press that were perhaps missed: none, gaps or all')
    .option('--hours <from-to>', 'when it may be called, such as 09:00-17:00')
    .option('--zone <zone>', 'where those hours are, such as America/New_York')
    .option('--detach', 'do not wait for its end')
    .option('--json', 'print the scan as JSON')
    .action((number: string, options: ScanOptions) => runScan(number, options, context))
  addScans(program, context)
}

async function runScan(number: string, options: ScanOptions, { client, terminal }: Context): Promise<void> {
  const api = client()
  const begun = await api.post('/v1/scans', requestOf(number, options), scanShape).catch((error: unknown) => {
    throw inWords(error, (field) => words[field])
  })
  if (options.detach !== true) await follow(api, begun, terminal.err)
  const scan = await api.get(pathOf(begun.id), treeShape)
  if (options.json === true) writeJson(terminal.out, scan)
  else writeLine(terminal.out, describe(scan.state === 'failed' ? { ...scan, sentence: null } : scan))
  if (scan.state === 'failed') throw new CommandFailed(plain(scan.sentence ?? 'The scan failed.'))
}

const words: Readonly<Record<string, string>> = {
  ...{ '/number': 'NUMBER', '/from': '--from', '/name': '--name', '/probe': '--probe' },
  ...{ '/depth': '--depth', '/calls': '--calls', '/minutes': '--minutes', '/callsAtOnce': '--at-once' },
  ...{ '/hours': '--hours', '/hours/from': '--hours', '/hours/to': '--hours', '/hours/zone': '--zone' },
}

/** Until it is over or must wait. */
async function follow(api: ApiClient, begun: ShownScan, err: Context['terminal']['err']): Promise<void> {
  const bar = isTerminal(err)
  let shown = ''
  const tell = (scan: ShownScan): void => {
    const line = progressLine(scan)
    if (line === shown) return
    shown = line
    if (bar) err.write(`\r\u001b[K${line}`)
    else writeLine(err, line)
  }
  tell(begun)
  for await (const { data } of api.events(`${pathOf(begun.id)}/events`)) {
    const { success, data: told } = z.object({ scan: scanShape }).safeParse(data)
    if (!success) continue
    tell(told.scan)
    if (told.scan.state !== 'running') break
  }
  if (bar) err.write('\n')
}

const isTerminal = (stream: object): boolean => 'isTTY' in stream && stream.isTTY === true
const cells = 24

/** `[######------]  50 %  4 heard, 4 to go, 2 calls, 1:05`; why it is over or waits is told after it. */
function progressLine({ percent, nodes, open, calls, seconds, state }: ShownScan): string {
  const full = Math.round((percent / 100) * cells)
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const what = state === 'running' ? '' : `  ${state}`
  return plain(
    `[${'#'.repeat(full)}${'-'.repeat(cells - full)}] ${String(percent).padStart(3)} %  ${nodes} heard, ${open} to go, ${callsOf(calls)}, ${time}${what}`,
  )
}

function requestOf(number: string, options: ScanOptions): object {
  const { from, name, depth, calls, minutes, atOnce, probe, hours, zone } = options
  const count = (text: string | undefined, field: string) =>
    text === undefined ? {} : { [field]: wholeNumber(text, field) }
  return {
    number,
    ...(from === undefined ? {} : { from }),
    ...(name === undefined ? {} : { name }),
    ...(probe === undefined ? {} : { probe }),
    ...count(depth, 'depth'),
    ...count(calls, 'calls'),
    ...count(minutes, 'minutes'),
    ...count(atOnce, 'callsAtOnce'),
    ...hoursOf(hours, zone),
  }
}

function hoursOf(hours: string | undefined, zone: string | undefined): object {
  if (hours === undefined && zone === undefined) return {}
  const [from = '', to = ''] = hours?.split('-') ?? []
  if (zone === undefined || to === '')
    throw new CommandFailed('--hours 09:00-17:00 and --zone America/New_York go together.', exitCodes.usage)
  return { hours: { zone, from, to } }
}

function wholeNumber(text: string, field: string): number {
  if (/^[0-9]{1,4}$/.test(text)) return Number(text)
  throw new CommandFailed(`${words[`/${field}`]} wants a whole number, not ${JSON.stringify(text)}.`, exitCodes.usage)
}

function addScans(program: Command, context: Context): void {
  const scans = program.command('scans').description('phone menus that were written down')
  answers(
    scans.command('list').description('every scan, newest first'),
    context,
    (client) => client.list('/v1/scans', scanShape),
    (all) => (all.length === 0 ? 'No scans yet.' : table(all.map(row))),
  )
  answers(
    scans.command('show').description('what was found, as a tree').argument('<id>', 'scn_…'),
    context,
    (client, id = '') => client.get(pathOf(id), treeShape),
    describe,
  )
  answers(
    scans
      .command('difference')
      .description('what is different from the scan of that number before it')
      .argument('<id>', 'scn_…'),
    context,
    (client, id = '') =>
      client.get(
        `${pathOf(id)}/difference`,
        z.object({ before: z.string().nullable(), changes: z.array(changeShape) }),
      ),
    ({ before, changes }) => {
      if (before === null) return 'It is the first scan of that number.'
      return changes.length === 0 ? 'Nothing has changed.' : changes.map(changeLine).join('\n')
    },
  )
  for (const [word, description, said] of [
    ['stop', 'hang up its calls; what was heard stays', 'is stopped'],
    ['continue', 'go on with one that is over', 'goes on'],
  ] as const) {
    answers(
      scans.command(word).description(description).argument('<id>', 'scn_…'),
      context,
      (client, id = '') => client.post(`${pathOf(id)}/${word}`, undefined, scanShape),
      ({ id }) => `${plain(id)} ${said}.`,
    )
  }
  answers(
    scans.command('remove').description('delete one that is over').argument('<id>', 'scn_…'),
    context,
    async (client, id = '') => {
      await client.delete(pathOf(id))
      return { removed: id }
    },
    ({ removed }) => `${plain(removed)} is gone.`,
  )
}

const pathOf = (id: string): string => `/v1/scans/${encodeURIComponent(id)}`

const callsOf = (calls: number): string => (calls === 1 ? '1 call' : `${calls} calls`)

const row = ({ id, number, name, state, percent, calls, createdAt, sentence }: ShownScan): string[] => [
  shownTime(createdAt),
  id,
  number,
  name ?? '',
  state,
  `${percent} %`,
  callsOf(calls),
  sentence ?? '',
]

/** The tree, a line for each key. */
function describe({ id, number, tree, state, sentence }: ShownTree): string {
  const head = `${plain(id)}  ${plain(number)}  ${plain(state)}${sentence === null ? '' : `: ${plain(sentence)}`}`
  if (tree === null) return `${head}\nNothing was heard yet.`
  return [head, `(${plain(tree.end)}) ${shortened(tree.text)}`, ...lines(tree, '  ')].join('\n')
}

const lines = ({ options, stay }: ShownNode, indent: string): string[] => [
  ...options.flatMap((option) => [
    `${indent}${optionLine(option)}`,
    ...(option.node === undefined ? [] : lines(option.node, `${indent}  `)),
  ]),
  ...(stay === undefined
    ? []
    : [`${indent}no key  ${stay === '' ? '(not said what for)' : plain(stay)} → stays on the line`]),
]

function optionLine({ key, label, state, to, node }: ShownOption): string {
  const leads =
    node !== undefined
      ? `${node.end}${node.end === 'menu' || node.text === '' ? '' : `: ${shortened(node.text)}`}`
      : to !== undefined
        ? `back to ${to === '' ? 'the start' : to}`
        : state
  return plain(`${key}  ${label === '' ? '(not understood)' : label} → ${leads}`)
}

const shortened = (text: string): string => plain(text.length > 100 ? `${text.slice(0, 99)}…` : text)

function changeLine({ kind, way, label = '', from = '', to = '' }: z.infer<typeof changeShape>): string {
  const keys = way.length === 0 ? 'the start' : way.join(' ')
  const what = kind === 'added' || kind === 'removed' ? label : `${from} → ${to}`
  return plain(`${kind.padEnd(8)} ${keys}  ${what}`)
}
