import { z } from 'zod'
import { plain } from './output.ts'

/** What the commands read of the API's answers. Fields that they do not know pass through to `--json`. */

export const addressShape = z.looseObject({
  kind: z.string(),
  address: z.string().nullish(),
  name: z.string().nullish(),
})
export type ShownAddress = z.infer<typeof addressShape>

/** `"Ann" <+15550100>`, `1001`, `anonymous`. */
export function showAddress({ kind, address, name }: ShownAddress): string {
  const key = plain(address ?? kind)
  return name == null ? key : `"${plain(name)}" <${key}>`
}

export const extensionShape = z.looseObject({
  id: z.string(),
  username: z.string(),
  name: z.string().optional(),
  contacts: z.array(z.looseObject({ flow: z.string(), userAgent: z.string().optional() })).optional(),
})
export type ShownExtension = z.infer<typeof extensionShape>

export const numberShape = z.looseObject({
  id: z.string(),
  number: z.string(),
  carrier: z.string(),
  assignment: z
    .looseObject({
      kind: z.string(),
      username: z.string().optional(),
      forward: z.string().optional(),
      url: z.string().optional(),
      application: z.string().optional(),
      flow: z.string().optional(),
      menu: z.string().optional(),
    })
    .nullish(),
})
export type ShownNumber = z.infer<typeof numberShape>

export const trunkShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  uri: z.string(),
  default: z.boolean().optional(),
  registration: z.looseObject({ sentence: z.string() }).optional(),
})

export const engineShape = z.looseObject({
  name: z.string(),
  place: z.string().nullable(),
  sentence: z.string(),
  capabilities: z.looseObject({ lacks: z.array(z.looseObject({ feature: z.string(), sentence: z.string() })) }),
})

export const voicemailShape = z.looseObject({
  id: z.string(),
  from: addressShape,
  state: z.string(),
  createdAt: z.string(),
  recording: z.looseObject({ ms: z.number(), speechMs: z.number().optional(), url: z.string() }),
})

export const messageShape = z.looseObject({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  state: z.string(),
  body: z.string(),
  createdAt: z.string(),
})

export const forwardShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  number: z.string(),
  voicemailNumber: z.string(),
  targets: z.array(z.looseObject({ to: z.string(), seconds: z.number() })).optional(),
  notify: z.string().nullish(),
})

const eventShape = z.looseObject({
  at: z.string(),
  kind: z.string(),
  text: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullish(),
})

export const callShape = z.looseObject({
  id: z.string(),
  direction: z.string().optional(),
  state: z.string(),
  from: addressShape,
  to: addressShape,
  startedAt: z.string(),
  answeredAt: z.string().nullish(),
  endedAt: z.string().nullish(),
  end: z
    .looseObject({
      code: z.string(),
      by: z.string(),
      sentence: z.string(),
      chain: z
        .array(z.looseObject({ code: z.string(), target: z.string().nullish(), sentence: z.string() }))
        .optional(),
    })
    .nullish(),
  timeline: z.array(eventShape).optional(),
})
export type ShownCall = z.infer<typeof callShape>

export const placedShape = z.looseObject({ id: z.string() })
export const callsShape = z.looseObject({ items: z.array(callShape) })
