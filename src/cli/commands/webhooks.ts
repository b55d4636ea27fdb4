import type { Command } from 'commander'
import { z } from 'zod'
import { answers, type Context } from '../context.ts'
import { readLimit, table } from '../output.ts'
import { shownTime } from './calls.ts'

const deliveryShape = z.looseObject({
  id: z.string(),
  event: z.string().nullish(),
  state: z.string(),
  url: z.string(),
  attempts: z.number(),
  createdAt: z.string(),
  nextAt: z.string().nullish(),
  tries: z.array(z.looseObject({ ms: z.number(), status: z.number().optional(), fault: z.string().optional() })),
})
type ShownDelivery = z.infer<typeof deliveryShape>

/** `webhooks list`, `webhooks replay`: what was sent, and sending it again. */
export function addWebhooks(program: Command, context: Context): void {
  const webhooks = program.command('webhooks').description('what was sent to subscribed URLs')
  const list = webhooks
    .command('list')
    .description('the last deliveries, newest last')
    .option('-n, --limit <count>', 'how many, 1 to 200', '20')
    .option('--failed', 'only those that were given up')
  answers(
    list,
    context,
    async (client) => {
      const { limit, failed } = list.opts<{ limit: string; failed?: boolean }>()
      const count = readLimit(limit)
      if (failed !== true) return (await client.list('/v1/webhooks/deliveries', deliveryShape, count)).toReversed()
      const page = z.object({ items: z.array(deliveryShape) })
      const { items } = await client.get(`/v1/webhooks/deliveries?state=failed&limit=${count}`, page)
      return items.toReversed()
    },
    (items) => (items.length === 0 ? 'No deliveries yet.' : table(items.map(row))),
  )
  answers(
    webhooks.command('replay').argument('<id>', 'of a delivery').description('send it once more'),
    context,
    (client, id = '') => client.post(`/v1/webhooks/deliveries/${encodeURIComponent(id)}/replay`, {}, deliveryShape),
    ({ id, url }) => `Sent again to ${url} as ${id}.`,
  )
}

function row({ createdAt, id, event, state, url, attempts, tries, nextAt }: ShownDelivery): string[] {
  const last = tries.at(-1)
  const next = nextAt == null ? '' : ` next ${shownTime(nextAt)}`
  const came = last === undefined ? '' : `${last.ms.toFixed(0)} ms ${last.fault ?? last.status ?? ''}${next}`
  return [shownTime(createdAt), id, event ?? '', state, `${attempts}×`, url, came]
}
