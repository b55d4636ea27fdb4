import type { Command } from 'commander'
import type { z } from 'zod'
import { answers, type Context } from '../context.ts'
import { readLimit, table } from '../output.ts'
import { messageShape, showAddress, voicemailShape } from '../shapes.ts'
import { shownTime } from './calls.ts'

/** `voicemails` and `messages`: what was left and written, newest last. */
export function addMail(program: Command, context: Context): void {
  list(program, context, 'voicemails', 'the last messages that callers left', voicemailShape, (row) => [
    shownTime(row.createdAt),
    row.id,
    showAddress(row.from),
    row.state,
    `${((row.recording.speechMs ?? row.recording.ms) / 1000).toFixed(1)} s of speech`,
    row.recording.url,
  ])
  list(program, context, 'messages', 'the last texts, and what became of them', messageShape, (row) => [
    shownTime(row.createdAt),
    row.id,
    row.from,
    '→',
    row.to,
    row.state,
    row.body,
  ])
}

function list<T>(
  program: Command,
  context: Context,
  noun: string,
  about: string,
  shape: z.ZodType<T>,
  row: (item: T) => string[],
): void {
  const command = program
    .command(noun)
    .description(`${about}, newest last`)
    .option('-n, --limit <count>', 'how many, 1 to 200', '20')
  answers(
    command,
    context,
    async (client) => {
      const limit = readLimit(command.opts<{ limit: string }>().limit)
      return (await client.list(`/v1/${noun}`, shape, limit)).toReversed()
    },
    (items) => (items.length === 0 ? `No ${noun} yet.` : table(items.map(row))),
  )
}
