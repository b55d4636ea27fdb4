import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Menu } from '../../../src/menu/model.ts'
import { beginWalk, type WalkEvent, type WalkStep, walk } from '../../../src/menu/walk.ts'
import { acme } from './kit.ts'

/** `1`, `*`: a key. `.`: silence. `!`: what was to be done is done. */
function go(menu: Menu, events: string): WalkStep {
  let step = beginWalk(menu)
  for (const each of events) step = walk(menu, step, eventOf(each))
  return step
}
const eventOf = (each: string): WalkEvent =>
  each === '.' ? { kind: 'silence' } : each === '!' ? { kind: 'acted' } : { kind: 'key', key: each }

const told = ({ state, effect }: WalkStep): string => {
  switch (effect.kind) {
    case 'listen':
      return effect.say.length === 0 ? `more after ${state.typed}` : `${state.path.join('/')} ${state.attempt}`
    case 'act':
      return `${effect.action.kind} by ${effect.key ?? 'nothing'}`
    case 'extension':
      return `extension ${effect.digits}`
    case 'hangup':
      return 'hangup'
  }
}

describe('the way through a menu', () => {
  it.each([
    ['', 'main 1'],
    ['1', 'main/sales 1'],
    ['1*', 'main 1'],
    ['*', 'main 1'],
    ['19', 'main/sales 1'],
    ['10', 'dial by 0'],
    ['10!', 'main/sales 1'],
    ['11!', 'main/sales 1'],
    ['4', 'more after 4'],
    ['4.', 'dial by 4'],
    ['4#', 'dial by 4'],
    ['44', 'forward by 44'],
    ['44!', 'hangup'],
    ['47', 'main 2'],
    ['7', 'main 2'],
    ['.', 'main 2'],
    ['..', 'main 3'],
    ['...', 'hangup by nothing'],
    ['7.7', 'hangup by nothing'],
    ['...!', 'hangup'],
    ['1..', 'main 1'],
    ['.1', 'main/sales 1'],
  ])('after %j it is at %s', (events, where) => {
    expect(told(go(acme, events))).toBe(where)
  })

  it('says what was wrong, then the menu again', () => {
    const { effect } = go(acme, '7')
    expect(effect).toMatchObject({
      kind: 'listen',
      say: ['Sorry, that is not one of the options.', 'Welcome to Acme.', expect.any(String)],
    })
  })

  it('says the keys that stand everywhere with the others', () => {
    const { effect } = go(acme, '1')
    expect(effect.kind === 'listen' && effect.say.at(-1)).toBe(
      'Press 1 to hear our hours. Press 9 to hear this again. Press 0 for the operator. Press star to go back.',
    )
  })

  it('lets those who know an extension dial it, and waits to tell it from an option', () => {
    const menu: Menu = { ...acme, menus: { ...acme.menus, main: { ...acme.menus.main!, extensions: true } } }
    expect(told(go(menu, '1'))).toBe('more after 1')
    expect(told(go(menu, '1.'))).toBe('main/sales 1')
    expect(told(go(menu, '1001.'))).toBe('extension 1001')
    expect(told(go(menu, '1001#'))).toBe('extension 1001')
    expect(told(walk(menu, go(menu, '1001.'), { kind: 'unknown_extension' }))).toBe('main 2')
  })

  it('leads out within bounds whoever presses nothing more, from wherever', () => {
    const keys = fc.array(fc.constantFrom(...'0149*#7.'), { maxLength: 20 })
    fc.assert(
      fc.property(keys, (events) => {
        let step = beginWalk(acme)
        for (const each of events) if (step.effect.kind === 'listen') step = walk(acme, step, eventOf(each))
        for (let i = 0; i < 20 && step.effect.kind !== 'hangup'; i++) {
          step = walk(acme, step, step.effect.kind === 'listen' ? { kind: 'silence' } : { kind: 'acted' })
        }
        expect(step.effect).toEqual({ kind: 'hangup' })
        expect(step.state.path.length).toBeLessThanOrEqual(2)
      }),
    )
  })
})
