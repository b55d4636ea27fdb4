/** What an option does in every menu alike; `branch`: anything of its own. */
export type OptionRole =
  | 'branch'
  | 'repeat'
  | 'main_menu'
  | 'back'
  | 'operator'
  | 'language'
  | 'voicemail'
  | 'directory'
  | 'callback'
  | 'end'

const languages =
  'english|spanish|espanol|french|francais|german|deutsch|chinese|mandarin|cantonese|vietnamese|korean|japanese|russian|portuguese|portugues|italian|italiano|arabic|hindi|polish|tagalog|dutch|nederlands|ingles|turkish'

const roles: readonly (readonly [Exclude<OptionRole, 'branch'>, RegExp])[] = [
  // "For the main menu in Spanish" does not lead back.
  [
    'language',
    new RegExp(String.raw`^(?:(?:continue |service |assistance )?in )?(?:${languages})\b|\bin (?:${languages})$`),
  ],
  [
    'main_menu',
    /\bmain menu\b|^(?:to )?start over\b|^(?:to )?(?:return|go|get|start) .*\bbeginning\b|\btop menu\b|\bmenu principal\b|\bhauptmenu\b/,
  ],
  [
    'back',
    /\b(?:previous|last|prior|preceding|earlier) menu\b|^(?:to )?(?:go |return )?back$|\bgo back\b|\bmenu anterior\b/,
  ],
  [
    'repeat',
    // "Hear more options", "hear payment options", "hear the next message", "hear our lunch menu", "hear the list of stores" lead on to something.
    /\b(?:repeat|hear|listen|replay)\b.*\bagain\b|\b(?:options|menu|choices|selections) again$|\b(?:repeat|hear|listen to|replay) (?:(?:this|these|the|those|your|that) )?(?:(?:menu|main|available) )?(?:options|menus?|choices|selections|list)$|^(?:to )?(?:repeat|replay)(?: (?:this|these|that|it)\b.*)?$|^(?:to )?(?:hear|listen to) these\b|\brepetir\b/,
  ],
  ['voicemail', /\b(?:leave|record)\b.*\bmessage\b|\bvoice ?mail\b/],
  ['callback', /\bcall ?back\b|\breturn call\b/],
  ['directory', /\bdirectory\b|\bby (?:last |first )?name\b/],
  ['end', /\b(?:end|disconnect|terminate) (?:this |the |your )?call\b|\bhang up\b|^(?:exit|quit|finish)\b/],
  [
    'operator',
    /\b(?:operator|receptionist|attendant|live (?:agent|person)|representative|(?:speak|talk)(?:ing)? (?:to|with) (?:an? |our |the )?(?:agent|someone|person|associate|human|team member)|operador[a]?)\b/,
  ],
]

export const roleOf = (label: string): OptionRole => roles.find(([, sign]) => sign.test(label))?.[0] ?? 'branch'

/** Such options have star, pound or a late digit: they stand outside the count. */
export const returns = (role: OptionRole): boolean => role === 'repeat' || role === 'main_menu' || role === 'back'
