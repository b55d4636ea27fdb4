import type { Command } from 'commander'
import { z } from 'zod'
import { answers, type Context } from '../context.ts'
import { readLimit, table } from '../output.ts'
import { addressShape, showAddress } from '../shapes.ts'
import { shownTime } from './calls.ts'

const planShape = z.looseObject({
  id: z.string(),
  state: z.string(),
  from: addressShape,
  to: addressShape,
  nextAt: z.string().nullish(),
  at: z.string(),
  attempts: z.number(),
  sentence: z.string().nullish(),
})
type ShownPlan = z.infer<typeof planShape>

/** `plan`: calls that are placed later, again, or as fast as they may. */
export function addPlan(program: Command, context: Context): void {
  const plan = program.command('plan').description('planned calls')
  const list = plan
    .command('list')
    .description('the last calls that were planned, newest last')
    .option('-n, --limit <count>', 'how many, 1 to 200', '20')
  answers(
    list,
    context,
    async (client) =>
      (await client.list('/v1/planned-calls', planShape, readLimit(list.opts<{ limit: string }>().limit))).toReversed(),
    (items) => (items.length === 0 ? 'No planned calls yet.' : table(items.map(row))),
  )
  const add = plan
    .command('add <from> <to>')
    .description('plan a call that rings FROM, then TO, and joins them')
    .option('--at <time>', 'not before it, such as 2026-12-01T09:00:00+01:00')
    .option('--account <name>', 'whom it is charged to')
    .option('--flow <id>', 'rings TO alone and runs this flow')
    .option('--again <times>', 'attempts after the first, where it is busy or nobody answers')
    .option('--every <seconds>', 'from one attempt to the next', '300')
  answers(
    add,
    context,
    (client, from, to) => {
      const { at, account, flow, again, every } = add.opts<Record<string, string | undefined>>()
      const rule = { times: Number(again), seconds: Number(every) }
      const retry = again === undefined ? {} : { retry: { busy: rule, noAnswer: rule } }
      // One of these makes it a planned call; without a time it goes out as soon as it may.
      const body = { from, to, at, account, flow, ...retry, priority: 0 }
      return client.post('/v1/calls', body, planShape)
    },
    (added) => `Planned ${added.id}: ${showAddress(added.from)} → ${showAddress(added.to)}, ${shownTime(added.at)}.`,
  )
  const cancel = plan.command('cancel <id>').description('take a planned call back; one that is up is hung up')
  answers(
    cancel,
    context,
    (client, id = '') => client.post(`/v1/planned-calls/${encodeURIComponent(id)}/cancel`, undefined, planShape),
    ({ id }) => `Canceled ${id}.`,
  )
}

const row = ({ id, state, from, to, nextAt, at, attempts, sentence }: ShownPlan): string[] => [
  ...[shownTime(nextAt ?? at), id, showAddress(from), '→', showAddress(to), state],
  ...[`${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`, sentence ?? ''],
]
