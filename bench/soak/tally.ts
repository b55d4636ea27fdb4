/** What a webhook told of one call. */
export interface Told {
  /** `webhook-id`. */
  readonly id: string
  readonly type: string
  readonly action?: {
    readonly block: string
    readonly state: string
    readonly result: Readonly<Record<string, unknown>> | null
  }
}

/** What each call goes through, and what has to come of it. */
const blocks: readonly (readonly [block: string, good: (result: Readonly<Record<string, unknown>>) => boolean])[] = [
  ['play', ({ kind }) => kind === 'finished'],
  ['gather', ({ digits }) => digits === '1'],
  ['record', ({ end, ms }) => end === 'key' && typeof ms === 'number' && ms > 500],
  ['transfer', ({ kind }) => kind === 'transferred'],
]

/** What is wrong with what was told of a call, in the order in which it came; each must have been told once. */
export function judge(told: readonly Told[]): string[] {
  const faults: string[] = []
  const ids = new Set(told.map(({ id }) => id))
  if (ids.size < told.length) faults.push(`${told.length - ids.size} webhooks came twice`)
  for (const type of ['call.started', 'call.answered', 'recording.finished', 'call.ended']) {
    const times = told.filter((one) => one.type === type).length
    if (times !== 1) faults.push(`${type} was told ${times} times`)
  }
  if (told[0]?.type !== 'call.started') faults.push(`${told[0]?.type ?? 'nothing'} was told first`)
  const ways = told.flatMap(({ action }) => (action === undefined ? [] : [`${action.block} ${action.state}`]))
  // One that is over at once is told once.
  const wanted = blocks.flatMap(([block]) => [`${block} running`, `${block} done`])
  const order = ways.map((way) => wanted.indexOf(way))
  if (order.includes(-1)) faults.push(`told of ${ways[order.indexOf(-1)]}`)
  if (order.some((place, i) => i > 0 && place <= (order[i - 1] ?? -1))) faults.push(`out of order: ${ways.join(', ')}`)
  for (const [block, good] of blocks) {
    const over = told.find(({ action }) => action?.block === block && action.state === 'done')
    const result = over?.action?.result ?? undefined
    if (result === undefined) faults.push(`${block} was not done`)
    else if (!good(result)) faults.push(`${block} came out as ${JSON.stringify(result)}`)
  }
  return faults
}
