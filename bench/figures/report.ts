import type { Figures, MediaFigures, SetUpFigures } from './measure.ts'

export interface Circumstances {
  readonly machine: string
  readonly date: string
  readonly load: readonly number[]
}

/** The figures as one table of Markdown, with all that is needed to doubt them. */
export function report(figures: Figures, { machine, date, load }: Circumstances): string {
  const { signalling, engine, media } = figures
  const largest = media.at(-1)
  const rows: [string, string][] = [
    ['CPU s per 1,000 call set-ups, whole service', setUp(engine)],
    ['CPU s per 1,000 call set-ups, signalling alone', setUp(signalling)],
    ...media.map((m): [string, string] => [
      `CPU s per call-minute, prompt out and audio in, ${m.wanted} calls`,
      `${m.cpuPerCallMinute.toFixed(4)}${notAll(m)}`,
    ]),
    ...media.map((m): [string, string] => [
      `Lateness of packets p99, ${m.wanted} calls`,
      `${m.p99Ms[0].toFixed(1)} ms (worst 5 s: ${m.p99Ms[1].toFixed(1)} ms; latest packet ${m.maxMs.toFixed(1)} ms; ${m.skippedTicks} ticks skipped; sent ${percent(m.sent)}, received ${percent(m.received)} of what was due)`,
    ]),
    [
      'Memory per call',
      largest === undefined
        ? ''
        : `${largest.kbPerCall.toFixed(0)} kB at ${largest.calls.answered} calls (idle ${(figures.idleKb / 1024).toFixed(0)} MB)`,
    ],
    ['Calls refused by admission control', String(refusals(figures))],
  ]
  return [
    '| figure | value |',
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    `${machine}. ${date}, ${figures.seconds.toFixed(0)} s; load ${load.map((l) => l.toFixed(1)).join(' / ')}; other programs kept ${figures.othersBusy.toFixed(2)} cores busy meanwhile.`,
    '',
    'A set-up is INVITE, 200, ACK, BYE, 200 over UDP on loopback. In the whole service it is a call to a voicemail number: two',
    'ports for audio, a record with its story in the store, the greeting begun; `database` is what PostgreSQL spent on it, in',
    'processes of its own. A call-minute is 50 packets a second of 172 bytes out and as many in. The callers are another process,',
    'and what they cost is not counted.',
    '',
  ].join('\n')
}

function setUp({ calls, cpuPer1000, databaseCpuPer1000 }: SetUpFigures): string {
  const database = databaseCpuPer1000 === undefined ? '' : `, database ${databaseCpuPer1000.toFixed(2)}`
  const odd = calls.failed === 0 && calls.refused === 0 ? '' : `; ${calls.failed} failed, ${calls.refused} refused`
  return `${cpuPer1000.toFixed(2)}${database} (${calls.answered} calls${odd}; answered after ${calls.answerP50Ms.toFixed(1)} ms, p99 ${calls.answerP99Ms.toFixed(1)} ms; ${calls.retransmissions} retransmissions)`
}

const notAll = ({ wanted, calls }: MediaFigures): string =>
  calls.answered === wanted ? '' : ` (${calls.answered} answered, ${calls.refused} refused, ${calls.failed} failed)`

const refusals = ({ signalling, engine, media }: Figures): number =>
  [signalling, engine, ...media].reduce((sum, { calls }) => sum + calls.refused, 0)

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
