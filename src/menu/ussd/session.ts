import { type Menu, optionsOf } from '../model.ts'
import {
  beginWalk,
  invalidPrompt,
  type WalkEffect,
  type WalkEvent,
  type WalkState,
  type WalkStep,
  walk,
} from '../walk.ts'
import { headOf, optionLine, readPrompt } from './read.ts'
import { pagesOf, type ScreenKeys } from './screen.ts'

export interface UssdStyle {
  readonly keys: ScreenKeys
  /** Of one reply, 100 to 182. */
  readonly characters: number
}

/** Where a session stands between two requests. `menu`: absent after the last menu, of which pages are still to be read. */
export interface UssdState {
  readonly menu?: WalkState
  readonly pages: readonly string[]
  /** The page that is shown, from 0. */
  readonly page: number
}

/** What is to be done before the next screen is known. */
export type UssdAct = Extract<WalkEffect, { kind: 'act' | 'extension' }>

export interface UssdScreen {
  readonly kind: 'screen'
  readonly state: UssdState
  readonly text: string
  readonly ends: boolean
}

export type UssdStep = UssdScreen | { readonly kind: 'do'; readonly walk: WalkStep; readonly effect: UssdAct }

/** What came of an act: lines to be read. `ends`: nothing follows. `unknown_extension`: the digits name none. */
export type UssdDone =
  | { readonly kind: 'told'; readonly lines: readonly string[]; readonly ends: boolean }
  | { readonly kind: 'unknown_extension' }

const farewell = 'Goodbye.'

/** The first menu is shown. */
export const beginUssd = (menu: Menu, style: UssdStyle): UssdStep => stepOf(menu, beginWalk(menu), [], style)

/** Whether a whole line is one answer here, and not several that stars join. */
export function takesWhole(menu: Menu, { menu: at }: UssdState, input: string): boolean {
  return at !== undefined && optionsOf(menu, at.path.at(-1) ?? menu.start).some(({ key }) => key === input)
}

/** One line that was typed, as a pure machine: a key of the menu goes before those that lead on from every screen. */
export function ussdInput(menu: Menu, state: UssdState, input: string, style: UssdStyle): UssdStep {
  const keys = keysAt(menu, state.menu, style)
  const turned = turnPage(state, input, keys)
  if (turned !== undefined) return turned
  // After its last menu a session has pages only: whatever is typed turns to the next.
  if (state.menu === undefined) return show({ ...state, page: Math.min(state.page + 1, state.pages.length - 1) })
  const { path } = state.menu
  const options = optionsOf(menu, path.at(-1) ?? menu.start)
  const standing = { state: { ...state.menu, typed: '' }, effect: { kind: 'hangup' }, next: 'repeat' } as const
  const next = (event: WalkEvent): UssdStep => stepOf(menu, walk(menu, standing, event), [], style)
  if (input === '') return next({ kind: 'go', next: 'repeat' })
  if (options.some(({ key }) => key === input)) return typed(menu, standing, input, style)
  if (input === keys.back && path.length > 1) return next({ kind: 'go', next: 'back' })
  if (input === keys.home && path.length > 1) return next({ kind: 'go', next: 'start' })
  const extensions = menu.menus[path.at(-1) ?? menu.start]?.extensions === true
  if (extensions && /^[0-9]{1,12}$/.test(input)) return typed(menu, standing, input, style)
  return next({ kind: 'unknown_extension' })
}

/** After `do`. */
export function ussdDone(
  menu: Menu,
  step: Extract<UssdStep, { kind: 'do' }>,
  done: UssdDone,
  style: UssdStyle,
): UssdStep {
  if (done.kind === 'unknown_extension') return stepOf(menu, walk(menu, step.walk, done), [], style)
  if (done.ends) return lastScreen(done.lines, style)
  return stepOf(menu, walk(menu, step.walk, { kind: 'acted' }), done.lines, style)
}

/** Text that is shown page by page and then ends the session. */
export function lastScreen(lines: readonly string[], { keys, characters }: UssdStyle): UssdScreen {
  const told = lines.some((line) => line !== '') ? lines : [farewell]
  return show({ pages: pagesOf(told, { back: false, home: false }, keys, characters), page: 0 })
}

/** The page before or after the one shown; `undefined` where the line turns none. */
export function turnPage(state: UssdState, input: string, keys: ScreenKeys): UssdScreen | undefined {
  const { page, pages } = state
  if (input === keys.more && page + 1 < pages.length) return show({ ...state, page: page + 1 })
  if (input === keys.back && page > 0) return show({ ...state, page: page - 1 })
  return undefined
}

function show(state: UssdState): UssdScreen {
  const ends = state.menu === undefined && state.page === state.pages.length - 1
  return { kind: 'screen', state, text: state.pages[state.page] ?? '', ends }
}

/** Key by key, as by phone; then no more keys come. */
function typed(menu: Menu, from: WalkStep, input: string, style: UssdStyle): UssdStep {
  let step = from
  for (const key of input) step = walk(menu, step, { kind: 'key', key })
  if (step.effect.kind === 'listen' && step.state.typed !== '') step = walk(menu, step, { kind: 'silence' })
  return stepOf(menu, step, [], style)
}

function stepOf(menu: Menu, step: WalkStep, told: readonly string[], style: UssdStyle): UssdStep {
  const { effect, state } = step
  switch (effect.kind) {
    case 'listen':
      return screenOf(menu, state, told, style)
    case 'hangup':
      return lastScreen(told, style)
    case 'act':
    case 'extension':
      return { kind: 'do', walk: step, effect }
  }
}

function screenOf(menu: Menu, state: WalkState, told: readonly string[], style: UssdStyle): UssdStep {
  const name = state.path.at(-1) ?? menu.start
  const node = menu.menus[name]
  if (node === undefined) throw new Error(`The menu ${menu.name} was not checked: it has no ${name}.`)
  const options = optionsOf(menu, name)
  // By text nobody is silent: a further attempt follows an answer that is none of the options.
  const wrong = state.attempt > 1 ? readPrompt(node.invalid ?? invalidPrompt) : []
  const lines = [...told, ...wrong, ...headOf(node, options), ...options.map(optionLine)]
  const deep = state.path.length > 1
  const pages = pagesOf(lines, { back: deep, home: deep }, keysAt(menu, state, style), style.characters)
  return show({ menu: state, pages, page: 0 })
}

const otherKeys: ScreenKeys = { back: '97', home: '96', more: '95' }

/** The keys of the menu go first: where one has a key that leads on from every screen, another one does that there. */
function keysAt(menu: Menu, state: WalkState | undefined, { keys }: UssdStyle): ScreenKeys {
  if (state === undefined) return keys
  const taken = new Set(optionsOf(menu, state.path.at(-1) ?? menu.start).map(({ key }) => key))
  const free = (name: keyof ScreenKeys): string => (taken.has(keys[name]) ? otherKeys[name] : keys[name])
  return { back: free('back'), home: free('home'), more: free('more') }
}
