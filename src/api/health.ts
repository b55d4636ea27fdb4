import { z } from 'zod'
import type { Api, ApiOptions } from './options.ts'
import type { Readiness } from './ports.ts'

const Part = z.object({ ready: z.boolean(), sentence: z.string().optional() })
const Health = z
  .object({ status: z.literal('alive'), version: z.string() })
  .meta({ id: 'Health', examples: [{ status: 'alive', version: '0.1.0' }] })
const Ready = z.object({ ready: z.boolean(), database: Part, sip: Part, media: Part }).meta({
  id: 'Ready',
  examples: [
    {
      ready: false,
      database: { ready: true },
      sip: { ready: false, sentence: 'UDP port 5060 is not open yet.' },
      media: { ready: true },
    },
  ],
})

/** `/healthz`: the process answers. `/readyz`: it can take calls. Neither needs a token, neither tells more than that. */
export function registerHealth(app: Api, { store, phone, log, version }: ApiOptions): void {
  const open = { need: 'public' } as const
  app.get(
    '/healthz',
    { config: open, schema: { tags: ['service'], summary: 'Whether the process answers', response: { 200: Health } } },
    async () => ({ status: 'alive' as const, version }),
  )

  app.get(
    '/readyz',
    {
      config: open,
      schema: { tags: ['service'], summary: 'Whether calls can be taken', response: { 200: Ready, 503: Ready } },
    },
    async (_request, reply) => {
      const database = await store.ping().then(
        (): Readiness => ({ ready: true }),
        (error: unknown): Readiness => {
          log.warn({ err: error }, 'the database does not answer')
          return { ready: false, sentence: 'The database does not answer.' }
        },
      )
      const { sip, media } = phone.readiness()
      const ready = database.ready && sip.ready && media.ready
      return reply.code(ready ? 200 : 503).send({ ready, database, sip, media })
    },
  )
}
