import { z } from 'zod'

const list = z.object({
  /** Left out where there are none. */
  rows: z.array(z.object({ uuid: z.string(), callstate: z.string().optional() })).optional(),
})

const up: ReadonlySet<string> = new Set(['ACTIVE', 'HELD', 'UNHELD'])

/**
 * The answer to `show channels as json`: every channel, and whether it is answered.
 * @throws Error that says what is wrong with it
 */
export function readChannels(text: string): ReadonlyMap<string, 'up' | 'waiting'> {
  const { rows = [] } = list.parse(JSON.parse(text))
  return new Map(rows.map(({ uuid, callstate = '' }) => [uuid, up.has(callstate) ? 'up' : 'waiting']))
}
