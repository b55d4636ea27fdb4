import { z } from 'zod'

const party = z.object({ name: z.string(), number: z.string() })

const channel = z.object({
  id: z.string().min(1),
  /** `PJSIP/carrier-00000001`. */
  name: z.string(),
  /** `Down`, `Ring`, `Ringing`, `Up`, … */
  state: z.string(),
  caller: party,
  dialplan: z.object({ context: z.string(), exten: z.string() }),
  channelvars: z.record(z.string(), z.string()).optional(),
})
export type Channel = z.infer<typeof channel>

const events = z.discriminatedUnion('type', [
  z.object({ type: z.literal('StasisStart'), args: z.array(z.string()), channel }),
  z.object({ type: z.literal('StasisEnd'), channel }),
  z.object({ type: z.literal('ChannelStateChange'), channel }),
  z.object({ type: z.literal('Dial'), dialstatus: z.string(), peer: channel }),
  z.object({ type: z.literal('ChannelDtmfReceived'), digit: z.string(), duration_ms: z.number(), channel }),
  z.object({ type: z.literal('ChannelHold'), channel }),
  z.object({ type: z.literal('ChannelUnhold'), channel }),
  z.object({
    type: z.literal('ChannelDestroyed'),
    /** Q.850. */
    cause: z.number(),
    cause_txt: z.string().optional(),
    /** Of the technology: a SIP status of PJSIP. Asterisk 20.14, 22.4 and newer. */
    tech_cause: z.number().optional(),
    channel,
  }),
  z.object({ type: z.literal('ChannelEnteredBridge'), bridge: z.object({ id: z.string() }), channel }),
  z.object({ type: z.literal('ApplicationReplaced') }),
])
export type AriEvent = z.infer<typeof events>

/** Types that are of use to us. */
export const eventTypes: readonly string[] = events.options.map((option) => option.shape.type.value)
const known: ReadonlySet<string> = new Set(eventTypes)
const typed = z.object({ type: z.string() })

/**
 * One message of the event socket. `undefined` for those that are of no use to us: Asterisk sends many more.
 * @throws Error that says what is wrong with the message
 */
export function readEvent(text: string): AriEvent | undefined {
  const json: unknown = JSON.parse(text)
  const { type } = typed.parse(json)
  return known.has(type) ? events.parse(json) : undefined
}

export const readChannel = (json: unknown): Channel => channel.parse(json)
export const readChannels = (json: unknown): readonly Channel[] => z.array(channel).parse(json)
export const readIds = (json: unknown): readonly string[] =>
  z
    .array(z.object({ id: z.string() }))
    .parse(json)
    .map(({ id }) => id)
export const readApplication = (json: unknown): readonly string[] =>
  z.object({ channel_ids: z.array(z.string()) }).parse(json).channel_ids
export const readValue = (json: unknown): string => z.object({ value: z.string() }).parse(json).value
export const readVersion = (json: unknown): string =>
  z.object({ system: z.object({ version: z.string() }) }).parse(json).system.version
