import type { Command } from 'commander'
import { z } from 'zod'
import { answers, type Context } from '../context.ts'
import { CommandFailed, exitCodes, plain, table } from '../output.ts'
import { readInput } from './contact.ts'

const counts = z.record(z.string(), z.number())
const broadcastShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  way: z.string(),
  progress: z.looseObject({
    ...{ contacts: z.number(), open: z.number(), texts: z.number(), calls: z.number() },
    ...{ reached: counts, codes: counts },
  }),
})
const estimateShape = z.looseObject({
  ...{ contacts: z.number(), texts: z.number(), segmentsPerText: z.number(), skipped: counts },
  calls: z.object({ likely: z.number(), most: z.number() }),
  cost: z.object({ likely: z.number(), most: z.number() }).optional(),
})
type ShownBroadcast = z.infer<typeof broadcastShape>

/** `broadcast send`, `list`, `show`, `pause`, `resume`, `cancel`, `results`: one message to many contacts. */
export function addBroadcast(program: Command, context: Context): void {
  const broadcast = program.command('broadcast').description('one message to many contacts')
  const send = broadcast
    .command('send')
    .description('send a message to contacts')
    .argument('<file>', 'JSON, as POST /v1/broadcasts takes it; - for standard input')
    .option('--dry-run', 'only say what it would be')
  answers(
    send,
    context,
    async (client, file = '') => {
      const asked = readObject(file)
      if (send.opts<{ dryRun?: boolean }>().dryRun !== true) return client.post('/v1/broadcasts', asked, broadcastShape)
      return client.post('/v1/broadcasts', { ...asked, dryRun: true }, estimateShape)
    },
    (answer) => ('id' in answer ? shown(answer as ShownBroadcast) : estimated(answer as z.infer<typeof estimateShape>)),
  )
  answers(
    broadcast.command('list').description('every broadcast'),
    context,
    (client) => client.list('/v1/broadcasts', broadcastShape),
    (all) =>
      all.length === 0
        ? 'No broadcasts yet.'
        : table(
            all.map(({ id, name, state, way, progress: { contacts, open } }) => [
              ...[id, state, way, `${contacts - open} of ${contacts} over`, name],
            ]),
          ),
  )
  answers(
    broadcast.command('show').description('how far it is').argument('<id>', 'brc_…'),
    context,
    (client, id = '') => client.get(pathOf(id), broadcastShape),
    shown,
  )
  for (const [verb, words] of [
    ['pause', 'begin nothing more of it until it is resumed'],
    ['resume', 'go on with one that was paused'],
    ['cancel', 'begin nothing more of it'],
  ] as const) {
    answers(
      broadcast.command(verb).description(words).argument('<id>', 'brc_…'),
      context,
      (client, id = '') => client.post(`${pathOf(id)}/${verb}`, undefined, broadcastShape),
      shown,
    )
  }
  broadcast
    .command('results')
    .description('what came of each contact, as CSV')
    .argument('<id>', 'brc_…')
    .action(async (id: string) => {
      for await (const lines of context.client().text(`${pathOf(id)}/results.csv`, 'text/csv'))
        context.terminal.out.write(lines)
    })
}

const pathOf = (id: string): string => `/v1/broadcasts/${encodeURIComponent(id)}`
const listed = (found: Readonly<Record<string, number>>): string =>
  Object.entries(found)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ')

function shown({ id, name, state, progress }: ShownBroadcast): string {
  const { contacts, open, texts, calls, reached, codes } = progress
  return [
    `${plain(name)} (${plain(id)}): ${plain(state)}, ${contacts - open} of ${contacts} over`,
    `${texts} texts, ${calls} calls; reached by ${plain(listed(reached))}`,
    ...(Object.keys(codes).length === 0 ? [] : [plain(listed(codes))]),
  ].join('\n')
}

function estimated({ contacts, texts, segmentsPerText, calls, skipped, cost }: z.infer<typeof estimateShape>): string {
  return [
    `${contacts} contacts: ${texts} texts of ${segmentsPerText} messages, ${calls.likely} to ${calls.most} calls`,
    ...(Object.keys(skipped).length === 0 ? [] : [`left out: ${plain(listed(skipped))}`]),
    ...(cost === undefined ? [] : [`about ${cost.likely}, ${cost.most} at most`]),
  ].join('\n')
}

function readObject(file: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(readInput(file))
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return { ...read }
  } catch (error) {
    if (error instanceof CommandFailed) throw error
  }
  throw new CommandFailed(`${plain(file)} is no JSON object.`, exitCodes.usage)
}
