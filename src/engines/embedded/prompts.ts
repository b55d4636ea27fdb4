import type { PlayItem } from '../../media/plane.ts'
import { Problem } from '../../phone/problem.ts'
import { type Fetcher, orLeftOut, type Prompt } from '../../phone/prompt.ts'
import { SpeechError } from '../../speech/synthesizer.ts'

/** Speaks a text into a WAV file, or finds the one spoken before. */
export interface Speaker {
  speak(text: {
    readonly text: string
    readonly voice?: string
    readonly language?: string
    readonly rate?: number
  }): Promise<string>
}

/** What prompts are made with. */
interface PromptMakers {
  readonly speaker: Speaker
  readonly fetcher?: Fetcher | undefined
}

/** Turns a prompt into what the media plane plays. Texts of a sequence are spoken side by side. @param note told of what is left out */
export async function preparePrompt(
  prompt: Prompt,
  makers: PromptMakers,
  note: (sentence: string) => void,
): Promise<readonly PlayItem[]> {
  const { speaker, fetcher } = makers
  switch (prompt.kind) {
    case 'text': {
      const { kind: _, ...text } = prompt
      return [{ kind: 'wav', path: await speaker.speak(text).catch(refuseText) }]
    }
    case 'file':
      return [{ kind: 'wav', path: prompt.path }]
    case 'url':
      if (fetcher === undefined)
        throw new Problem(
          'not_supported',
          `Prompts cannot be fetched from a URL here, so ${prompt.url} cannot be played.`,
        )
      return [{ kind: 'wav', path: await fetcher(prompt.url) }]
    case 'tone':
      return [{ kind: 'tone', tone: prompt.tone, ...(prompt.ms === undefined ? {} : { ms: prompt.ms }) }]
    case 'silence':
      return [{ kind: 'silence', ms: prompt.ms }]
    case 'sequence': {
      const lists = await Promise.all(prompt.items.map((item) => preparePrompt(item, makers, note)))
      return lists.flat()
    }
    case 'optional':
      return orLeftOut(preparePrompt(prompt.prompt, makers, note), note)
  }
}

/** Words that cannot be spoken are the fault of who wrote them, unless the engine broke. */
function refuseText(error: unknown): never {
  if (!(error instanceof SpeechError)) throw error
  switch (error.code) {
    case 'text_empty':
    case 'text_too_long':
    case 'rate_out_of_range':
      throw new Problem('invalid_request', error.message)
    case 'voice_unknown':
    case 'language_unknown':
    case 'no_engine':
      throw new Problem('not_supported', error.message)
    case 'engine_failed':
      throw error
  }
}
