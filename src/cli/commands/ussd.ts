import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { z } from 'zod'
import type { ApiClient } from '../client.ts'
import { answers, type Context } from '../context.ts'
import { CommandFailed, exitCodes, plain, table, writeLine } from '../output.ts'

const codeShape = z.looseObject({
  id: z.string(),
  code: z.string(),
  menu: z.string().nullable(),
  url: z.string().nullable(),
})
const screenShape = z.looseObject({ session: z.string(), text: z.string(), ends: z.boolean() })
const sessionShape = z.looseObject({
  ...{
    id: z.string(),
    code: z.string(),
    phone: z.string(),
    state: z.string(),
    typed: z.string(),
    startedAt: z.string(),
  },
})

/** `ussd *384*303#`: a phone that dials a service code; `ussd add`, `list`, `remove`, `sessions`. */
export function addUssd(program: Command, context: Context): void {
  const ussd = program
    .command('ussd')
    .description('dial a service code and go through its menu, as a phone does')
    .argument('[code]', "'*384*303#', in quotes")
    .argument('[typed...]', 'what is typed at each screen; asked for unless given')
    .option('--from <number>', 'the number of the phone', '+15550142')
    .action(async (code: string | undefined, typed: string[]) => {
      if (code === undefined)
        throw new CommandFailed("Which code? For example: offhook ussd '*384*303#'", exitCodes.usage)
      const { from } = ussd.opts<{ from: string }>()
      await dial(context, { code, from, typed })
    })
  const add = ussd
    .command('add')
    .description('answer a service code by a menu, or by a program')
    .argument('<code>', "'*384*303#', in quotes")
    .option('--menu <id>', 'mnu_…')
    .option('--url <url>', 'of a program that is asked as gateways ask')
  answers(
    add,
    context,
    (client, code) => {
      const { menu, url } = add.opts<{ menu?: string; url?: string }>()
      const target = { ...(menu === undefined ? {} : { menu }), ...(url === undefined ? {} : { url }) }
      return client.post('/v1/ussd/codes', { code, ...target }, codeShape.extend({ secret: z.string() }))
    },
    ({ code, url, secret }) =>
      `${plain(code)} is answered.${url === null ? '' : `\nWhat the program is asked is signed with: ${plain(secret)}`}`,
    (field) => ({ '/code': 'CODE', '/menu': '--menu', '/url': '--url' })[field],
  )
  answers(
    ussd.command('list').description('every service code, and what answers it'),
    context,
    (client) => client.list('/v1/ussd/codes', codeShape),
    (codes) =>
      codes.length === 0
        ? 'No service codes yet.'
        : table(codes.map(({ id, code, menu, url }) => [id, code, menu ?? url ?? ''])),
  )
  answers(
    ussd.command('remove').description('answer a service code no longer').argument('<id>', 'usc_…'),
    context,
    async (client, id = '') => {
      await client.delete(`/v1/ussd/codes/${encodeURIComponent(id)}`)
      return { removed: id }
    },
    ({ removed }) => `${plain(removed)} is gone.`,
  )
  answers(
    ussd.command('sessions').description('who dialled, newest first'),
    context,
    (client) => client.list('/v1/ussd/sessions', sessionShape),
    (sessions) =>
      sessions.length === 0
        ? 'Nobody has dialled yet.'
        : table(sessions.map(({ startedAt, code, phone, state, typed }) => [startedAt, code, phone, state, typed])),
  )
}

interface Dialling {
  readonly code: string
  readonly from: string
  readonly typed: readonly string[]
}

/** Screen by screen, until it ends or nothing more is typed. */
async function dial(context: Context, { code, from, typed }: Dialling): Promise<void> {
  const { terminal } = context
  const client = context.client()
  const { service, first } = await serviceCode(client, code)
  const said: string[] = first === '' ? [] : first.split('*')
  const ask = async (session?: string) =>
    client.post(
      '/v1/ussd/dial',
      { code: service, from, text: said.join('*'), ...(session === undefined ? {} : { session }) },
      screenShape,
    )
  const show = ({ text, ends }: z.infer<typeof screenShape>): void =>
    writeLine(terminal.out, `${text.split('\n').map(plain).join('\n')}\n${ends ? '(the session is over)' : ''}`)
  let screen = await ask()
  show(screen)
  for await (const line of typed.length > 0 ? echoed(typed, context) : lines(context)) {
    if (screen.ends) break
    said.push(line)
    screen = await ask(screen.session)
    show(screen)
    if (screen.ends) break
  }
}

/** Who dials `*384*303*1#` has dialled `*384*303#` and typed 1: the longest code that is answered here decides. */
async function serviceCode(client: ApiClient, dialled: string): Promise<{ service: string; first: string }> {
  const bare = dialled.trim().replace(/#+$/, '')
  const codes = (await client.list('/v1/ussd/codes', codeShape)).map(({ code }) => code.replace(/#$/, ''))
  const fitting = codes.filter((code) => bare === code || bare.startsWith(`${code}*`))
  const [longest] = fitting.sort((a, b) => b.length - a.length)
  return longest === undefined
    ? { service: dialled, first: '' }
    : { service: `${longest}#`, first: bare.slice(longest.length + 1) }
}

function* echoed(typed: readonly string[], { terminal }: Context): Generator<string> {
  for (const line of typed) {
    writeLine(terminal.out, `> ${plain(line)}`)
    yield line
  }
}

async function* lines({ terminal }: Context): AsyncGenerator<string> {
  const input = createInterface({ input: process.stdin, terminal: false, signal: terminal.signal })
  try {
    terminal.out.write('> ')
    for await (const line of input) {
      yield line.trim()
      terminal.out.write('> ')
    }
  } finally {
    input.close()
  }
}
