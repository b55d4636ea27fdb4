import type { MenuPrompt } from '../../menu/model.ts'
import { type Prompt, say } from '../../phone/prompt.ts'

/** What a menu says, in the words of the phone; `undefined` for nothing. */
export function promptOf(said: readonly MenuPrompt[], language: string | undefined): Prompt | undefined {
  const items = said.flatMap((each) => (Array.isArray(each) ? each : [each])).map((each) => spoken(each, language))
  return items.length <= 1 ? items[0] : { kind: 'sequence', items }
}

function spoken(each: Exclude<MenuPrompt, readonly unknown[]>, language: string | undefined): Prompt {
  const standard = language === undefined ? {} : { language }
  if (typeof each === 'string') return { ...say(each), ...standard }
  if ('url' in each) return { kind: 'url', url: each.url }
  return {
    kind: 'text',
    text: each.text,
    ...standard,
    ...(each.language === undefined ? {} : { language: each.language }),
    ...(each.voice === undefined ? {} : { voice: each.voice }),
  }
}
