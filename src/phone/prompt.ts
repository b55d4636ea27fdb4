import { Problem } from './problem.ts'

/** What a caller is made to hear. Rates and voices that an engine does not have are refused before a call, not in it. */
export type Prompt =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly voice?: string
      readonly language?: string
      readonly rate?: number
    }
  | { readonly kind: 'file'; readonly path: string }
  /** WAV, MP3 or GSM 06.10, http or https; fetched by the `Fetcher` of the engine. */
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'tone'; readonly tone: ToneName; readonly ms?: number }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'sequence'; readonly items: readonly Prompt[] }
  /** Left out where it cannot be had: what stands beside it is heard all the same. */
  | { readonly kind: 'optional'; readonly prompt: Prompt }

/**
 * Fetches a WAV, MP3 or GSM 06.10 file and gives the path of the same as WAV, 16 bit, 8 kHz, mono. Rejects with `PromptUnusable`, or with the
 * `Problem` `url_not_allowed`.
 */
export type Fetcher = (url: string) => Promise<string>

/** `away`: nothing came from there. `unreadable`: what came is no audio that is played here. `silent`: it has no sample. */
export type PromptFault = 'away' | 'too_large' | 'unreadable' | 'silent'

/** What a URL leads to cannot be played. */
export class PromptUnusable extends Problem {
  readonly fault: PromptFault
  constructor(fault: PromptFault, detail: string) {
    super('fetch_failed', detail)
    this.fault = fault
  }
}

export type ToneName = 'beep' | 'ringback' | 'busy' | 'congestion' | 'dial'

export const say = (text: string): Prompt => ({ kind: 'text', text })
export const tone = (name: ToneName, ms?: number): Prompt => ({
  kind: 'tone',
  tone: name,
  ...(ms === undefined ? {} : { ms }),
})
export const optional = (prompt: Prompt): Prompt => ({ kind: 'optional', prompt })
export const sequence = (...items: Prompt[]): Prompt => ({ kind: 'sequence', items })

/** One line about a prompt for the timeline. */
export function describePrompt(prompt: Prompt): string {
  switch (prompt.kind) {
    case 'text':
      return `"${prompt.text.length > 120 ? `${prompt.text.slice(0, 119)}…` : prompt.text}"`
    case 'file':
      return 'a recorded prompt'
    case 'url':
      return prompt.url
    case 'tone':
      return `the ${prompt.tone} tone`
    case 'silence':
      return `${prompt.ms} ms of silence`
    case 'sequence':
      return prompt.items.map(describePrompt).join(', ')
    case 'optional':
      return describePrompt(prompt.prompt)
  }
}

/** What an optional prompt became, or nothing. One that the engine cannot make at all is refused: nothing else would be heard of it, ever. */
export async function orLeftOut<T>(
  work: Promise<readonly T[]>,
  note: (sentence: string) => void,
): Promise<readonly T[]> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'not_supported') throw error
    note(`a sound is left out: ${error.message}`)
    return []
  }
}
