import type { Figures, MediaFigures, SetUpFigures, WebhookFigures } from './measure.ts'
import type { RoomAnswer, Told } from './protocol.ts'

export interface Circumstances {
  readonly machine: string
  readonly date: string
  readonly load: readonly number[]
  /** Niceness, -20 to 19: on a busy machine it decides over lateness. */
  readonly priority: number
}

/** The figures as one table of Markdown, with all that is needed to doubt them. */
export function report(figures: Figures, { machine, date, load, priority }: Circumstances): string {
  const { signalling, engine, media, room } = figures
  const largest = media.at(-1)
  const rows: [string, string][] = [
    ...row('CPU s per 1,000 call set-ups, whole service', engine, setUp),
    ...row('CPU s per 1,000 call set-ups, signalling alone', signalling, setUp),
    ...media.map((m): [string, string] => [
      `CPU s per call-minute, prompt out and audio in, ${m.wanted} calls`,
      `${m.cpuPerCallMinute.toFixed(4)}${notAll(m)}`,
    ]),
    ...media.map((m): [string, string] => [`Lateness of packets p99, ${m.wanted} calls`, pace(m)]),
    ...row(`CPU s per member-minute, conference of ${room?.members}`, room, (r) => r.cpuPerMemberMinute.toFixed(4)),
    ...row(`Lateness of packets p99, conference of ${room?.members}`, room, pace),
    ...row('INVITE to webhook on the wire', figures.webhooks, webhook),
    ...row('Memory per call', largest, (l) => memory(l, media.at(-2), figures.idleKb)),
    ['Calls refused by admission control', String(refusals(figures))],
  ]
  return [
    '| figure | value |',
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    `${machine}. ${date}, ${figures.seconds.toFixed(0)} s, niceness ${priority}; load ${load.map((l) => l.toFixed(1)).join(' / ')}; other programs kept ${figures.othersBusy.toFixed(2)} cores busy meanwhile.`,
    '',
    'A set-up is INVITE, 200, ACK, BYE, 200 over UDP on loopback. In the whole service it is a call to a voicemail number: two',
    'ports for audio, a record with its story in the store, the greeting begun; `database` is what PostgreSQL spent on it, in',
    'processes of its own. A call-minute is 50 packets a second of 172 bytes out and as many in. The callers are another process,',
    'and what they cost is not counted. A conference is the audio of one room in one thread, without its signalling, all members',
    'talking at once.',
    '',
  ].join('\n')
}

const pace = (m: MediaFigures | RoomAnswer): string =>
  `${m.p99Ms[0].toFixed(1)} ms (worst 5 s: ${m.p99Ms[1].toFixed(1)} ms; latest packet ${m.maxMs.toFixed(1)} ms; ${m.skippedTicks} ticks skipped; sent ${percent(m.sent)}, received ${percent(m.received)} of what was due)`

/** Nothing for what was not measured. */
const row = <T>(name: string, value: T | undefined, show: (value: T) => string): [string, string][] =>
  value === undefined ? [] : [[name, show(value)]]

/** What comes with the first calls (code that is compiled, buffers that grow) is not of each call: so the growth as well. */
function memory(most: MediaFigures, fewer: MediaFigures | undefined, idleKb: number): string {
  const idle = `idle ${(idleKb / 1024).toFixed(0)} MB`
  const calls = most.calls.answered
  const from = fewer?.calls.answered ?? 0
  const growth =
    fewer === undefined || calls <= from
      ? ''
      : `; each of those beyond ${from} ${((most.kbPerCall * calls - fewer.kbPerCall * from) / (calls - from)).toFixed(0)} kB`
  return `${most.kbPerCall.toFixed(0)} kB at ${calls} calls (${idle}${growth})`
}

function setUp({ calls, cpuPer1000, databaseCpuPer1000 }: SetUpFigures): string {
  const database = databaseCpuPer1000 === undefined ? '' : `, database ${databaseCpuPer1000.toFixed(2)}`
  const odd = calls.failed === 0 && calls.refused === 0 ? '' : `; ${calls.failed} failed, ${calls.refused} refused`
  return `${cpuPer1000.toFixed(2)}${database} (${calls.answered} calls${odd}; answered after ${calls.answerP50Ms.toFixed(1)} ms, p99 ${calls.answerP99Ms.toFixed(1)} ms; ${calls.retransmissions} retransmissions)`
}

const webhook = ({ calls, comingUp, beside, perSecond }: WebhookFigures): string =>
  `${times(beside)} (${beside.count} told, ${perSecond} a second, beside ${calls} with audio); of those ${calls} as they came up ${times(comingUp)} (${comingUp.count} told)`

const times = ({ p50Ms, p99Ms }: Told): string => `p99 ${p99Ms.toFixed(1)} ms, p50 ${p50Ms.toFixed(1)} ms`

const notAll = ({ wanted, calls }: MediaFigures): string =>
  calls.answered === wanted ? '' : ` (${calls.answered} answered, ${calls.refused} refused, ${calls.failed} failed)`

const refusals = ({ signalling, engine, media }: Figures): number =>
  [signalling, engine, ...media].reduce((sum, one) => sum + (one?.calls.refused ?? 0), 0)

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
