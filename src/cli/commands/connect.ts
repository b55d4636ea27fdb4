import type { Command } from 'commander'
import { z } from 'zod'
import type { ApiClient } from '../client.ts'
import { answers, type Context, inWords } from '../context.ts'
import { CommandFailed, exitCodes, plain, table, writeJson, writeLine } from '../output.ts'
import { shownTime } from './calls.ts'

const shape = z.looseObject({
  id: z.string(),
  number: z.string(),
  to: z.string(),
  way: z.array(z.looseObject({ press: z.string() })),
  state: z.string(),
  pressed: z.number(),
  seconds: z.number().nullable(),
  failure: z.looseObject({ code: z.string(), sentence: z.string() }).nullable(),
  call: z.string().nullable(),
  recording: z.string().nullable(),
  createdAt: z.string(),
})
type ShownConnection = z.infer<typeof shape>

interface ConnectOptions {
  readonly to: string
  readonly from?: string
  readonly seconds?: string
  readonly record?: boolean
  readonly detach?: boolean
  readonly json?: boolean
}

/** `connect TARGET [KEYS] --to WHOM`, and `connections list`, `show`, `hangup`. */
export function addConnect(program: Command, context: Context): void {
  program
    .command('connect')
    .description('go through a phone menu and put somebody through there')
    .argument('<target>', 'whose menu it is: a number, an extension, a SIP URI; or a scan of it, scn_…')
    .argument('[keys]', "which place: its keys with commas, such as 1,3 or '2,*'")
    .requiredOption('--to <whom>', 'who is rung there: an extension or a number')
    .option('--from <number>', 'what both see as their caller')
    .option('--seconds <seconds>', 'how long that rings, 1 to 600')
    .option('--record', 'record the call')
    .option('--detach', 'do not wait for its end')
    .option('--json', 'print the connection as JSON')
    .action((target: string, keys: string | undefined, options: ConnectOptions) =>
      runConnect(target, keys ?? '', options, context),
    )
  addConnections(program, context)
}

async function runConnect(
  target: string,
  keys: string,
  options: ConnectOptions,
  { client, terminal }: Context,
): Promise<void> {
  const api = client()
  const begun = await api.post('/v1/connections', requestOf(target, keys, options), shape).catch((error: unknown) => {
    throw inWords(error, (field) => wordOf(field, keys))
  })
  if (options.detach !== true) await follow(api, begun, terminal.err)
  const connection = await api.get(pathOf(begun.id), shape)
  if (options.json === true) writeJson(terminal.out, connection)
  // Why it failed is told below.
  else writeLine(terminal.out, describe({ ...connection, failure: null }))
  if (connection.failure !== null) throw new CommandFailed(plain(connection.failure.sentence))
}

async function follow(api: ApiClient, begun: ShownConnection, err: Context['terminal']['err']): Promise<void> {
  let shown = ''
  for await (const { data } of api.events(`${pathOf(begun.id)}/events`)) {
    const told = z.object({ connection: shape }).safeParse(data)
    if (!told.success) continue
    const line = progressLine(told.data.connection)
    if (line !== shown) writeLine(err, line)
    shown = line
  }
}

function progressLine({ state, number, to, pressed, way }: ShownConnection): string {
  switch (state) {
    case 'calling':
      return plain(`calling ${number}`)
    case 'travelling':
      return `answered; ${pressed} of ${way.length} keys pressed`
    case 'ringing':
      return plain(`there; ringing ${to}`)
    case 'connected':
      return plain(`connected with ${to}`)
    default:
      return plain(state)
  }
}

function requestOf(target: string, keys: string, { to, from, seconds, record }: ConnectOptions): object {
  const presses = pressesOf(keys)
  if (seconds !== undefined && !/^[0-9]{1,3}$/.test(seconds))
    throw new CommandFailed(`--seconds wants a whole number, not ${JSON.stringify(seconds)}.`, exitCodes.usage)
  return {
    ...(target.startsWith('scn_')
      ? { scan: target, node: presses.join(',') }
      : { number: target, way: presses.map((press) => ({ press })) }),
    to,
    ...(from === undefined ? {} : { from }),
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
    ...(record === true ? { record } : {}),
  }
}

const pressesOf = (keys: string): readonly string[] =>
  keys
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '')

const words: Readonly<Record<string, string>> = {
  ...{ '/number': 'TARGET', '/scan': 'TARGET', '/node': 'KEYS', '/way': 'KEYS' },
  ...{ '/to': '--to', '/from': '--from', '/seconds': '--seconds' },
}

/** What was typed for a field of the request. */
function wordOf(field: string, keys: string): string | undefined {
  const [, step] = /^\/way\/([0-9]+)\/press$/.exec(field) ?? []
  const typed = step === undefined ? undefined : pressesOf(keys)[Number(step)]
  return typed === undefined ? words[field] : `KEYS, ${typed}`
}

function addConnections(program: Command, context: Context): void {
  const connections = program.command('connections').description('calls through phone menus')
  answers(
    connections.command('list').description('every connection, newest first'),
    context,
    (client) => client.list('/v1/connections', shape),
    (all) => (all.length === 0 ? 'No connections yet.' : table(all.map(row))),
  )
  answers(
    connections.command('show').description('how one stands').argument('<id>', 'con_…'),
    context,
    (client, id = '') => client.get(pathOf(id), shape),
    describe,
  )
  answers(
    connections.command('hangup').description('end one; its record stays').argument('<id>', 'con_…'),
    context,
    async (client, id = '') => {
      await client.delete(pathOf(id))
      return { ended: id }
    },
    ({ ended }) => `${plain(ended)} is over.`,
  )
}

const pathOf = (id: string): string => `/v1/connections/${encodeURIComponent(id)}`
const keysOf = ({ way }: ShownConnection): string => way.map(({ press }) => press).join(',')

const row = (connection: ShownConnection): string[] => [
  shownTime(connection.createdAt),
  connection.id,
  connection.number,
  keysOf(connection),
  connection.to,
  connection.state,
  connection.failure?.sentence ?? '',
]

function describe(connection: ShownConnection): string {
  const { id, number, to, state, seconds, failure, recording } = connection
  const lines = [`${id}  ${number} ${keysOf(connection)} → ${to}  ${state}`]
  if (seconds !== null) lines.push(`They talked for ${seconds} seconds.`)
  if (failure !== null) lines.push(failure.sentence)
  if (recording !== null) lines.push(`Recording: ${recording}`)
  return lines.map(plain).join('\n')
}
