import { z } from 'zod'
import type { ActionRow } from '../../store/actions.ts'
import { addressText, body, exampleId, iso, isoOrNull, line, time } from '../shapes.ts'

const keys = z.string().regex(/^[0-9A-D*#]{0,16}$/, 'takes keys: 0-9, A-D, * and #')
const oneKey = z.string().regex(/^[0-9A-D*#]$/, 'takes one key: 0-9, A-D, * or #')
const text = z
  .string()
  .min(1)
  .max(3000)
  .regex(/^[^\p{Cs}\u0000]*$/u, 'takes text')

const PromptPiece = z.union([
  text.describe('Is spoken'),
  z.strictObject({ text, language: line(2, 35).optional(), voice: line(1, 64).optional() }),
  z.strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .describe('A WAV, MP3 or GSM 06.10 file'),
  }),
  z.strictObject({
    tone: z.enum(['beep', 'ringback', 'busy', 'congestion', 'dial']),
    ms: z.int().min(20).max(600_000).optional(),
  }),
  z.strictObject({ silence: z.int().min(20).max(600_000).describe('Milliseconds') }),
])
export const PromptShape = z.union([PromptPiece, z.array(PromptPiece).min(1).max(50)]).meta({
  id: 'Prompt',
  examples: ['Welcome', [{ text: 'Welcome', language: 'en' }, { tone: 'beep' }]],
})

const seconds = z.int().min(1).max(600)
const target = z.strictObject({ to: addressText, seconds: seconds.default(30) })

/** A body for each block. @param more fields that each of them takes as well, as the step of a flow does */
export const blockShapes = <More extends z.core.$ZodLooseShape>(more: More) =>
  [
    body({ ...more, block: z.literal('answer') }),
    body({
      ...more,
      block: z.literal('play'),
      prompt: PromptShape,
      stopOn: keys.optional().describe('Keys that stop it'),
      times: z.int().min(0).max(100).optional().describe('0: until stopped'),
      early: z.boolean().optional().describe('Before the call is answered, without answering it'),
    }),
    body({
      ...more,
      block: z.literal('gather'),
      maxDigits: z.int().min(1).max(64),
      prompt: PromptShape.optional(),
      invalid: PromptShape.optional().describe('After a key that is not allowed'),
      attempts: z.int().min(1).max(10).optional(),
      bargeIn: z.boolean().optional(),
      finishKey: z
        .union([oneKey, z.literal('')])
        .optional()
        .describe('# unless given; empty for none'),
      firstDigitMs: z.int().min(100).max(120_000).optional(),
      interDigitMs: z.int().min(100).max(120_000).optional(),
      allowed: keys.optional(),
    }),
    body({
      ...more,
      block: z.literal('record'),
      maxSeconds: z.int().min(1).max(7200).default(3600),
      silenceSeconds: z.int().min(0).max(600).default(0),
      stopOn: keys.optional().describe('# unless given'),
      beep: z.boolean().optional(),
    }),
    body({
      ...more,
      block: z.literal('hold'),
      music: PromptShape.optional(),
      tell: z.boolean().optional().describe('Have the phone told that it is held, so that it shows it'),
    }),
    body({ ...more, block: z.literal('unhold') }),
    body({
      ...more,
      block: z.literal('transfer'),
      to: z
        .union([addressText, z.strictObject({ room: line(0, 128).describe('Empty: a new one') })])
        .describe('An extension, a number, a SIP URI, or a conference'),
      seconds: seconds.optional(),
      onFailure: z.enum(['hangup', 'continue']).optional(),
      refer: z
        .boolean()
        .optional()
        .describe('The other side calls the target itself where it can (SIP REFER), and leaves this service'),
    }),
    body({
      ...more,
      block: z.literal('dial'),
      targets: z.array(target).min(1).max(20),
      together: z.boolean().optional(),
      hangupOnStar: z.boolean().optional(),
      callerName: line(1, 64).optional(),
      maxSeconds: z.int().min(1).max(86_400).optional(),
      ringback: PromptShape.optional(),
      confirm: z
        .strictObject({ prompt: PromptShape, key: oneKey, seconds: z.int().min(1).max(60).optional() })
        .optional(),
    }),
    body({
      ...more,
      block: z.literal('join'),
      room: line(1, 128).describe('Calls that join the same name hear each other'),
      muted: z.boolean().optional(),
      deaf: z.boolean().optional(),
      startOnEnter: z.boolean().optional().describe('The conference begins when this one comes; true unless given'),
      endOnExit: z.boolean().optional().describe('It ends when this one leaves'),
      enterSound: PromptShape.optional(),
      exitSound: PromptShape.optional(),
      waitMusic: PromptShape.optional().describe('Heard until it begins, and on hold'),
      maxMembers: z.int().min(1).max(200).optional(),
      maxSeconds: z.int().min(1).max(86_400).optional().describe('Of the conference, given by the first to join'),
      stayAlone: z.boolean().optional().describe('False: leaves when all others have left'),
      hangupOnStar: z.boolean().optional().describe('`*` leaves it, and the call goes on'),
      keys: z
        .array(z.string().regex(/^[0-9A-D*#]{1,16}$/, 'takes 1 to 16 keys: 0-9, A-D, * and #'))
        .max(20)
        .optional()
        .describe('Told as events when they are pressed'),
    }),
    body({
      ...more,
      block: z.literal('monitor'),
      channels: z
        .enum(['mono', 'stereo'])
        .default('mono')
        .describe('`stereo`: the other side left, what it hears right'),
      maxSeconds: z.int().min(1).max(7200).optional(),
    }),
    body({ ...more, block: z.literal('stop_monitor') }),
    body({
      ...more,
      block: z.literal('listen'),
      prompt: PromptShape.optional(),
      bargeIn: z.boolean().optional().describe('The first word stops the prompt; true unless given'),
      firstWordMs: z.int().min(200).max(60_000).optional().describe('From the end of the prompt; 5000 unless given'),
      pauseMs: z.int().min(200).max(10_000).optional().describe('Ends what is said; 1200 unless given'),
      maxSeconds: z.int().min(1).max(600).optional().describe('60 unless given'),
      language: line(2, 35).optional().describe('BCP 47; English unless given'),
      hints: z
        .array(line(1, 64))
        .max(100)
        .optional()
        .describe('Names and phrases that may well be said; the first that was is told as `phrase`'),
    }),
    body({
      ...more,
      block: z.literal('detect'),
      message: PromptShape.optional().describe('Left with a machine after its beep'),
      beep: z
        .boolean()
        .optional()
        .describe('Of a machine, waits for its beep, or until it has been silent for 4.5 s; true unless given'),
      maxSeconds: z.int().min(15).max(180).optional().describe('Of all that is heard; 90 unless given'),
    }),
    body({
      ...more,
      block: z.literal('send'),
      digits: z.string().regex(/^[0-9A-D*#w]{1,64}$/, 'takes 1 to 64 of 0-9, A-D, *, # and w (waits 500 ms)'),
    }),
    body({ ...more, block: z.literal('stop') }),
    body({ ...more, block: z.literal('hangup'), message: PromptShape.optional().describe('Played first') }),
  ] as const

export const ActionShape = z.discriminatedUnion('block', blockShapes({})).meta({
  id: 'Action',
  examples: [
    { block: 'play', prompt: 'Welcome' },
    { block: 'gather', prompt: 'Press 1 or 2', maxDigits: 1, allowed: '12' },
  ],
})

export const StartedActionShape = z
  .object({
    id: z.string(),
    call: z.string(),
    block: z.string(),
    state: z.enum(['running', 'done', 'failed']),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('What the block gave, e.g. `digits`; null before it is done'),
    error: z.object({ code: z.string(), sentence: z.string() }).nullable(),
    startedAt: time,
    endedAt: time.nullable(),
  })
  .meta({
    id: 'StartedAction',
    examples: [
      {
        id: exampleId('action'),
        call: exampleId('call'),
        block: 'gather',
        state: 'done',
        result: { digits: '1', end: 'max_digits' },
        error: null,
        startedAt: '2026-01-05T12:00:00.000Z',
        endedAt: '2026-01-05T12:00:04.000Z',
      },
    ],
  })

export const showAction = (row: ActionRow): z.infer<typeof StartedActionShape> => ({
  id: row.id,
  call: row.callId,
  block: row.block,
  state: row.state,
  result: row.result === null ? null : { ...row.result },
  error: row.error,
  startedAt: iso(row.startedAt),
  endedAt: isoOrNull(row.endedAt),
})
