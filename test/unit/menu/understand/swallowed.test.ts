import { describe, expect, it } from 'vitest'
import { swallowedAt } from '../../../../src/menu/understand/swallowed.ts'
import { tokensOf } from '../../../../src/menu/understand/token.ts'
import { vote } from '../../../../src/menu/understand/vote.ts'
import { doubtedWords, heardAs, offered } from './kit.ts'

const heard = heardAs(0.6)

describe('"or say" between a verb and its key', () => {
  it.each([
    ['for sales, press or stay one. for parts, press or say two.', '1 sales; 2 parts'],
    ['press or state one for sales. press or say two for parts.', '1 sales; 2 parts'],
    [
      'press or say five for sales. press or say six for parts. press four six four for store hours.',
      '5 sales; 6 parts; 4 store hours',
    ],
  ])('is known in what it was taken for: %s', (text, options) => {
    expect(offered(heard(text))).toBe(options)
  })

  it.each([
    [
      'to speak with a technician, press or say lawn, for landscaping, press or say two.',
      '1 speak with a technician; 2 landscaping',
    ],
    [
      'press or say lawn for parts. press or say two for sales. press or say three for jobs.',
      '1 parts; 2 sales; 3 jobs',
    ],
  ])('leads to a key that was not understood: %s', (text, options) => {
    expect(offered(heard(text))).toBe(options)
  })

  it('is nothing that a prompt has which does not say it', () => {
    expect(offered(heard('press four six four for sales. press two for parts.'))).not.toContain('4 sales')
  })
})

it.each([
  'select one for admission ~select ~the hear our hours. select two for parts.',
  'hit one for admission ~hit ~the hear our hours. hit two for parts.',
  'dial one for admission ~dial ~the hear our hours. dial two for parts. press star. press star.',
])('the verb of a menu within a label names another key, whose own was lost: %s', (menu) => {
  expect(offered(heard(menu))).toMatch(/^1 admission; 2 parts(;|$)/)
  expect(heard(menu).lost).toBe(1)
})

it('the verb of a menu within a label that was heard well names no key', () => {
  expect(offered(heard('press one to learn what to press first. press two for parts.'))).toContain(
    'learn what to press',
  )
})

it('"or" between two digits is none where each key has two', () => {
  const menu = 'for sales, press three six. for parts, press six ~or eight. for help, press nine three.'

  expect(offered(heard(menu))).toBe('36 sales; 68 parts; 93 help')
})

it.each([
  ['dial on eight', '18'],
  ['dial weight want', '81'],
])('what sounds like a digit is one where each key has two: %s', (key, whole) => {
  const menu = `for sales, ${key}. for parts, dial two eight. for help, dial three five. for jobs, dial five five.`

  expect(offered(heard(menu))).toBe(`${whole} sales; 28 parts; 35 help; 55 jobs`)
})

it.each([
  [
    'to order checks, dial ?on or two. for loans, dial three. for cards, dial four.',
    '1 order checks; 2 order checks; 3 loans; 4 cards',
  ],
  ['?die ?want to dispute a charge. dial two for loans. dial three for cards.', '1 dispute a charge; 2 loans; 3 cards'],
  [
    'you have reached acme, ?die ?want to dispute a charge. dial two for loans. dial three for cards.',
    '1 dispute a charge; 2 loans; 3 cards',
  ],
])('what sounds like the first key is one, beside another or behind what sounds like the verb: %s', (text, options) => {
  expect(offered(heard(text))).toBe(options)
})

it('what sounds like a verb and a key within a label is no key', () => {
  const fire = 'to hear a ?message, dial one. for a fire line to the station, dial two. dial three for the store.'

  expect(offered(heard(fire))).toBe('1 hear a message; 2 fire line to the station; 3 store')
})

