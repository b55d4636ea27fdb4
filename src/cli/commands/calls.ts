import type { Command } from 'commander'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { plain, readLimit, table, writeJson, writeLine } from '../output.ts'
import { addressShape, callShape, callsShape, type ShownCall, showAddress } from '../shapes.ts'

interface Options {
  readonly json?: boolean
  readonly follow?: boolean
  readonly limit: string
}

export function addCalls(program: Command, context: Context): void {
  program
    .command('calls')
    .description('the last calls, newest last')
    .option('-f, --follow', 'go on and show what happens, until interrupted')
    .option('-n, --limit <count>', 'how many, 1 to 200', '20')
    .option('--json', 'print JSON: one call or event per line')
    .action((options: Options) => showCalls(options, context))
}

async function showCalls({ json, follow, limit }: Options, { client, terminal }: Context): Promise<void> {
  const count = readLimit(limit)
  const api = client()
  const page = await api.get(`/v1/calls?limit=${count}`, callsShape)
  const calls = page.items.toReversed()
  if (json === true) for (const call of calls) writeJson(terminal.out, call, 'lines')
  else writeLine(terminal.out, calls.length === 0 ? 'No calls yet.' : table(calls.map(row)))
  if (follow !== true) return
  for await (const { event, data } of api.events('/v1/events')) {
    if (json === true) writeJson(terminal.out, { event, data }, 'lines')
    else {
      const line = describeEvent(event, data)
      if (line !== undefined) writeLine(terminal.out, line)
    }
  }
}

function row(call: ShownCall): string[] {
  return [
    shownTime(call.startedAt),
    call.id,
    showAddress(call.from),
    '→',
    showAddress(call.to),
    call.end == null ? call.state : call.end.code,
    duration(call),
    call.end?.sentence ?? '',
  ]
}

/** Talk time; the wait where nobody answered is of no interest in a list. */
function duration({ answeredAt, endedAt }: ShownCall): string {
  if (answeredAt == null || endedAt == null) return ''
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(answeredAt)) / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** In the time zone of whoever reads: `2026-11-21 09:30:05`. */
export function shownTime(iso: string): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return plain(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

const party = z.union([z.string(), addressShape])
const told = z.object({
  call: callShape.optional(),
  message: z.object({ id: z.string(), from: party, to: party, state: z.string().optional() }).optional(),
  voicemail: z.object({ id: z.string(), from: party }).optional(),
})
const showParty = (shown: z.infer<typeof party>): string => (typeof shown === 'string' ? shown : showAddress(shown))

/** `call.ended` and a line of the list; of texts and voicemails who and to whom. */
function describeEvent(event: string, data: unknown): string | undefined {
  const { call, message, voicemail } = told.safeParse(data).data ?? {}
  if (call !== undefined) return `${plain(event).padEnd(17)}  ${table([row(call)])}`
  const words =
    message !== undefined
      ? [message.id, showParty(message.from), '→', showParty(message.to), message.state ?? '']
      : voicemail !== undefined
        ? [voicemail.id, 'from', showParty(voicemail.from)]
        : undefined
  // An event of a later version: nothing that this one could say about it.
  return words === undefined ? undefined : `${plain(event).padEnd(17)}  ${table([words])}`
}
