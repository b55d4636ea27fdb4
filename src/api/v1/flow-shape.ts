import { z } from 'zod'
import type { FlowRow } from '../../store/flows.ts'
import { body, exampleId, iso, line, time } from '../shapes.ts'
import { blockShapes } from './action-shape.ts'

const stepName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'takes 1 to 40 letters, digits, underscores and hyphens, the first a letter')
const led = stepName.describe('The name of a step, or `end`')

const common = {
  name: stepName.optional().describe('What other steps lead to it by'),
  branches: z
    .record(z.string().min(1).max(64), led)
    .optional()
    .describe(
      'Outcome of the block → step: keys that were pressed (`1`, `42`), or words such as `nothing`, `busy`, `failed`',
    ),
  next: led.optional().describe('Where every other outcome leads; the following step unless given'),
}

export const StepShape = z
  .discriminatedUnion('block', [
    ...blockShapes(common),
    body({ ...common, block: z.literal('wait'), seconds: z.int().min(1).max(600) }),
  ])
  .meta({
    id: 'FlowStep',
    examples: [
      { block: 'play', prompt: 'Welcome' },
      {
        name: 'ask',
        block: 'gather',
        prompt: 'For sales press 1, for help press 2',
        maxDigits: 1,
        attempts: 3,
        branches: { 1: 'sales', 2: 'help', nothing: 'help' },
        next: 'ask',
      },
    ],
  })
export type WrittenStep = z.infer<typeof StepShape>

const exampleSteps: WrittenStep[] = [
  { block: 'play', prompt: 'Welcome' },
  {
    name: 'ask',
    block: 'gather',
    prompt: 'For Ann press 1, to leave a message press 2',
    maxDigits: 1,
    branches: { 1: 'ann', nothing: 'message' },
  },
  { name: 'message', block: 'record', maxSeconds: 120, silenceSeconds: 4, beep: true, next: 'end' },
  {
    name: 'ann',
    block: 'dial',
    targets: [{ to: '1001', seconds: 20 }],
    branches: { unanswered: 'message' },
    next: 'end',
  },
]
export const steps = z.array(StepShape).min(1).max(200).describe('The first one begins')

/** A step as it was taken: what its block takes stands beside. */
const ShownStep = z
  .looseObject({
    block: z.string(),
    name: z.string().optional(),
    branches: z.record(z.string(), z.string()).optional(),
    next: z.string().optional(),
  })
  .meta({ id: 'SavedFlowStep', examples: [{ block: 'play', prompt: 'Welcome' }] })

export const FlowShape = z
  .object({
    id: z.string(),
    name: z.string(),
    steps: z.array(ShownStep).describe('As they were saved'),
    numbers: z.array(z.string()).describe('Whose calls it takes'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({
    id: 'Flow',
    examples: [
      {
        id: exampleId('flow'),
        name: 'Front desk',
        steps: exampleSteps,
        numbers: ['+15550100'],
        createdAt: '2026-01-05T12:00:00.000Z',
        updatedAt: '2026-01-05T12:00:00.000Z',
      },
    ],
  })
export const CreateFlow = body({ name: line(1, 100), steps }).meta({
  id: 'CreateFlow',
  examples: [{ name: 'Front desk', steps: exampleSteps }],
})
export const ChangeFlow = body({ name: line(1, 100), steps })
  .partial()
  .meta({ id: 'ChangeFlow', examples: [{ name: 'Night desk' }] })
/** A flow that is not kept. */
export const InlineFlow = body({ steps }).meta({ id: 'InlineFlow', examples: [{ steps: exampleSteps }] })

export const showFlow = (row: FlowRow, numbers: readonly string[]): z.infer<typeof FlowShape> => ({
  id: row.id,
  name: row.name,
  steps: row.written as z.infer<typeof ShownStep>[],
  numbers: [...numbers],
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
})
