import type { Command } from 'commander'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { readLimit, table, writeJson, writeLine } from '../output.ts'
import { addressShape, showAddress } from '../shapes.ts'
import { shownTime } from './calls.ts'

const cdrShape = z.looseObject({
  call: z.string(),
  from: addressShape,
  to: addressShape,
  startedAt: z.string(),
  billedSeconds: z.number(),
  disposition: z.string(),
  account: z.string().nullish(),
  postDialDelayMs: z.number().nullish(),
  legs: z.array(
    z.looseObject({
      leg: z.string(),
      codec: z.string().nullish(),
      lossPercent: z.number().nullable(),
      mos: z.number().nullish(),
    }),
  ),
})
type ShownCdr = z.infer<typeof cdrShape>

interface Options {
  readonly json?: boolean
  readonly csv?: boolean
  readonly limit: string
}

export function addCdr(program: Command, context: Context): void {
  program
    .command('cdr')
    .description('the records of the last calls, newest last')
    .option('-n, --limit <count>', 'how many, 1 to 200', '20')
    .option('--csv', 'all of them as CSV, in the columns of Asterisk')
    .option('--json', 'print JSON: one record per line')
    .action((options: Options) => showCdrs(options, context))
}

async function showCdrs({ json, csv, limit }: Options, { client, terminal }: Context): Promise<void> {
  const api = client()
  if (csv === true) {
    for await (const lines of api.text('/v1/cdrs.csv', 'text/csv')) terminal.out.write(lines)
    return
  }
  const records = (await api.list('/v1/cdrs', cdrShape, readLimit(limit))).toReversed()
  if (json === true) for (const record of records) writeJson(terminal.out, record, 'lines')
  else writeLine(terminal.out, records.length === 0 ? 'No records yet.' : table(records.map(row)))
}

function row({ call, from, to, startedAt, billedSeconds, disposition, account, legs }: ShownCdr): string[] {
  const heard = legs.map(({ leg, codec, lossPercent, mos }) =>
    lossPercent === null
      ? `${leg}: audio elsewhere`
      : `${leg}: ${codec ?? 'no audio'}, ${lossPercent} % lost, MOS ${mos ?? '-'}`,
  )
  return [
    ...[shownTime(startedAt), call, showAddress(from), '→', showAddress(to), disposition],
    ...[`${billedSeconds} s`, account ?? '', heard.join('; ')],
  ]
}
