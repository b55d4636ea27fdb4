import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { answers, type Context } from '../context.ts'
import { CommandFailed, exitCodes, plain, table } from '../output.ts'
import { shownTime } from './calls.ts'

const contactShape = z.looseObject({
  id: z.string(),
  phone: z.string(),
  name: z.string().nullable(),
  groups: z.array(z.string()),
  status: z.string(),
})
const importShape = z.object({
  added: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  bad: z.array(z.object({ line: z.number(), column: z.string().nullable(), sentence: z.string() })),
})
const entryShape = z.looseObject({
  at: z.string(),
  kind: z.string(),
  text: z.looseObject({ direction: z.string(), state: z.string(), body: z.string() }).optional(),
  call: z.looseObject({ direction: z.string(), state: z.string(), seconds: z.number().nullable() }).optional(),
  ussd: z.looseObject({ code: z.string(), state: z.string(), typed: z.string() }).optional(),
  voiceMessage: z.looseObject({ body: z.string(), state: z.string() }).optional(),
})

/** `contact import`, `list`, `timeline`: people by their numbers. */
export function addContact(program: Command, context: Context): void {
  const contact = program.command('contact').description('people by their numbers')
  answers(
    contact
      .command('import')
      .description('add contacts from a CSV file')
      .argument('<file>', 'its first line names the columns; - for standard input'),
    context,
    (client, file = '') => client.postText('/v1/contacts/import', readInput(file), 'text/csv', importShape),
    ({ added, changed, unchanged, bad }) =>
      [
        `${added} added, ${changed} changed, ${unchanged} known already, ${bad.length} left out.`,
        ...bad.map(({ line, column, sentence }) => `line ${line}${column === null ? '' : `, ${column}`}: ${sentence}`),
      ]
        .map(plain)
        .join('\n'),
  )
  answers(
    contact.command('list').description('every contact'),
    context,
    (client) => client.list('/v1/contacts', contactShape),
    (contacts) =>
      contacts.length === 0
        ? 'No contacts yet.'
        : table(
            contacts.map(({ id, phone, name, status, groups }) => [id, phone, status, name ?? '', groups.join(', ')]),
          ),
  )
  answers(
    contact.command('timeline').description('what there was with one, newest last').argument('<id>', 'ctc_…'),
    context,
    async (client, id = '') =>
      (await client.list(`/v1/contacts/${encodeURIComponent(id)}/timeline`, entryShape)).toReversed(),
    (entries) => (entries.length === 0 ? 'Nothing yet.' : table(entries.map(row))),
  )
}

function row({ at, kind, text, call, ussd, voiceMessage }: z.infer<typeof entryShape>): string[] {
  if (text !== undefined) return [shownTime(at), `text ${text.direction}`, text.state, text.body]
  if (call !== undefined) {
    const talked = call.seconds === null ? '' : `${call.seconds} s`
    return [shownTime(at), `call ${call.direction}`, call.state, talked]
  }
  if (ussd !== undefined) return [shownTime(at), `ussd ${ussd.code}`, ussd.state, ussd.typed]
  return [shownTime(at), kind, voiceMessage?.state ?? '', voiceMessage?.body ?? '']
}

/** @throws CommandFailed */
export function readInput(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new CommandFailed(`${plain(file)} cannot be read (${why}).`, exitCodes.usage)
  }
}
