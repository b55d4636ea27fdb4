import type { Command } from 'commander'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { CommandFailed, exitCodes, plain, table, writeJson, writeLine } from '../output.ts'
import { callShape, callsShape, type ShownCall, showAddress } from '../shapes.ts'

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
  if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 200) {
    throw new CommandFailed(
      `--limit wants a whole number from 1 to 200, not ${JSON.stringify(limit)}.`,
      exitCodes.usage,
    )
  }
  const api = client()
  const page = await api.get(`/v1/calls?limit=${Number(limit)}`, callsShape)
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

const carriesCall = z.union([callShape, z.looseObject({ call: callShape }).transform(({ call }) => call)])
const other = z.looseObject({ id: z.string().optional(), from: z.string().optional(), to: z.string().optional() })

function describeEvent(event: string, data: unknown): string | undefined {
  const call = carriesCall.safeParse(data)
  if (call.success) return `${event.padEnd(16)}  ${table([row(call.data)])}`
  const known = other.safeParse(data)
  const words = known.success
    ? [known.data.id, known.data.from, known.data.to].filter((word) => word !== undefined)
    : []
  return `${plain(event).padEnd(16)}  ${words.map(plain).join('  ')}`.trimEnd()
}
