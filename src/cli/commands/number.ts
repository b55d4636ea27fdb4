import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { CommandFailed, exitCodes, plain, table } from '../output.ts'
import { numberShape, type ShownNumber } from '../shapes.ts'

export function addNumber(program: Command, context: Context): void {
  const number = program.command('number').description('numbers of the carriers')
  answers(
    number
      .command('rent')
      .description('rent a number: the one named, or any free one')
      .argument('[number]', 'E.164, e.g. +15550123'),
    context,
    (client, wanted) => client.post('/v1/numbers', wanted === undefined ? {} : { number: wanted }, numberShape),
    (made) => `${plain(made.number)} is rented.`,
    numberWord,
  )
  answers(
    number.command('list').description('the rented numbers, and what calls to them lead to'),
    context,
    (client) => client.list('/v1/numbers', numberShape),
    (numbers) =>
      numbers.length === 0
        ? 'No numbers are rented.'
        : table(numbers.map((row) => [row.number, row.carrier, use(row)])),
  )
  answers(
    number.command('release').description('give a number back').argument('<number>', 'E.164'),
    context,
    async (client, wanted = '') => {
      await client.delete(pathOf(wanted))
      return { released: wanted }
    },
    ({ released }) => `${plain(released)} is released.`,
  )
  const assign = number
    .command('assign')
    .description('let calls to a number ring an extension, follow a flow, or hear a menu')
    .argument('<number>', 'E.164')
    .argument('[extension]', 'its user name')
    .option('--flow <id>', 'let them follow this flow')
    .option('--menu <id>', 'let them hear this menu')
    .option('--none', 'let them lead nowhere')
  answers(
    assign,
    context,
    (client, wanted = '', username) => {
      const { none, flow, menu } = assign.opts<{ none?: boolean; flow?: string; menu?: string }>()
      const given = [username, flow, menu, none].filter((way) => way !== undefined)
      if (given.length !== 1)
        throw new CommandFailed('Give either an extension, --flow, --menu or --none.', exitCodes.usage)
      return client.patch(pathOf(wanted), { assignment: assignmentOf(username, flow, menu) }, numberShape)
    },
    (row) => `${plain(row.number)}: ${plain(use(row))}.`,
    (field) => assignmentWords[field] ?? (field.startsWith('/assignment') ? 'EXTENSION' : undefined),
  )
}

const assignmentWords: Readonly<Record<string, string>> = { '/assignment/flow': '--flow', '/assignment/menu': '--menu' }

function assignmentOf(username: string | undefined, flow: string | undefined, menu: string | undefined): object | null {
  if (username !== undefined) return { kind: 'extension', username }
  if (flow !== undefined) return { kind: 'flow', flow }
  return menu === undefined ? null : { kind: 'menu', menu }
}

const pathOf = (number: string): string => `/v1/numbers/${encodeURIComponent(number)}`
const numberWord = (field: string): string | undefined => (field === '/number' ? 'NUMBER' : undefined)

function use({ assignment }: ShownNumber): string {
  if (assignment == null) return 'nothing is assigned to it'
  const { kind, username, forward, url, application, flow, menu } = assignment
  switch (kind) {
    case 'extension':
      return `rings ${username ?? ''}`
    case 'notify':
      return `asks ${url ?? ''}`
    case 'flow':
      return `flow ${flow ?? ''}`
    case 'menu':
      return `menu ${menu ?? ''}`
    case 'api':
      return 'driven through the API'
    case 'application':
      return `application ${application ?? ''}`
    default:
      return `${kind} of ${forward ?? ''}`
  }
}
