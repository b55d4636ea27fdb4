import type { Menu } from '../../../src/menu/model.ts'

/** A menu with a submenu, a key of two digits, keys that stand everywhere, and every order of phrases. */
export const acme: Menu = {
  name: 'Acme',
  start: 'main',
  menus: {
    main: {
      prompt: 'Welcome to Acme.',
      announce: 'label_first',
      options: [
        { key: '1', label: 'sales', action: { kind: 'menu', menu: 'sales' } },
        { key: '4', label: 'shipping', action: { kind: 'dial', to: ['1001'], unanswered: 'Nobody is there.' } },
        { key: '44', label: 'international shipping', action: { kind: 'forward', forward: 'fwd_x' } },
      ],
    },
    sales: {
      prompt: 'Sales.',
      announce: 'key_first',
      attempts: 2,
      otherwise: { kind: 'menu', menu: 'main' },
      options: [
        { key: '1', label: 'to hear our hours', action: { kind: 'say', say: 'Nine to five.' } },
        { key: '9', label: 'to hear this again', action: { kind: 'repeat' } },
      ],
    },
  },
  everywhere: [
    { key: '0', label: 'the operator', action: { kind: 'dial', to: ['1000'] } },
    { key: '*', label: 'to go back', action: { kind: 'back' } },
  ],
}
