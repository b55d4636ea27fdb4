import { z } from 'zod'
import { apiId } from './door.ts'

/** 20 are given unless fewer are asked for, and never more. */
const most = 20

/** Numbers come as text in a query. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(most).default(most),
  offset: z.coerce.number().int().min(0).default(0),
}

export interface Paging {
  readonly limit: number
  readonly offset: number
}

/** `next` and `previous` are paths with their query, or null. @param asked what was asked for, whose filters they keep */
export function listOf(path: string, { limit, offset }: Paging, total: number, objects: readonly object[], asked = '') {
  const at = (from: number): string => {
    const query = new URLSearchParams(asked.split('?')[1])
    query.set('limit', String(limit))
    query.set('offset', String(from))
    return `${path}?${query}`
  }
  return {
    api_id: apiId(),
    meta: {
      limit,
      offset,
      total_count: total,
      next: offset + limit < total ? at(offset + limit) : null,
      previous: offset > 0 ? at(Math.max(0, offset - limit)) : null,
    },
    objects,
  }
}
