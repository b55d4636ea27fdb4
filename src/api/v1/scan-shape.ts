import { z } from 'zod'
import { type CallingHours, defaultChoice, type ScanChoice } from '../../apps/scan/bounds.ts'
import { progressOf } from '../../menu/scan/plan.ts'
import type { NodeView } from '../../menu/scan/view.ts'
import { addressKey } from '../../phone/address.ts'
import type { ScanRow } from '../../store/scans.ts'
import type { ScanDesk } from '../ports.ts'
import { addressText, body, exampleId, id, iso, isoOrNull, line, time } from '../shapes.ts'

const clockTime = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'takes a time such as 09:00')
const zone = line(1, 64).refine(isZone, 'takes a time zone such as America/New_York')
const Hours = body({
  zone: zone.describe('Of who is called'),
  from: clockTime,
  to: clockTime.describe('Before `from`: over midnight'),
  days: z.array(z.int().min(1).max(7)).min(1).max(7).optional().describe('1 Monday to 7 Sunday; each day unless given'),
}).refine(({ from, to }) => from !== to, {
  path: ['to'],
  error: 'takes another time than `from`: no call could be placed',
})

const d = defaultChoice
const choice = {
  depth: z.int().min(1).max(9).optional().describe(`Keys after one another; ${d.depth} unless given`),
  hearings: z
    .int()
    .min(1)
    .max(5)
    .optional()
    .describe(`How often a prompt is heard where it was not understood well; ${d.hearings} unless given`),
  probe: z
    .enum(['none', 'gaps', 'all'])
    .optional()
    .describe(
      `Keys that were perhaps missed: gaps, those missing between others or in place of one that was refused or not understood; all of them; or none. ${d.probe} unless given`,
    ),
  calls: z.int().min(1).max(1000).optional().describe(`At most so many calls; ${d.calls} unless given`),
  minutes: z.int().min(1).max(1000).optional().describe(`At most so many minutes of calls; ${d.minutes} unless given`),
  callsAtOnce: z.int().min(1).max(10).optional().describe(`${d.callsAtOnce} unless given`),
  retries: z
    .int()
    .min(0)
    .max(20)
    .optional()
    .describe(
      `How often it is tried again after calls that told nothing new, e.g. since it was busy; ${d.retries} unless given. The first after half a minute, each later one after twice the time`,
    ),
  ringSeconds: z.int().min(5).max(120).optional().describe(`${d.ringSeconds} unless given`),
  hints: z.array(line(1, 100)).max(50).optional().describe('Names that may be said, for the recogniser'),
  hours: Hours.optional().describe('When calls may be placed'),
}
const Choice = z.strictObject(choice)

export const StartScan = body({
  number: addressText.describe('Whose menu it is'),
  from: addressText
    .optional()
    .describe(
      'A rented number or an extension that it sees as its caller; the first rented number unless given, else nobody',
    ),
  name: line(1, 100)
    .optional()
    .describe('Of the company; helps to understand it. That of the last scan of the number unless given'),
  ...choice,
}).meta({ id: 'StartScan', examples: [{ number: '+15550142', name: 'Acme', depth: 3, callsAtOnce: 2 }] })
export type StartScanBody = z.infer<typeof StartScan>

const progress = {
  id: z.string(),
  number: z.string(),
  name: z.string().nullable(),
  state: z
    .enum(['running', 'waiting', 'done', 'failed', 'stopped'])
    .describe('`waiting`: for its hours, or to try again; goes on by itself'),
  sentence: z.string().nullable().describe('Why it waits, failed, or is not complete'),
  calls: z.int(),
  seconds: z.int().describe('Of all its calls'),
  liveCalls: z.int(),
  nodes: z.int().describe('Places that were heard'),
  open: z.int().describe('Keys that were not pressed yet'),
  percent: z.int().describe('Of what is known so far; falls when a new menu is found'),
  nextAt: time.nullable(),
  previous: z.string().nullable().describe('The scan of this number before it'),
  createdAt: time,
  updatedAt: time,
  endedAt: time.nullable(),
}
const example = {
  ...{ id: exampleId('scan'), number: '+15550142', name: 'Acme', state: 'done' as const, sentence: null },
  ...{ calls: 3, seconds: 141, liveCalls: 0, nodes: 6, open: 0, percent: 100, nextAt: null, previous: null },
  ...{ createdAt: '2026-01-05T12:00:00.000Z', updatedAt: '2026-01-05T12:03:00.000Z' },
  endedAt: '2026-01-05T12:03:00.000Z',
}
export const ScanShape = z.object(progress).meta({ id: 'Scan', examples: [example] })

const tree = {
  id: '',
  way: [],
  end: 'menu',
  confidence: 0.94,
  text: 'for sales press one',
  hearings: [exampleId('hearing')],
  options: [{ key: '1', label: 'sales', role: 'branch', confidence: 0.97, from: 'heard', state: 'open' }],
}
export const ScanWithTree = z
  .object({
    ...progress,
    choice: Choice.describe('As it was asked for'),
    tree: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe(
        'The start, with `way`, `end`, `text`, `options` and the ids of its `hearings`, and `stay` where whoever presses nothing is served as well, with what for; an option has `key`, `label`, `role`, `confidence`, `state` and the `node` that it leads to, or `to`, the id of one that was heard before',
      ),
  })
  .meta({ id: 'ScanWithTree', examples: [{ ...example, choice: { depth: 3 }, tree }] })

export async function showProgress(row: ScanRow, desk: ScanDesk | undefined): Promise<z.infer<typeof ScanShape>> {
  const tree = await desk?.tree(row.id)
  const bounds = { ...defaultChoice, ...row.choice }
  const { nodes, open, percent } = tree === undefined ? { nodes: 0, open: 0, percent: 0 } : progressOf(tree, bounds)
  return {
    ...{ id: row.id, number: addressKey(row.to), name: row.name, state: row.state, sentence: row.sentence },
    ...{ calls: row.calls, seconds: Math.round(row.callMs / 1000), liveCalls: desk?.liveCalls(row.id) ?? 0 },
    ...{ nodes, open, percent: row.state === 'done' && open === 0 ? 100 : percent },
    ...{ nextAt: isoOrNull(row.nextAt), previous: row.previous },
    ...{ createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt), endedAt: isoOrNull(row.endedAt) },
  }
}

export const showTree = (view: NodeView | undefined): Record<string, unknown> | null =>
  view === undefined ? null : { ...view }

/** What is not given is left out: later versions may have other defaults. */
export function choiceOf({ number, from, name, hours, ...rest }: StartScanBody): Partial<ScanChoice> {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const hints = [...(name === undefined ? [] : [name]), ...(rest.hints ?? [])]
  return {
    ...given,
    ...(hints.length === 0 ? {} : { hints }),
    ...(hours === undefined ? {} : { hours: hoursOf(hours) }),
  }
}

const hoursOf = ({ zone, from, to, days }: z.infer<typeof Hours>): CallingHours => ({
  ...{ zone, from, to },
  ...(days === undefined ? {} : { days }),
})

function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch (error) {
    // The only way to ask for it.
    if (error instanceof RangeError) return false
    throw error
  }
}

export const scanParams = z.object({ id: id('scan') })
