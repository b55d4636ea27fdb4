import { addressKey } from '../../phone/address.ts'
import type { ForwardTarget } from '../../phone/forward.ts'
import { mayCallOut } from '../../phone/outbound.ts'
import type { FieldFault } from '../../phone/problem.ts'
import { allExtensions } from '../../store/extensions.ts'
import { allForwards } from '../../store/forwards.ts'
import { getNumber, rentedNumbers } from '../../store/numbers.ts'
import type { Db } from '../../store/store.ts'
import { parseAddress } from '../shapes.ts'

export interface ForwardReferences {
  readonly targets?: readonly ForwardTarget[] | undefined
  readonly notify?: string | null | undefined
}

export interface CheckedReferences {
  readonly targets: readonly ForwardTarget[]
  readonly notify: string | null
  readonly faults: readonly FieldFault[]
}

/**
 * Brings whom a forward names into normal form and finds those that cannot be reached: unknown extensions, premium-rate
 * numbers, the forward itself, also by way of others.
 * @param own numbers of the forward, which ring it and cannot be rung by it
 */
export async function checkReferences(
  db: Db,
  country: string | undefined,
  given: ForwardReferences,
  own: readonly string[],
): Promise<CheckedReferences> {
  const usernames = new Set((await allExtensions(db)).map((extension) => extension.username))
  const ours = new Map((await rentedNumbers(db)).map((row) => [row.e164, row.assignment]))
  const targetsOf = new Map((await allForwards(db)).map(({ id, targets }) => [id, targets]))
  const faults: FieldFault[] = []
  const targets = (given.targets ?? []).map((target, i) => {
    const { key, fault } = reach(target.to)
    if (fault !== undefined) faults.push({ field: `/targets/${i}/to`, sentence: fault })
    return { to: key, seconds: target.seconds }
  })
  let notify = given.notify ?? null
  if (notify !== null) {
    const { key, fault } = await receiver(notify)
    if (fault !== undefined) faults.push({ field: '/notify', sentence: fault })
    notify = key
  }
  return { targets, notify, faults }

  function reach(text: string): { key: string; fault?: string } {
    const address = parseAddress(text, country, usernames)
    if (address === undefined || address.kind === 'anonymous') {
      return { key: text, fault: 'takes an extension, a number or a SIP URI' }
    }
    const key = addressKey(address)
    if (address.kind === 'extension' && !usernames.has(address.username)) {
      return { key, fault: `names no extension: there is no ${key}` }
    }
    if (address.kind !== 'number') return { key }
    if (own.includes(key)) return { key, fault: `is the forward's own number ${key}, which would ring itself` }
    const assignment = ours.get(key)
    if (assignment === null) return { key, fault: `is our own number ${key}, to which nothing is assigned yet` }
    if (assignment !== undefined) {
      return leadsBack(key, new Set())
        ? { key, fault: `is our own number ${key}, a forward that rings this one: they would ring each other` }
        : { key }
    }
    // Whoever may make forwards decides how far they reach; premium-rate numbers are beyond that.
    const verdict = mayCallOut('international', key, [])
    return verdict.allowed ? { key } : { key, fault: verdict.sentence }
  }

  /** Whether calls to this number of ours come to the forward itself, by as many others as there are between. */
  function leadsBack(e164: string, seen: Set<string>): boolean {
    if (own.includes(e164)) return true
    const assignment = ours.get(e164)
    if (assignment?.kind !== 'forward' || seen.has(e164)) return false
    seen.add(e164)
    return (targetsOf.get(assignment.forward) ?? []).some(({ to }) => leadsBack(to, seen))
  }

  async function receiver(text: string): Promise<{ key: string; fault?: string }> {
    const { key, fault } = reach(text)
    if (fault !== undefined) return { key, fault }
    if (/^sips?:/i.test(key)) return { key, fault: 'takes an extension or a number: texts go to no SIP URI' }
    if (!key.startsWith('+')) return { key }
    const number = await getNumber(db, key)
    return number?.state === 'rented' && number.assignment?.kind !== 'extension'
      ? { key, fault: `is our own number ${key}, which leads to no extension that could read a text` }
      : { key }
  }
}
