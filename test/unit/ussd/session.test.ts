import { describe, expect, it } from 'vitest'
import type { Menu } from '../../../src/menu/model.ts'
import {
  beginUssd,
  lastScreen,
  type UssdScreen,
  type UssdStep,
  ussdDone,
  ussdInput,
} from '../../../src/menu/ussd/session.ts'
import { acme } from '../menu/kit.ts'

const style = { keys: { back: '0', home: '00', more: '98' }, characters: 182 }

const screen = (step: UssdStep): UssdScreen => {
  if (step.kind !== 'screen') throw new Error(`It is to do ${step.effect.kind}.`)
  return step
}
const walked = (menu: Menu, ...inputs: string[]): UssdStep =>
  inputs.reduce<UssdStep>((step, input) => ussdInput(menu, screen(step).state, input, style), beginUssd(menu, style))
const bank: Menu = {
  name: 'Bank',
  start: 'main',
  menus: {
    main: {
      prompt: 'Welcome to the bank. For your account, press 1. For loans press two.',
      options: [
        { key: '1', label: 'your account', action: { kind: 'menu', menu: 'account' } },
        { key: '2', label: 'loans', action: { kind: 'say', say: 'We lend nothing today.' } },
        { key: '12', label: 'to leave', action: { kind: 'hangup', say: 'Thank you.' } },
      ],
    },
    account: {
      prompt: ['Your account.', { url: 'https://example.com/jingle.wav' }],
      extensions: true,
      attempts: 2,
      options: [{ key: '1', label: 'cards', action: { kind: 'menu', menu: 'cards' } }],
    },
    cards: {
      prompt: 'Cards.',
      options: [{ key: '0', label: 'the operator', action: { kind: 'dial', to: ['1000'] } }],
    },
  },
}

describe('a menu by text', () => {
  it('lists what can be chosen, and says no sentence that the list says', () => {
    expect(screen(beginUssd(bank, style))).toMatchObject({
      text: 'Welcome to the bank.\n1. Your account\n2. Loans\n12. Leave',
      ends: false,
    })
  })

  it('leaves recordings out, and offers the way back and home below', () => {
    expect(screen(walked(bank, '1')).text).toBe('Your account.\n1. Cards\n0. Back\n00. Home')
  })

  it.each([
    ['back', ['1', '0']],
    ['home from two below', ['1', '1', '00']],
    ['back twice', ['1', '1', '97', '0']],
  ])('goes %s', (_, inputs) => {
    expect(screen(walked(bank, ...inputs)).text).toMatch(/^Welcome to the bank\./)
  })

  it('leaves a key to the menu that has it', () => {
    expect(screen(walked(bank, '1', '1')).text).toBe('Cards.\n0. The operator\n97. Back\n00. Home')
    expect(walked(bank, '1', '1', '0')).toMatchObject({ kind: 'do', effect: { action: { kind: 'dial' } } })
  })

  it('takes a key of two digits as one line, and a longer line than any as none', () => {
    expect(walked(bank, '12')).toMatchObject({ kind: 'do', effect: { action: { kind: 'hangup' } } })
    expect(screen(walked(bank, '123')).text).toMatch(/^Sorry, that is not one of the options\.\nWelcome/)
  })

  it('says goodbye after the last attempt', () => {
    const step = walked(bank, '1', 'x', 'y')
    expect(step).toMatchObject({ kind: 'do', effect: { action: { kind: 'hangup', say: 'Goodbye.' } } })
  })

  it('reads what an option says above the menu that it goes back to', () => {
    const step = walked(bank, '2')
    if (step.kind !== 'do') throw new Error('It is to be done first.')
    const told = ussdDone(bank, step, { kind: 'told', lines: ['We lend nothing today.'], ends: false }, style)
    expect(screen(told).text).toMatch(/^We lend nothing today\.\nWelcome to the bank\.\n1\. /)
  })

  it('takes an extension as one line; one that is not there is none of the options', () => {
    const step = walked(bank, '1', '1001')
    expect(step).toMatchObject({ kind: 'do', effect: { kind: 'extension', digits: '1001' } })
    if (step.kind !== 'do') return
    const none = screen(ussdDone(bank, step, { kind: 'unknown_extension' }, style))
    expect(none.text).toMatch(/^Sorry, that is not one of the options\./)
  })

  it('ends after what was told last, or goes on', () => {
    const step = walked(bank, '12')
    if (step.kind !== 'do') throw new Error('It is to be done first.')
    const done = (lines: string[], ends: boolean) => ussdDone(bank, step, { kind: 'told', lines, ends }, style)
    expect(done(['Thank you.'], false)).toMatchObject({ text: 'Thank you.', ends: true })
    expect(done([], false)).toMatchObject({ text: 'Goodbye.', ends: true })
    expect(done(['We call you.'], true)).toMatchObject({ text: 'We call you.', ends: true })
  })

  it('turns the pages of a last text that is long, and ends with the last of them', () => {
    let step = lastScreen([Array.from({ length: 90 }, (_, i) => `w${i}`).join(' ')], style)
    const ends = [step.ends]
    while (!step.ends) {
      step = screen(ussdInput(bank, step.state, '98', style))
      ends.push(step.ends)
    }
    expect(ends).toEqual([false, false, true])
  })

  it('serves a menu with keys that stand everywhere', () => {
    expect(screen(walked(acme, '1')).text).toBe(
      'Sales.\n1. Hear our hours\n9. Hear this again\n0. The operator\n*. Go back\n97. Back\n00. Home',
    )
    expect(screen(walked(acme, '1', '*')).text).toMatch(/^Welcome to Acme\./)
  })
})
