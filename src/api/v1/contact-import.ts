import { readNumber } from '../../phone/address.ts'
import { newId } from '../../phone/id.ts'
import { isZone } from '../../phone/zone.ts'
import type { ContactStatus, ImportedContact } from '../../store/contacts.ts'
import { readCsv } from '../csv.ts'
import { refusal } from '../validation.ts'

export interface BadLine {
  /** Of the file, from 1. */
  readonly line: number
  /** Of its first line; null: the line as a whole. */
  readonly column: string | null
  readonly sentence: string
}

export interface ReadImport {
  readonly contacts: readonly ImportedContact[]
  readonly bad: readonly BadLine[]
}

const columns = ['phone', 'name', 'zone', 'groups', 'status'] as const
type Column = (typeof columns)[number]
/** Ours, and those of reports, which lists of Africa's Talking have: whoever got no `Success` is called. */
const statuses: Readonly<Record<string, ContactStatus>> = {
  ...{ new: 'new', active: 'active', inactive: 'inactive', success: 'active' },
  ...{ sent: 'inactive', submitted: 'inactive', buffered: 'inactive', rejected: 'inactive', failed: 'inactive' },
  ...{ absentsubscriber: 'inactive', expired: 'inactive' },
}
/** What the decoder writes where bytes are no UTF-8. */
const undecoded = '\ufffd'
/** Control characters would end up in logs, terminals and headers. */
const plain = /^[^\p{Cc}\p{Cs}]*$/u
export const groupPattern = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u

/**
 * Reads a file whose first line names its columns. Bad lines are told and left out; of a number that comes twice the first counts.
 * @throws Problem where the first line does not name a phone, or names what is not known
 */
export function readContacts(
  text: string,
  { country, wall }: { country: string | undefined; wall: number },
): ReadImport {
  const { records, faults } = readCsv(text)
  const [head, ...rest] = records
  if (head === undefined) throw refusal([{ field: '', sentence: 'is empty: the first line names the columns' }])
  if (head.fields.some((name) => name.includes(undecoded)))
    throw refusal([{ field: '', sentence: 'is no UTF-8: save the file as UTF-8' }])
  const names = head.fields.map((name) => name.trim().toLowerCase())
  const wrong = names.filter((name) => !(columns as readonly string[]).includes(name))
  const twice = names.filter((name, i) => names.indexOf(name) < i)
  if (wrong.length > 0 || twice.length > 0 || !names.includes('phone')) {
    const named =
      wrong.length > 0 ? `; it names ${wrong.map((name) => JSON.stringify(name.slice(0, 40))).join(', ')}` : ''
    throw refusal([
      { field: '', sentence: `takes a first line with phone and any of name, zone, groups, status${named}` },
    ])
  }
  const bad: BadLine[] = faults.map(({ line, sentence }) => ({ line, column: null, sentence }))
  const contacts: ImportedContact[] = []
  const lines = new Map<string, number>()
  for (const { line, fields } of rest) {
    if (fields.length !== names.length) {
      bad.push({ line, column: null, sentence: `has ${fields.length} fields, the first line ${names.length}` })
      continue
    }
    const damaged = fields.findIndex((field) => field.includes(undecoded))
    if (damaged !== -1) {
      bad.push({
        line,
        column: names[damaged] ?? null,
        sentence: 'has bytes that are no UTF-8: save the file as UTF-8',
      })
      continue
    }
    const given = Object.fromEntries(names.map((name, i) => [name, (fields[i] ?? '').trim()])) as Partial<
      Record<Column, string>
    >
    const { contact, faults: wrongFields } = readContact(given, country)
    const former = contact === undefined ? undefined : lines.get(contact.phone)
    if (former !== undefined) wrongFields.push(['phone', `is that of line ${former} again`])
    if (contact === undefined || wrongFields.length > 0) {
      bad.push(...wrongFields.map(([column, sentence]) => ({ line, column, sentence })))
      continue
    }
    lines.set(contact.phone, line)
    contacts.push({ id: newId('contact', wall), ...contact })
  }
  return { contacts, bad: bad.sort((a, b) => a.line - b.line) }
}

function readContact(
  { phone = '', name = '', zone = '', groups = '', status = '' }: Partial<Record<Column, string>>,
  country: string | undefined,
): { contact: Omit<ImportedContact, 'id'> | undefined; faults: [column: Column, sentence: string][] } {
  const faults: [Column, string][] = []
  const number = readNumber(phone, country)
  if (number === undefined) {
    const needs =
      country === undefined ? 'with its country code, such as +15550142' : `of ${country}, or with its country code`
    faults.push(['phone', `takes a number ${needs}`])
  }
  if (name.length > 100 || !plain.test(name))
    faults.push(['name', 'takes at most 100 characters, none of them control characters'])
  if (zone !== '' && !isZone(zone)) faults.push(['zone', 'takes a time zone such as Africa/Nairobi'])
  const list = groups.split(';').flatMap((group) => (group.trim() === '' ? [] : [group.trim()]))
  if (list.length > 50 || !list.every((group) => groupPattern.test(group))) {
    faults.push([
      'groups',
      'takes at most 50 names with ; between them, each of letters, digits, spaces, dots, hyphens',
    ])
  }
  const word = status.toLowerCase()
  const known = Object.hasOwn(statuses, word) ? statuses[word] : undefined
  if (status !== '' && known === undefined)
    faults.push(['status', 'takes one of new, active, inactive, or the status of a report, such as Success or Failed'])
  if (number === undefined) return { contact: undefined, faults }
  const contact = {
    phone: number,
    ...(name === '' ? {} : { name }),
    ...(zone === '' ? {} : { zone }),
    ...(list.length === 0 ? {} : { groups: [...new Set(list)] }),
    ...(known === undefined ? {} : { status: known }),
  }
  return { contact, faults }
}