it.each([
  [
    'press four one for sales, best eight one if you are new, press eight four for parts, this star to hear this again.',
    '41 sales; 81 you are new; 84 parts; * hear this again',
  ],
  [
    'select one nine for sales, select two one for parts, select the arrow to speak with a representative, select pound to hear this again.',
    '19 sales; 21 parts; 0 speak with a representative; # hear this again',
  ],
  [
    'press four one for sales, restaurant one if you are new, press eight four for parts, press star to hear this again.',
    '41 sales; 84 parts; * hear this again',
  ],
  [
    'press one for sales, service and parts, press two for adults, level three for visitors, press three for help.',
    '1 sales service and parts; 2 adults level three for visitors; 3 help',
  ],
  [
    'for adults, press one, for children, class two for beginners, press two, for help, press three.',
    '1 adults; 2 children class two for beginners; 3 help',
  ],
])('a label ends where another key is named, whatever was made of its verb: %s', (text, options) => {
  expect(offered(heard(text))).toBe(options)
})

it.each([
  ['for sales, press one. for parts, press two. to reach the operator, press', '1 sales; 2 parts; 0 operator'],
  ['for sales, press one. for parts, press. for jobs, press three.', '1 sales; 2 parts; 3 jobs'],
])('labels stay with their keys where nothing was heard of one behind its verb: %s', (text, options) => {
  expect(offered(heard(text))).toBe(options)
})

it('labels that follow their keys at once stay there, though some have lost what leads to them', () => {
  const menu =
    'welcome to acme, please listen carefully, as our menu options have changed. press or say two for sales, press or say three for store hours, press or say four ?to track a package, press or say five six ?speak to a nurse, press or say seven for media relations, press or say eight for surgery, press ~bathrooms this menu again.'

  expect(offered(heard(menu))).toContain('2 sales; 3 store hours; 4 track a package')
  expect(offered(heard(menu))).toContain('7 media relations; 8 surgery')
})

describe('a key that was swallowed', () => {
  it.each([
    ['press one for sales. press two for parts. to speak to an operator.', 1],
    ['press one for sales. press two for parts. to speak to an operator stay on the line.', 0],
    ['press one for sales. press two for parts. for all other questions please hold.', 0],
    ['press one for sales. press two for parts. thank you for calling acme.', 0],
  ])('leaves its label behind the last: %s', (text, lost) => {
    expect(heard(text).lost).toBe(lost)
  })

  it.each([
    ['for group rates, dial two, for delivery dialogue, if you are new, dial four, for the directory, dial three.', 1],
    ['for group rates, dial two, if you are new, dial four, for the directory, dial three.', 0],
    ['for sales, dial one, for your bill, to pay it, or for a report, dial two, for the directory, dial three.', 0],
    ['for sales, dial one, to hear this again, to go back to the main menu, dial pound.', 1],
    ['press one if you are a ~house for events, press three for parts, press four for help.', 1],
    ['press one if you are a ~house for events, press two for parts, press three for help.', 0],
    ['press one if you are here for events, press three for parts, press four for help.', 0],
  ])('leaves its label in that of another, where the count leaves one out: %s', (text, lost) => {
    expect(heard(text).lost).toBe(lost)
  })

  it.each([
    ['hello. for the front desk, guess alone. for sales, press two. for parts, press three.', 1],
    ['hello. our menu has changed. for sales, press two. for parts, press three.', 0],
    ['hello. for the front desk, ask. for sales, press two. for parts, press one.', 0],
    ['hello, final one seven, to hear our hours dial two six, for records dial four one.', 1],
    ['hello, final call, to hear our hours dial two six, for records dial four one.', 0],
    ['thank you for calling western now or ~hash to results, press three to buy a gift. press star to go back.', 1],
  ])('leaves a sentence before a row that begins with a later one: %s', (text, lost) => {
    expect(heard(text).lost).toBe(lost)
  })

  it('is one of the row, where its verb alone was made into something else', () => {
    const menu = 'press or say one for account ~had three to make a payment. press or say five for store hours.'

    expect(offered(heard(menu))).toBe('1 account had; 3 make a payment; 5 store hours')
  })
})

