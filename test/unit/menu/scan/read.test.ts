import { describe, expect, it } from 'vitest'
import { grow, growAll } from '../../../../src/menu/scan/grow.ts'
import { readHearing } from '../../../../src/menu/scan/read.ts'
import { stateOf } from '../../../../src/menu/scan/tree.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import type { HeardWord } from '../../../../src/phone/listen.ts'
import { hearing } from './kit.ts'

/** Pieces with so long a pause between them. */
function said(pauseMs: number, ...pieces: readonly string[]): readonly HeardWord[] {
  let at = 200
  return pieces.flatMap((piece) =>
    wordsOfText(piece).map(({ word }, i, all) => {
      const fromMs = at
      at += 300 + (i === all.length - 1 ? pauseMs : 0)
      return { word, fromMs, toMs: fromMs + 300, confidence: 0.94 }
    }),
  )
}

describe('a message that a key is none, and the menu again', () => {
  const start =
    'to get a quote press two to verify employment press three for the library press six for roofing press seven'
  const tree = growAll([hearing(['3'], start)])
  const sorry = 'sorry that is not one of the options'

  it.each([
    [
      'a short pause between them',
      300,
      'again for press two to verify employment press three to make a reservation press five',
    ],
    ['the menu misheard', 700, 'to cancel or press two to very find deployment press three for refunds press one'],
    ['the menu only begun', 300, 'to get a quote press two'],
  ])('is a refusal: %s', (_, pauseMs, again) => {
    const heard = hearing(['3', '1'], '', { words: said(pauseMs, sorry, again) })

    expect(readHearing(tree, heard)).toMatchObject({ end: { kind: 'refused' }, returns: '3' })
  })

  it('is none where another menu follows', () => {
    const heard = hearing(['3', '1'], '', {
      words: said(300, sorry, 'for parking press one for the front desk press two for the restaurant press four'),
    })

    expect(readHearing(tree, heard).returns).toBeUndefined()
  })

  it.each(['', ' press', ' press one', ' press one to switch'])(
    'is a refusal where the menu is known by its sound behind its first words:%s',
    (begun) => {
      const menu = 'press one to switch to playback mode press eight to begin again'
      const heard = hearing(['2', '5'], `i am sorry that is not a valid extension please try again${begun}`, {
        bySound: { node: '2', fromMs: 5280 },
      })

      const reading = readHearing(growAll([hearing(['2'], menu)]), heard)

      expect(reading).toMatchObject({ end: { kind: 'refused' }, returns: '2', said: { options: [] } })
    },
  )

  it('is a refusal where its last word is cut off', () => {
    const heard = hearing(['2', '5'], 'sorry that is not one of the', { bySound: { node: '2', fromMs: 3280 } })

    const reading = readHearing(growAll([hearing(['2'], 'press one to switch press eight to begin again')]), heard)

    expect(reading).toMatchObject({ end: { kind: 'refused' }, returns: '2' })
  })

  it('is a refusal however short it is, and no key that repeats the menu', () => {
    const known = growAll([hearing([], start), hearing(['9'], `${sorry} ${start}`)])
    const words = said(0, 'invalid entry')
    const heard = hearing(['5'], '', { words, bySound: { node: '', fromMs: 1200 } })

    expect(readHearing(known, heard)).toMatchObject({ end: { kind: 'refused' }, returns: '' })
    expect(
      grow(known, heard)
        .nodes.get('')!
        .options.map(({ key }) => key),
    ).toEqual(['2', '3', '6', '7'])
  })

  it('leaves the key out of the menu', () => {
    const doubtful = start.split(' ').map((word, i) => ({
      ...{ word, fromMs: i * 300, toMs: i * 300 + 300 },
      confidence: word === 'seven' ? 0.3 : 0.94,
    }))
    const heard = growAll([
      hearing([], '', { words: doubtful }),
      hearing(['7'], '', { words: said(300, sorry, start) }),
      hearing(['1'], '', { words: said(300, sorry, start) }),
    ])
    const root = heard.nodes.get('')!

    expect(
      root.options.filter((option) => stateOf(heard, root, option).kind !== 'refused').map(({ key }) => key),
    ).toEqual([...['2', '3', '6']])
  })
})

