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

/** `next` and `previous` are paths with their query, or null. */
export function listOf(path: string, { limit, offset }: Paging, total: number, objects: readonly object[]) {
  const at = (from: number): string => `${path}?limit=${limit}&offset=${from}`
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
