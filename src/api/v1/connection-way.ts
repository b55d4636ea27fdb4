import { stepsTo, type TravelStep } from '../../menu/travel.ts'
import type { Address } from '../../phone/address.ts'
import type { FieldFault } from '../../phone/problem.ts'
import { getScan } from '../../store/scans.ts'
import type { Db } from '../../store/store.ts'
import type { ScanDesk, StartConnection } from '../ports.ts'
import { parseAddress } from '../shapes.ts'
import { refusal } from '../validation.ts'

type Way = StartConnection['way']

/** Whose menu it is and what is pressed there: written down, or known from a scan. */
export interface GivenWay {
  readonly number?: string | undefined
  readonly way?: readonly { readonly press: string; readonly hear?: string | undefined }[] | undefined
  readonly scan?: string | undefined
  readonly node?: string | undefined
}

export interface ReadWay {
  readonly number: Address
  readonly way: Way
  readonly steps?: readonly TravelStep[]
}

/** @throws Problem `invalid_request`, each field with its sentence */
export async function readWay(
  given: GivenWay,
  {
    db,
    desk,
    country,
    usernames,
  }: {
    readonly db: Db
    readonly desk: ScanDesk | undefined
    readonly country: string | undefined
    readonly usernames: ReadonlySet<string>
  },
): Promise<ReadWay> {
  const faults = together(given)
  if (faults.length > 0) throw refusal(faults)
  if (given.scan === undefined || given.node === undefined) {
    const number = callable('/number', readParty(given.number ?? '', country, usernames))
    const way = given.way ?? []
    return { number, way: way.map(({ press, hear }) => ({ press, ...(hear === undefined ? {} : { hear }) })) }
  }
  const row = desk === undefined ? undefined : await getScan(db, given.scan)
  if (desk === undefined || row === undefined)
    throw refusal([{ field: '/scan', sentence: `names no scan: there is no ${given.scan}` }])
  const steps = stepsTo(await desk.tree(row.id), given.node)
  if (steps === undefined)
    throw refusal([{ field: '/node', sentence: `names no place that ${row.id} has heard: ${given.node}` }])
  return { number: row.to, way: wayOf(steps), steps }
}

/** What a way that a scan has heard looks like written down. */
export const wayOf = (steps: readonly TravelStep[]): Way =>
  steps.map(({ key, readings }) => {
    const hear = readings[0]?.text.slice(0, 4000) ?? ''
    return { press: key, ...(hear === '' ? {} : { hear }) }
  })

const wants = 'takes a number, an extension or a SIP URI that can be called'

/** Somebody who can be called; extensions that are not there are nobody. */
export function readParty(
  text: string,
  country: string | undefined,
  usernames: ReadonlySet<string>,
): Address | undefined {
  const address = parseAddress(text, country, usernames)
  const known = address?.kind !== 'extension' || usernames.has(address.username)
  return address !== undefined && address.kind !== 'anonymous' && known ? address : undefined
}

export function callable(field: string, address: Address | undefined): Address {
  if (address === undefined) throw refusal([{ field, sentence: wants }])
  return address
}

function together({ number, way, scan, node }: GivenWay): FieldFault[] {
  if (scan === undefined && node === undefined)
    return number === undefined
      ? [{ field: '/number', sentence: 'is missing: whose menu it is, or name a scan and a node of it' }]
      : []
  const faults: FieldFault[] = []
  if (scan === undefined) faults.push({ field: '/scan', sentence: 'is missing: a node is one of a scan' })
  if (node === undefined)
    faults.push({ field: '/node', sentence: 'is missing: which place in the scan; "" is its start' })
  if (number !== undefined)
    faults.push({ field: '/number', sentence: 'cannot stand beside scan: the number of the scan is called' })
  if (way !== undefined)
    faults.push({ field: '/way', sentence: 'cannot stand beside scan: the scan knows the way to the node' })
  return faults
}
