import { z } from 'zod'

/** `2026-11-20 17:03:09+00:00` */
export const timeOf = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')}+00:00`

const read = (text: string): Date => {
  const written = text.trim()
  const zone = /(?:Z|[+ -]\d\d:?\d\d)$/i.test(written.slice(10)) ? '' : 'Z'
  // A plus of a query that was not escaped came as a blank.
  return new Date(`${written.slice(0, 10)}T${written.slice(11).replace(' ', '+') || '00:00:00'}${zone}`)
}

/** As programs of the dialect write times: without a zone it is UTC. */
export const writtenTime = z
  .string()
  .max(40)
  .transform(read)
  .refine((at) => !Number.isNaN(at.getTime()), 'takes a time such as 2026-11-20 17:03:09')
  .optional()

/** Filters of a field by its bounds; a list takes one lower and one upper. */
export const timeBounds = <Name extends string>(name: Name) =>
  ({
    [`${name}__gt`]: writtenTime,
    [`${name}__gte`]: writtenTime,
    [`${name}__lt`]: writtenTime,
    [`${name}__lte`]: writtenTime,
  }) as Record<`${Name}__${'gt' | 'gte' | 'lt' | 'lte'}`, typeof writtenTime>

type Bound = { readonly at: Date; readonly included: boolean } | undefined

export function boundsOf(
  name: string,
  query: Readonly<Record<string, unknown>>,
): { readonly since: Bound; readonly until: Bound } {
  const bound = (open: string, closed: string): Bound => {
    const [more, same] = [query[`${name}__${open}`], query[`${name}__${closed}`]]
    if (more instanceof Date) return { at: more, included: false }
    return same instanceof Date ? { at: same, included: true } : undefined
  }
  return { since: bound('gt', 'gte'), until: bound('lt', 'lte') }
}