describe('a menu that ends as one before it did', () => {
  const tree = growAll([
    hearing(
      [],
      'hello you have reached northside hotels if you are a doctor dial one for athletics dial four for deliveries dial five to reach the operator dial zero to hear these choices again dial pound',
    ),
  ])

  it('goes on behind that', () => {
    const heard = hearing(['1'], '', {
      silentMs: 0,
      words: said(
        700,
        'a doctor',
        'for patient information press one',
        'for plumbing press two',
        'for the restaurant press three',
        'to reach the operator press zero',
        'to hear these choices again press the star key',
      ),
    })

    expect(readHearing(tree, heard)).toMatchObject({ end: { kind: 'undecided' } })
    expect(readHearing(tree, heard).returns).toBeUndefined()
  })
})

describe('two keys of one label', () => {
  const start = 'If you are a member, press 2 or 3. For parking, press 4. For events, press 5.'
  const first = 'For tickets, press one. To change your address, press two. To reach an operator, press zero.'
  const misheard = 'For fitness, press one. To change your address, press two. To preach an operator, press zero.'
  const tree = growAll([hearing([], start), hearing(['2'], first)])

  it('lead to one menu, also where it was misheard; other keys do not', () => {
    expect(readHearing(tree, hearing(['3'], misheard)).same).toBe('2')
    expect(readHearing(tree, hearing(['4'], misheard)).same).toBeUndefined()
  })
})

it('what is said of a prompt before it is known by its sound is a piece of it, though it names a key', () => {
  const tree = growAll([
    hearing([], 'Select one for power. Select two for parking. Select pound to repeat these options.'),
  ])
  const words = wordsOfText('select one for').map((word) => ({ ...word, confidence: 0.94 }))

  const heard = hearing(['#'], '', { words, silentMs: 0, bySound: { node: '', fromMs: 1300 } })

  expect(readHearing(tree, heard)).toMatchObject({ same: '', end: { kind: 'same' } })
})

describe('a key that leads to a menu which is known by its sound late, behind its greeting', () => {
  const start =
    'Welcome to Lakeview Insurance. Please listen carefully, as our menu options have changed. For sales, press 1. For parts, press 7.'
  const tree = growAll([
    hearing([], start),
    hearing(['7'], 'For bills, press 1. For roofing, press 2. To go back to the main menu, press star.'),
  ])
  const bySound = { node: '', fromMs: 2400 }

  it.each([
    ['the greeting is understood', '1', 'welcome to lakeview insurance'],
    ['the key is for that, and the greeting misheard', '*', 'welcome police union to us'],
    ['the key is for that, and somebody says so', '*', 'one moment'],
  ])('leads there where %s', (_, key, words) => {
    expect(readHearing(tree, hearing(['7', key], words, { bySound }))).toMatchObject({
      same: '',
      end: { kind: 'same' },
    })
  })

  it.each([
    ['is closed', '*', 'our office is closed please call again tomorrow goodbye', 'closed'],
    ['refuses the key', '*', 'sorry that is not one of the options', 'refused'],
    ['says something of its own', '1', 'we are open on monday from nine to five', 'said'],
    ['says much of its own', '*', 'we are open on monday from nine to five and on friday from ten to four', 'said'],
  ])('leads to a message of its own where that %s', (_, key, words, kind) => {
    const reading = readHearing(tree, hearing(['7', key], words, { bySound: { node: '', fromMs: 6000 } }))

    expect(reading).toMatchObject({ returns: '', end: { kind } })
    expect(reading.same).toBeUndefined()
  })
})

it('a sign that nobody was heard to say is pressed, whatever it is to lead to', () => {
  const says = 'For sales, press one. For parts, press two. To return to the main menu, press one.'
  const words = wordsOfText(says).map((word) => ({ ...word, confidence: 0.94 }))
  const start = hearing([], 'For orders, press one. For billing, press two.')
  const heard = growAll([start, ...[0, 0].map(() => hearing(['1'], '', { words }))])
  const read = growAll([start, hearing(['1'], says.replace(/one\.$/, 'pound.'))])
  const states = (tree: typeof heard) => {
    const node = tree.nodes.get('1')!
    return node.options.map((option) => [option.key, stateOf(tree, node, option).kind])
  }

  expect(states(heard).at(-1)).toEqual(['#', 'open'])
  expect(states(read).at(-1)).toEqual(['#', 'loop'])
})

describe('a key that is said to lead back', () => {
  const stateOfLast = (clause: string): string => {
    const tree = growAll([hearing([], `for sales press one for support press two ${clause}`)])
    const root = tree.nodes.get('')!
    return stateOf(tree, root, root.options.at(-1)!).kind
  }

  it('need not be pressed where it is a sign', () => {
    expect(stateOfLast('to hear this menu again press star')).toBe('loop')
  })

  it.each([
    ['nine is what star is taken for', 'to hear this menu again press nine'],
    ['a digit stands in the row that was rather a sign', 'to repeat these options press three'],
    ['two options were heard as one', 'for harper howard to repeat these options press three'],
  ])('is pressed where %s', (_, clause) => {
    expect(stateOfLast(clause)).toBe('open')
  })
})

