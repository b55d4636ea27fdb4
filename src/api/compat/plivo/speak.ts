import { z } from 'zod'
import { Problem } from '../../../phone/problem.ts'
import type { Prompt } from '../../../phone/prompt.ts'
import type { DocumentDesk } from './ports.ts'

/** Words that are spoken into a call or a conference; the voice is that of this service, the language counts. */
export const Speak = z.object({
  text: z.string().min(1).max(3000),
  voice: z.string().max(40).default('WOMAN'),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}$/, 'takes a language such as en-US')
    .default('en-US'),
})

/** At once: what cannot be spoken in a conference would be found out when everybody waits for it. @throws Problem that names the field */
export function checkLanguage({ language }: z.infer<typeof Speak>, desk: Pick<DocumentDesk, 'lacksLanguage'>): void {
  const sentence = desk.lacksLanguage(language)
  if (sentence !== undefined) throw new Problem('invalid_request', sentence, [{ field: '/language', sentence }])
}

export const spoken = ({ text, language }: z.infer<typeof Speak>): Prompt => ({ kind: 'text', text, language })
