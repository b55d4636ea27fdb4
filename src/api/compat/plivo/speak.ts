import { z } from 'zod'
import type { Prompt } from '../../../phone/prompt.ts'

/** Words that are spoken into a call or a conference; the voice is that of this service, the language counts. */
export const Speak = z.object({
  text: z.string().min(1).max(3000),
  voice: z.string().max(40).default('WOMAN'),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}$/, 'takes a language such as en-US')
    .default('en-US'),
})

export const spoken = ({ text, language }: z.infer<typeof Speak>): Prompt => ({ kind: 'text', text, language })