it.each([
  ['to', 'loop'],
  ['sorry', 'refused'],
  ['that is wrong', 'refused'],
])('a sign to hear a menu again does so where no more than a little word comes before that: %s', (says, state) => {
  const words = 'for sales press one for parts press two to hear this menu again press star'.split(' ')
  const doubtful = words.map((word, i) => ({
    ...{ word, fromMs: i * 300, toMs: i * 300 + 280 },
    confidence: word === 'star' ? 0.3 : 0.9,
  }))
  const tree = growAll([
    hearing([], '', { words: doubtful }),
    hearing(['*'], says, { bySound: { node: '', fromMs: 1800 } }),
  ])
  const root = tree.nodes.get('')!

  expect(stateOf(tree, root, root.options.at(-1)!).kind).toBe(state)
})

describe('a message that begins with the greeting of the menu before', () => {
  const greeting = 'Thank you for calling Acme Industries of Springfield, makers of fine garden tools.'
  const tree = growAll([hearing([], `${greeting} For sales, press 1. For our hours, press 2. For support, press 3.`)])

  it.each([
    ['Our office is closed. Please call again tomorrow. Goodbye.', 'closed'],
    ['Please hold while we connect you.', 'transfer'],
    ['Please leave a message after the tone.', 'voicemail'],
    ['All of our agents are busy at the moment. Your call is important to us.', 'hold'],
  ])('is no other hearing of that: %s', (rest, kind) => {
    const reading = readHearing(tree, hearing(['1'], `${greeting} ${rest}`))

    expect([reading.end.kind, reading.same]).toEqual([kind, undefined])
  })

  it.each(['', 'For sales press', 'For sails rest won. For our ours rest two.'])(
    'is that where no message follows: %s',
    (rest) => {
      expect(readHearing(tree, hearing(['1'], `${greeting} ${rest}`)).same).toBe('')
    },
  )
})

describe('a prompt that is said again', () => {
  const member = 'if you are a member press or say one.'
  const patient = 'if you are a new patient press or say two.'
  const gifts = 'for gift cards press or say three.'
  const misheard = 'if you are a member press or say two.'

  it.each([
    ['its first option', [member, patient, gifts, member]],
    ['its first option, the key misheard', [member, patient, gifts, 'if you are a member press or say nine.', patient]],
    ['its greeting', ['welcome to blue lake dental.', member, patient, 'welcome to blue lake dental.']],
  ])('is known by %s', (_, pieces) => {
    const heard = hearing([], '', { words: said(600, ...pieces), silentMs: 0 })

    expect(readHearing(growAll([]), heard)).toMatchObject({ repeats: true, end: { kind: 'menu' } })
  })

  it.each([
    ['another key', [member, misheard]],
    ['many others', [member, patient, 'if you are a member please press or say the key number one now on this.']],
    ['another key, and more', [member, misheard, gifts]],
    ['no key yet', [member, 'if you are a member press or say']],
  ])('is not known by words of the first option with %s', (_, pieces) => {
    const heard = hearing([], '', { words: said(600, ...pieces), silentMs: 0 })

    expect(readHearing(growAll([]), heard)).toMatchObject({ repeats: false, end: { kind: 'undecided' } })
  })
})

describe('an option whose words are those that the menu before begins with', () => {
  const tree = growAll([
    hearing(['5'], 'press one for gift cards'),
    hearing(['5'], 'press one for gift cards press two for flight information'),
  ])
  const first = ['to refill a prescription press two', 'for gift cards press one']

  it.each([
    ['while it is said', first],
    ['when another follows', [...first, 'to reach the operator press zero']],
    ['when all was said', [...first, 'to reach the operator press zero', 'to hear this menu again press star']],
  ])('is one of its own menu %s', (_, pieces) => {
    const { same, returns, said: own } = readHearing(tree, hearing(['5', '1'], '', { words: said(700, ...pieces) }))

    expect([same, returns, own.options.length]).toEqual([undefined, undefined, pieces.length])
  })

  it('is the menu before where that is what is said', () => {
    const again = ['press one for gift cards', 'press two for flight information']
    const heard = hearing(['5', '1'], '', { words: said(700, ...first.slice(0, 1), ...again) })

    expect(readHearing(tree, heard).returns).toBe('5')
  })
})
