import { announce } from './announce.ts'
import { nextOf } from './check.ts'
import { type Menu, type MenuAction, type MenuNode, type MenuPrompt, type Next, optionsOf } from './model.ts'

export interface WalkState {
  /** The menus on the way here, the one that is heard now last. */
  readonly path: readonly string[]
  /** How often the menu was said in this visit, from 1. */
  readonly attempt: number
  /** Keys that may become an option. */
  readonly typed: string
}

export type WalkEvent =
  | { readonly kind: 'key'; readonly key: string }
  /** No key came in time. */
  | { readonly kind: 'silence' }
  /** The action has been carried out and the call goes on. */
  | { readonly kind: 'acted' }
  /** The digits of `extension` name none; or what was typed as a whole is no option. */
  | { readonly kind: 'unknown_extension' }
  /** A way that leads on from every screen was taken. */
  | { readonly kind: 'go'; readonly next: 'back' | 'start' | 'repeat' }

export type WalkEffect =
  /** Say all of it, then wait for one key so long. */
  | {
      readonly kind: 'listen'
      readonly say: readonly MenuPrompt[]
      readonly seconds: number
      readonly bargeIn: boolean
    }
  /** Carry it out; `key` and `label` of the option, absent after the last attempt. */
  | {
      readonly kind: 'act'
      readonly action: Exclude<MenuAction, { kind: 'menu' | 'back' | 'repeat' }>
      readonly menu: string
      readonly key?: string
      readonly label?: string
    }
  /** Connect to the extension with these digits, or say that there is none. */
  | { readonly kind: 'extension'; readonly digits: string }
  | { readonly kind: 'hangup' }

export interface WalkStep {
  readonly state: WalkState
  readonly effect: WalkEffect
  /** What the effect's action leads to once it is done. */
  readonly next: Next
}

/** Told where a menu has no word of its own for it. */
export const invalidPrompt = 'Sorry, that is not one of the options.'
const goodbye: MenuAction = { kind: 'hangup', say: 'Goodbye.' }

/** The first menu is said. */
export const beginWalk = (menu: Menu): WalkStep => enter(menu, [menu.start])

/**
 * One caller's way through a menu, as a pure machine.
 * @param step the step before, whose effect the event answers
 */
export function walk(menu: Menu, step: WalkStep, event: WalkEvent): WalkStep {
  const { state } = step
  const { node, name } = here(menu, state.path)
  switch (event.kind) {
    case 'key':
      return onKey(menu, { ...state, typed: state.typed + event.key })
    case 'silence': {
      if (state.typed !== '') return settle(menu, state)
      if (state.attempt >= (node.attempts ?? 3)) return giveUp(menu, state)
      return say(menu, { ...state, attempt: state.attempt + 1 }, node.silence === undefined ? [] : [node.silence])
    }
    case 'unknown_extension':
      return invalid(menu, state)
    case 'acted':
      return goOn(menu, state, step.next, name)
    case 'go':
      return goOn(menu, state, event.next, name)
  }
}

function onKey(menu: Menu, state: WalkState): WalkStep {
  const { node, options } = here(menu, state.path)
  const { typed } = state
  const exact = options.find(({ key }) => key === typed)
  const longer = options.some(({ key }) => key.length > typed.length && key.startsWith(typed))
  const dialling = node.extensions === true && /^[0-9]{1,12}$/.test(typed)
  if (exact !== undefined && !longer && !dialling) return take(menu, state, exact)
  if (longer || dialling) return { state, effect: more(node), next: 'repeat' }
  // The pound key ends an entry that might have gone on, where it is no option itself.
  if (typed.length > 1 && typed.endsWith('#')) return settle(menu, { ...state, typed: typed.slice(0, -1) })
  return invalid(menu, state)
}

/** No more keys come: what was typed is an option, an extension, or neither. */
function settle(menu: Menu, state: WalkState): WalkStep {
  const { node, options } = here(menu, state.path)
  const exact = options.find(({ key }) => key === state.typed)
  if (exact !== undefined) return take(menu, state, exact)
  if (node.extensions !== true || !/^[0-9]+$/.test(state.typed)) return invalid(menu, state)
  return { state, effect: { kind: 'extension', digits: state.typed }, next: 'repeat' }
}

function take(menu: Menu, state: WalkState, option: { key: string; label: string; action: MenuAction }): WalkStep {
  const { key, label, action } = option
  return perform(menu, { ...state, typed: '' }, action, { key, label })
}

function giveUp(menu: Menu, state: WalkState): WalkStep {
  return perform(menu, { ...state, typed: '' }, here(menu, state.path).node.otherwise ?? goodbye, {})
}

function perform(menu: Menu, state: WalkState, action: MenuAction, chosen: { key?: string; label?: string }): WalkStep {
  const { name } = here(menu, state.path)
  switch (action.kind) {
    case 'menu':
      return enter(menu, wayTo(state.path, action.menu))
    case 'back':
    case 'repeat':
      return goOn(menu, state, action.kind, name)
    default: {
      const next = nextOf(action) ?? 'hangup'
      return { state, effect: { kind: 'act', action, menu: name, ...chosen }, next }
    }
  }
}

/** A menu that stands on the way already is gone back to, so that `back` of it leads to the one that it was first heard after. */
function wayTo(path: readonly string[], name: string): readonly string[] {
  const at = path.indexOf(name)
  return at < 0 ? [...path, name] : path.slice(0, at + 1)
}

function goOn(menu: Menu, state: WalkState, next: Next, name: string): WalkStep {
  switch (next) {
    case 'repeat':
      return enter(menu, wayTo(state.path, name))
    case 'back':
      return enter(menu, state.path.length > 1 ? state.path.slice(0, -1) : state.path)
    case 'start':
      return enter(menu, [menu.start])
    case 'hangup':
      return { state, effect: { kind: 'hangup' }, next: 'hangup' }
  }
}

const enter = (menu: Menu, path: readonly string[]): WalkStep => say(menu, { path, attempt: 1, typed: '' }, [])

function invalid(menu: Menu, state: WalkState): WalkStep {
  const { node } = here(menu, state.path)
  if (state.attempt >= (node.attempts ?? 3)) return giveUp(menu, state)
  return say(menu, { ...state, attempt: state.attempt + 1, typed: '' }, [node.invalid ?? invalidPrompt])
}

function say(menu: Menu, state: WalkState, before: readonly MenuPrompt[]): WalkStep {
  const { node, options } = here(menu, state.path)
  const whole = [
    ...before,
    ...(node.prompt === undefined ? [] : [node.prompt]),
    ...(node.announce === undefined ? [] : [announce(options, node.announce)]),
  ]
  const effect = { kind: 'listen', say: whole, seconds: node.seconds ?? 5, bargeIn: node.bargeIn ?? true } as const
  return { state, effect, next: 'repeat' }
}

const more = (node: MenuNode): WalkEffect => ({
  kind: 'listen',
  say: [],
  seconds: node.keySeconds ?? 2,
  bargeIn: true,
})

function here(menu: Menu, path: readonly string[]) {
  const name = path.at(-1) ?? menu.start
  const node = menu.menus[name]
  if (node === undefined) throw new Error(`The menu ${menu.name} was not checked: it has no ${name}.`)
  return { name, node, options: optionsOf(menu, name) }
}
