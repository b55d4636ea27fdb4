import type { MenuNode, MenuOption, MenuPrompt } from '../model.ts'

/** A prompt to be read: its texts. What is only there as a recording is left out. */
export function readPrompt(prompt: MenuPrompt | undefined): readonly string[] {
  if (prompt === undefined) return []
  return (Array.isArray(prompt) ? prompt : [prompt]).flatMap((each) =>
    typeof each === 'string' ? [each] : 'text' in each ? [each.text] : [],
  )
}

/** What stands above the options: the sentences of the prompt that name no key, for the list below names them all. */
export function headOf({ prompt }: MenuNode, options: readonly MenuOption[]): readonly string[] {
  const keys = options.map(({ key }) => key)
  return readPrompt(prompt)
    .map((text) =>
      text
        .split(/(?<=[.!?])\s+/)
        .filter((sentence) => !namesKey(sentence, keys))
        .join(' '),
    )
    .filter((text) => text !== '')
}

export const optionLine = ({ key, label }: MenuOption): string => {
  const bare = label.trim().replace(/^(?:to|for)\s+/i, '')
  return `${key}. ${bare.charAt(0).toUpperCase()}${bare.slice(1)}`
}

const words: Readonly<Record<string, string>> = {
  ...{ '0': 'zero', '1': 'one', '2': 'two', '3': 'three', '4': 'four', '5': 'five', '6': 'six', '7': 'seven' },
  ...{ '8': 'eight', '9': 'nine', '*': 'star', '#': 'pound' },
}

/** "For sales, press 1.", "Dial two to go on." */
function namesKey(sentence: string, keys: readonly string[]): boolean {
  const heard = sentence.toLowerCase()
  if (!/\b(?:press|dial|push|enter|touch|type|select|choose)\b/.test(heard)) return false
  const tokens = new Set(heard.split(/[^a-z0-9*#]+/))
  return keys.some((key) => tokens.has(key) || tokens.has(words[key] ?? key))
}
