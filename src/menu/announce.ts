import type { MenuOption } from './model.ts'

const spokenKeys: Readonly<Record<string, string>> = { '*': 'star', '#': 'pound' }

/** `1`, `4 4`, `star`: as a voice says it. */
export const speakKey = (key: string): string => [...key].map((each) => spokenKeys[each] ?? each).join(' ')

/** One sentence for each option. */
export function announce(options: readonly MenuOption[], order: 'label_first' | 'key_first'): string {
  return options.map((option) => sentence(option, order)).join(' ')
}

function sentence({ key, label }: MenuOption, order: 'label_first' | 'key_first'): string {
  const bare = label.trim().replace(/[.!?]+$/, '')
  // A label such as "to hear this again" brings its own little word.
  const whole = /^(?:to|for|if|in)\s/i.test(bare) ? bare : `for ${bare}`
  switch (order) {
    case 'label_first':
      return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}, press ${speakKey(key)}.`
    case 'key_first':
      return `Press ${speakKey(key)} ${whole}.`
  }
}