it('a key that was heard beyond doubt, and what for, is none that was made up, whatever the row is', () => {
  const menu =
    'press one for bills, press five to hear our address, press ?two for donations, press two to cancel, press four for heating.'

  expect(offered(heard(menu))).toBe('1 bills; 5 hear our address; 3 donations; 2 cancel; 4 heating')
})

it('a key that the row made another of stands beside what was heard for it in another hearing', () => {
  const menu = (third: string): string =>
    `press one for bills, press five to hear our address, press ${third}, press two to cancel it, press four for heating.`

  const both = vote([heard(menu('?two for ?donations')), heard(menu('three for room reservations'))])

  expect(both.map(({ key, label }) => `${key} ${label}`)).toEqual([
    ...['1 bills', '5 hear our address', '3 room reservations', '2 cancel it', '4 heating'],
  ])
})

describe('an option that a label has swallowed', () => {
  const at = (text: string): number | undefined => {
    const tokens = tokensOf(doubtedWords(text, 0.6))
    return swallowedAt(tokens, { from: 0, to: tokens.length })
  }

  it('begins behind the pause', () => {
    expect(at('savings accounts, ~respirators used to speak with a representative')).toBe(2)
  })

  it.each([
    ['one word stands before the pause', 'savings, ~respirators used to speak with a representative'],
    ['no option is as short', 'savings accounts, ~respirators to pay'],
    ['nothing leads to it', 'savings accounts, ~respirators used there always'],
    ['it was heard', 'savings accounts, respirators used to speak with a representative'],
    ['a list goes on', 'savings accounts, ~and also to speak with a representative'],
  ])('is none where %s', (_, text) => {
    expect(at(text)).toBeUndefined()
  })
})

it.each([
  ['of the menu was hardly heard and the label of the next follows', '~choose five for complaints, select one.', false],
  ['was heard', 'choose five for complaints, select one.', true],
  ['was hardly heard, and no label follows', '~choose five complaints, select one.', true],
  ['was hardly heard, and the next is another, too', '~choose five for complaints, dial one.', true],
])('a key stands or falls where a verb that is not that of the menu %s', (_, text, stands) => {
  expect(offered(heard(`hello, ${text} for parts, select two. for jobs, select three.`)).includes('5')).toBe(stands)
})

describe('labels', () => {
  it('begin behind what a menu says that it is about, though that begins as they do', () => {
    const menu = 'to apply for a dump, for repairs, press three, to pay, press four.'

    expect(offered(heard(menu))).toBe('3 repairs; 4 pay')
  })

  it.each([
    ['for questions about a bill, to make a payment, or to dispute a charge, press one', /^questions about a bill/],
    ['for sales, for example a new policy, press one', /^sales/],
  ])('of several, or explained, begin with the first: %s', (option, first) => {
    const [one] = heard(`${option}, for repairs, press two.`).options

    expect(one?.label).toMatch(first)
  })

  it('stand before their keys also where nothing was heard of the last key', () => {
    const menu =
      'to open an account, press want if you are a doctor, press three, to find a store, press two, to go back to the main menu, press the ?spa, ?or ?three'

    expect(offered(heard(menu))).toMatch(
      /^1 open an account; 3 you are a doctor; 2 find a store; . go back to the main menu$/,
    )
  })

  it('stand behind their keys also where one of them was not heard', () => {
    expect(offered(heard('press one for the front desk, press two. three for sports. press four for help.'))).toBe(
      '1 front desk; 2; 3 sports; 4 help',
    )
  })

  it('begin behind a greeting that was misheard', () => {
    const menu = 'hello, if you know the ~hash dial it at any time, to apply for a job, press one, for sales, press two'

    expect(offered(heard(menu))).toBe('1 apply for a job; 2 sales')
  })

  it('of which nothing but little words was heard are none', () => {
    expect(offered(heard('hello. to the, press one. for sales, press two.'))).toBe('1; 2 sales')
  })

  it('that begin as a greeting does are not sure', () => {
    const { options } = heard('hello we have reached acme we report a problem, press one. for sales, press two.')

    expect(options.map(({ labelConfidence = 1 }) => labelConfidence < 0.5)).toEqual([true, false])
  })
})
