import type { Logger } from '../base/log.ts'
import { defaultForwardPrompts } from '../phone/forward.ts'
import type { SpeechSynthesizer } from '../speech/index.ts'
import type { Site } from './site.ts'

/** Prompts are spoken before the first call needs them: a long one takes a second. */
export async function speakAhead(speech: SpeechSynthesizer, site: Site, log: Logger): Promise<void> {
  const texts = new Set(Object.values(defaultForwardPrompts))
  for (const prompts of await site.allPrompts()) for (const text of Object.values(prompts)) texts.add(text)
  const spoken = [...[...texts].map((text) => ({ text })), ...site.menuTexts()]
  for (const each of spoken) {
    if (each.text.trim() === '') continue
    try {
      await speech.synthesize(each)
    } catch (error) {
      log.warn({ err: error }, 'a prompt cannot be spoken; calls will leave it out')
    }
  }
}
