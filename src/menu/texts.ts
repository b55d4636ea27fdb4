import { announce } from './announce.ts'
import { type Menu, type MenuAction, type MenuPrompt, optionsOf } from './model.ts'

export interface MenuText {
  readonly text: string
  readonly language?: string
  readonly voice?: string
}

/** All that a menu says by a synthesizer, so that it can be spoken before the first caller waits for it. */
export function textsOf(menu: Menu): readonly MenuText[] {
  const prompts: (MenuPrompt | undefined)[] = []
  const ofAction = (action: MenuAction | undefined): void => {
    if (action === undefined) return
    if ('say' in action) prompts.push(action.say)
    if (action.kind === 'dial') prompts.push(action.unanswered)
  }
  for (const [name, node] of Object.entries(menu.menus)) {
    prompts.push(node.prompt, node.invalid, node.silence)
    if (node.announce !== undefined) prompts.push(announce(optionsOf(menu, name), node.announce))
    for (const { action } of node.options) ofAction(action)
    ofAction(node.otherwise)
  }
  for (const { action } of menu.everywhere ?? []) ofAction(action)
  const language = menu.language === undefined ? {} : { language: menu.language }
  return prompts
    .flatMap((prompt) => (prompt === undefined ? [] : Array.isArray(prompt) ? prompt : [prompt]))
    .flatMap((each): MenuText[] => {
      if (typeof each === 'string') return [{ text: each, ...language }]
      if ('url' in each) return []
      const { text, voice } = each
      const own = each.language === undefined ? language : { language: each.language }
      return [{ text, ...own, ...(voice === undefined ? {} : { voice }) }]
    })
}
