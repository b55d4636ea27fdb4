import { type Address, addressKey } from './address.ts'
import type { Cdr, CdrLeg, Disposition } from './cdr.ts'

const dispositions: Readonly<Record<Disposition, string>> = {
  ...{ answered: 'ANSWERED', busy: 'BUSY', no_answer: 'NO ANSWER', congestion: 'CONGESTION', failed: 'FAILED' },
}

/** What Asterisk calls what was done last. */
const applications: Readonly<Record<string, string>> = {
  ...{ play: 'Playback', gather: 'Read', record: 'Record', dial: 'Dial', hold: 'MusicOnHold', transfer: 'Transfer' },
  ...{ listen: 'SpeechBackground', room: 'ConfBridge' },
}

/** The first half of the name of a channel. */
const technologies: Readonly<Record<string, string>> = {
  ...{ sip: 'SIP', asterisk: 'Asterisk', freeswitch: 'FreeSWITCH', africastalking: 'AfricasTalking', plivo: 'Plivo' },
}
const technology = (leg: Pick<CdrLeg, 'by'> | undefined): string => technologies[leg?.by ?? 'sip'] ?? leg?.by ?? 'SIP'

/**
 * One line with its end, in the columns of Asterisk's `cdr_csv` (`Master.csv`): accountcode, src, dst, dcontext, clid, channel, dstchannel,
 * lastapp, lastdata, start, answer, end, duration, billsec, disposition, amaflags, uniqueid, userfield. Times are UTC, as with
 * `usegmtime=yes`.
 */
export function cdrLine(cdr: Cdr): string {
  const [a] = cdr.legs.filter(({ leg }) => leg === 'a')
  const b = cdr.legs.findLast(({ leg }) => leg === 'b')
  const source = addressKey(cdr.from)
  const party = cdr.direction === 'inbound' ? source : addressKey(cdr.to)
  const values: readonly (string | number)[] = [
    ...[cdr.account ?? '', source, addressKey(cdr.to), cdr.direction, callerId(cdr.from)],
    ...[`${technology(a)}/${a?.party ?? party}`, b === undefined ? '' : `${technology(b)}/${b.party}`],
    ...[cdr.lastBlock === null ? '' : (applications[cdr.lastBlock] ?? ''), b?.party ?? ''],
    ...[time(cdr.startedAt), cdr.answeredAt === null ? '' : time(cdr.answeredAt), time(cdr.endedAt)],
    ...[cdr.seconds, cdr.billedSeconds, dispositions[cdr.disposition], 'DOCUMENTATION', cdr.call],
    cdr.userField ?? cdr.answeredBy ?? '',
  ]
  return `${values.map(cell).join(',')}\n`
}

/** Numbers stand bare, all else in quotes. A line of a name would be a line of the file. */
const cell = (value: string | number): string =>
  typeof value === 'number' ? String(value) : `"${value.replace(/\p{Cc}/gu, ' ').replaceAll('"', '""')}"`

const time = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

function callerId(from: Address): string {
  const name = 'name' in from ? from.name : undefined
  return name === undefined ? addressKey(from) : `"${name.replaceAll('"', '')}" <${addressKey(from)}>`
}
