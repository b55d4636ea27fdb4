import { z } from 'zod'
import type { EngineState } from '../../phone/engine.ts'
import { reads } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { problem } from '../shapes.ts'

const Engine = z
  .object({
    name: z.string().describe('`embedded` is the SIP of this service; the others carry trunks whose URI begins so'),
    place: z.string().nullable().describe('Host and port of a switch'),
    state: z.enum(['ready', 'away']),
    sentence: z.string(),
    capabilities: z.object({
      blocks: z.array(z.string()),
      textToSpeech: z.boolean(),
      speechToText: z.boolean(),
      urlPrompts: z.boolean().describe('Prompts may be URLs'),
      dtmf: z.array(z.string()).describe('Ways in which keys are heard'),
      lacks: z
        .array(z.object({ feature: z.string(), sentence: z.string() }))
        .describe('What its calls do not do that those of `embedded` do, and what comes in its place'),
    }),
  })
  .meta({
    id: 'Engine',
    examples: [
      {
        ...{ name: 'asterisk', place: '127.0.0.1:8088', state: 'ready', sentence: 'It carries calls.' },
        capabilities: {
          ...{ blocks: ['play', 'gather'], textToSpeech: true, speechToText: true, urlPrompts: true },
          dtmf: ['telephone-event', 'info', 'in-band'],
          lacks: [{ feature: 'transfer.byPhone', sentence: 'The dialplan of Asterisk serves phones that transfer' }],
        },
      },
    ],
  })

export function registerEngines(app: Api, { phone }: ApiOptions): void {
  app.get(
    '/v1/engines',
    {
      config: reads('trunks'),
      schema: {
        tags: ['trunks'],
        summary: 'What carries calls here, and what each can do',
        response: { 200: z.object({ items: z.array(Engine) }), ...problem },
      },
    },
    async () => ({ items: phone.engines().map(show) }),
  )
}

function show({ name, place, away, capabilities }: EngineState): z.infer<typeof Engine> {
  const { blocks, dtmf, lacks, ...rest } = capabilities
  return {
    ...{ name, place: place ?? null, state: away === undefined ? 'ready' : 'away' },
    sentence: away ?? 'It carries calls.',
    capabilities: {
      ...rest,
      ...{ blocks: [...blocks], dtmf: [...dtmf] },
      lacks: Object.entries(lacks).map(([feature, sentence]) => ({ feature, sentence })),
    },
  }
}
