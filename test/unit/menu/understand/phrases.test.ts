import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { announce } from '../../../../src/menu/announce.ts'
import { tokensOf, wordsOfText } from '../../../../src/menu/understand/token.ts'
import { understand } from '../../../../src/menu/understand/understand.ts'
import { offered, read, spoken } from './kit.ts'

describe('what a recogniser makes of keys', () => {
  it.each([
    ['press one for sales press to for support press three for operator', '1 sales; 2 support; 3 operator'],
    ['press three to voice press for for sms and press five for facts', '3 voice; 4 sms; 5 facts'],
    ['press won for sales press too for support', '1 sales; 2 support'],
    ['press four four sales press five for support', '4 sales; 5 support'],
    ['for sales press for, for support press five', '4 sales; 5 support'],
    ['press ate for the spa. press nein for dining.', '8 spa; 9 dining'],
    ['press free for parts, press for for service', '3 parts; 4 service'],
    ['press 4 4 for international shipping', '44 international shipping'],
    ['to repeat this press start. to go back press hash.', '* repeat this; # go back'],
    ['press the number sign for more', '# more'],
    ['press <sil> one(2) ++breath++ for sales', '1 sales'],
  ])('%s', (text, options) => {
    expect(offered(read(text))).toBe(options)
  })
})

describe('a key that was lost', () => {
  it.each([
    ['press one for sales press for support press three for operator', '1 sales; 2 support; 3 operator'],
    ['press water for sales. press two for support.', '1 sales; 2 support'],
    ['For sales, press one. For heating, press you. For parts, press three.', '1 sales; 2 heating; 3 parts'],
    ['press one for sales, press two for support, press for billing', '1 sales; 2 support; 3 billing'],
    [
      'press one for sales. press lucy listen technician. press three for parts.',
      '1 sales; 2 listen technician; 3 parts',
    ],
    ['press one for sales. press nearest to speak to an operator.', '1 sales; 0 operator'],
    ['For sales, press one. To go back to the main menu, press the pharmacy.', '1 sales; * go back to the main menu'],
    ['press for sales', ''],
    ['press to speak with us', ''],
  ])('%s', (text, options) => {
    const { options: found } = read(text)
    const likely = found.filter(({ confidence }) => confidence > 0.3)
    expect(likely.map(({ key, label }) => `${key} ${label}`).join('; ')).toBe(options)
  })

  it('is believed less than one that was heard', () => {
    const [first, second] = read('press one for sales press for support press three for operator').options
    expect(second!.confidence).toBeLessThan(first!.confidence)
  })
})

describe('a clause that was lost', () => {
  const text = 'Press 1 for sales. Press 2 for parts. Press 3 for billing. Press 4 for claims. Press 5 for events.'
  const heard = (lost: readonly string[], confidence: number) =>
    understand(
      spoken(text, { comma: 250, sentence: 600 })
        .filter((_, i) => !lost.includes(String(Math.floor(i / 4) + 1)))
        .map((word) => ({ ...word, confidence })),
    ).options.map(({ key, label }) => `${key} ${label}`.trim())

  it('is missed where the count leaves room for it', () => {
    expect(heard(['3'], 0.9)).toEqual(['1 sales', '2 parts', '3', '4 claims', '5 events'])
  })

  it('is not looked for before the first key and behind the last', () => {
    expect(heard(['1'], 0.9)).toEqual(['2 parts', '3 billing', '4 claims', '5 events'])
    expect(heard(['5'], 0.9)).toEqual(['1 sales', '2 parts', '3 billing', '4 claims'])
  })

  it('is not made up where the next key follows as soon as the others', () => {
    const words = spoken(text.replace('Press 3 for billing. ', ''), { comma: 250, sentence: 600 })
    const { options } = understand(words.map((word) => ({ ...word, confidence: 0.9 })))

    expect(options.map(({ key }) => key)).toEqual(['1', '2', '4', '5'])
  })
})

describe('numbers that are no keys', () => {
  it.each([
    'If this is an emergency, hang up and dial 911.',
    'Please hang up and dial 1 800 555 0100.',
    'Please enter your 4 digit code.',
    'Select one of the following options.',
    'You have selected 2.',
    'You pressed one.',
    'Please do not press 1.',
    'Your wait time is 4 minutes.',
    'Enter a number from 1 to 5.',
    'Please rate us from one to five.',
    'We are at 4 to 6 Main Street, floor 2, suite 3.',
    'Enter your card number followed by the pound key.',
    'Enter your pin, then press pound.',
    'Say your name, and press pound when you are finished.',
    'Choose one or more toppings.',
    'Press any key to continue.',
  ])('%s', (text) => {
    expect(offered(read(text))).toBe('')
  })
})

describe('several keys in one breath', () => {
  it.each([
    ['press one two or three to reach our agents', '1 agents; 2 agents; 3 agents'],
    ['Press 1, 2, or 3 to reach our agents. Press 4 for parts.', '1 agents; 2 agents; 3 agents; 4 parts'],
    ['For the yard, press 4, 5 or 6.', '4 yard; 5 yard; 6 yard'],
    ['press or say one or two for sales press or say three for parts', '1 sales; 2 sales; 3 parts'],
    ['press one two or one three for the yard', '12 yard; 13 yard'],
    ['press one two three for the front desk', '123 front desk'],
    ['press one for sales two or three for parts', '1 sales; 2 parts; 3 parts'],
    ['to reach billing press four then one', '41 billing'],
    ['Press 4, then 1, for billing.', '41 billing'],
    ['press pound pound for the night line', '## night line'],
    ['press star nine for the night line', '*9 night line'],
    ['press one for sales then press two for parts', '1 sales; 2 parts'],
  ])('%s', (text, options) => {
    expect(offered(read(text))).toBe(options)
  })
})

describe('keys that no verb names', () => {
  it.each([
    ['option one sales option two support option three parts', '1 sales; 2 support; 3 parts'],
    ['for billing that is option three', '3 billing'],
    ['sales one support two billing three', '1 sales; 2 support; 3 billing'],
    ['for sales its one for support its two', '1 sales; 2 support'],
    ["For sales, it's one. For support, that is two.", '1 sales; 2 support'],
    ['for hours and directions one for reservations two', '1 hours and directions; 2 reservations'],
    ['welcome to acme for hours one for parts two for help zero', '1 hours; 2 parts; 0 help'],
    ['mark one for spanish', '1 spanish'],
    ['one for sales two for support', '1 sales; 2 support'],
  ])('%s', (text, options) => {
    expect(offered(read(text))).toBe(options)
  })

  it.each([
    'We have one question about two things and three others.',
    'We are at one Main Street, open from nine to one and from two to five.',
    'You are caller number one. Your wait is two minutes.',
    'To make it one for all, and all for two weeks.',
    'Mark one of the boxes.',
  ])('are none where a text counts something: %s', (text) => {
    expect(offered(read(text))).toBe('')
  })
})

describe('how options may be put', () => {
  it.each([
    ['Press 1 for sales, 2 for support, or 3 for billing.', '1 sales; 2 support; 3 billing'],
    ['For sales, press 1. For support, 2. For billing, 3.', '1 sales; 2 support; 3 billing'],
    ['Press 4 or 6 to reach the yard.', '4 yard; 6 yard'],
    ['For the yard, press 4 or 6.', '4 yard; 6 yard'],
    ['Press 3 to leave a message. Or press 0 to reach the operator.', '3 leave a message; 0 operator'],
    ['For tickets say tickets or press 1.', '1 tickets say tickets'],
    ['Say tickets or press 1. Say hours or press 2.', '1 tickets; 2 hours'],
    ['Press 1, or say, billing. Press 2, or say, support.', '1 ; 2'],
    [
      'For English, press 1. Para español, oprima el dos. Pour le français, appuyez sur le 3.',
      '1 english; 2 espanol; 3 francais',
    ],
    ['For sales press one now for service press two now otherwise stay on the line', '1 sales; 2 service'],
    ['For sales dial 101. For service dial 102.', '101 sales; 102 service'],
    [
      'Press 2 for hours, followed by the pound sign. Press 3 for directions, followed by the pound sign.',
      '2 hours; 3 directions',
    ],
    ['One for sales, two for service.', '1 sales; 2 service'],
    ['For sales, press 1. For sales, press 1.', '1 sales'],
    ['All of our agents are busy. Press 1 to leave a message or continue to hold.', '1 message'],
  ])('%s', (text, options) => {
    const found = read(text).options
    const wanted = options.split('; ').map((each) => each.split(' '))
    expect(found.map(({ key }) => key)).toEqual(wanted.map(([key]) => key))
    found.forEach(({ label }, i) => {
      const words = wanted[i]!.slice(1).filter((word) => word !== '')
      if (words.length > 0)
        expect(
          label.split(' ').some((word) => words.includes(word)),
          `${label} for ${words}`,
        ).toBe(true)
    })
  })

  it('is for no more than what its clause says', () => {
    const [option] = read('press one to leave a message or continue to hold').options

    expect(option?.label).toBe('leave a message')
  })

  it('tells what else can be done', () => {
    expect(read('For sales, press 1, or stay on the line.').stayOnLine).toBe(true)
    expect(read('For English, stay on the line. Para español, oprima el dos.')).toMatchObject({
      ...{ stayOnLine: true, stayFor: 'english', options: [{ key: '2', label: 'espanol' }] },
    })
    expect(read('For sales, press 1. For all other questions, please stay on the line.').stayFor).toBe(
      'all other questions',
    )
    expect(read('for sales press one all others stay on the line').stayFor).toBe('all others')
    expect(read('Press 1 for sales or stay on the line.').stayFor).toBe('')
    expect(read('If you know the extension, you may dial it now.').extensions).toBe(true)
    expect(read('Please say sales, service, or parts.').sayable).toEqual(['sales', 'service', 'parts'])
    expect(read('Enter your ten digit account number followed by pound.').entry).toEqual({
      what: 'account number',
      digits: 10,
      end: '#',
      sayable: false,
    })
  })

  it.each([
    ['Press zero or stay on the line to speak to an agent.', 'speak to an agent'],
    ['Press 0 or please remain on the line for an agent.', 'agent'],
    ['To speak to an agent, press zero or stay on the line.', 'speak to an agent'],
    ['Press zero or hold for the operator.', 'operator'],
    ['Press zero or stay on the line.', ''],
    ['Press zero or stay on the line and somebody will be with you.', ''],
  ])('a key beside which one may stay is for the same: %s', (text, label) => {
    expect(read(text)).toMatchObject({ stayOnLine: true, stayFor: label, options: [{ key: '0', label }] })
  })

  it('a key behind which one may stay after a pause is for something else', () => {
    expect(read('For sales, press 1, or stay on the line.').stayFor).toBe('')
    expect(read('For sales press 1 or stay on the line and wait.').stayFor).toBe('')
  })

  it.each([
    ['To hear these options again, press 9.', 'repeat'],
    ['To repeat this menu, press 9.', 'repeat'],
    ['To hear the menu options, press 9.', 'repeat'],
    ['To repeat this message, press 9.', 'repeat'],
    ['To hear the next message, press 6.', 'branch'],
    ['To hear more options, press 8.', 'branch'],
    ['To hear the list of stores, press 5.', 'branch'],
    ['To repeat the current message, press 5.', 'branch'],
    ['To hear information about visas, press 5.', 'branch'],
    ['To hear our lunch menu, press 5.', 'branch'],
    ['To hear payment options, press 5.', 'branch'],
    ['To hear insurance choices, press 5.', 'branch'],
    ['To book the same ride again, press 5.', 'branch'],
    ['To hear these options in Spanish, press 2.', 'language'],
    ['For the main menu in Spanish, press 2.', 'language'],
    ['To hear the menu options again, press 9.', 'repeat'],
    ['To listen to your choices again, press 9.', 'repeat'],
    ['To truncate the file and start over, press 8.', 'branch'],
    ['To start over, press star.', 'main_menu'],
    ['To return to the main menu, press star.', 'main_menu'],
    ['To go back to the previous menu, press star.', 'back'],
    ['For the operator, press 0.', 'operator'],
    ['Para español, oprima el dos.', 'language'],
    ['To leave a message, press 1.', 'voicemail'],
    ['For sales, press 1.', 'branch'],
  ])('%s is %s', (text, role) => {
    expect(read(text).options.map((option) => option.role)).toEqual([role])
  })
})

describe('whatever is heard', () => {
  const label = fc
    .array(
      fc.constantFrom(
        'sales',
        'parts',
        'billing',
        'support',
        'claims',
        'returns',
        'hours',
        'events',
        'the front desk',
        'human resources',
      ),
      {
        minLength: 1,
        maxLength: 2,
      },
    )
    .map((words) => words.join(' and '))
  const keys = fc.uniqueArray(fc.constantFrom(...'1234567890*#'), { minLength: 2, maxLength: 9 })
  const menu = fc
    .tuple(
      keys,
      fc.array(label, { minLength: 9, maxLength: 9 }),
      fc.constantFrom('label_first' as const, 'key_first' as const),
    )
    .map(([list, labels, order]) => {
      const options = list.map((key, i) => ({ key, label: labels[i]!, action: { kind: 'repeat' as const } }))
      return { list, labels, text: announce(options, order) }
    })

  it('finds in what the service itself says what was meant, in both orders', () => {
    fc.assert(
      fc.property(
        menu,
        fc.integer({ min: 190, max: 400 }),
        fc.integer({ min: 460, max: 1500 }),
        ({ list, labels, text }, comma, sentence) => {
          for (const words of [wordsOfText(text), spoken(text, { comma, sentence })]) {
            const { options } = understand(words)
            expect(options.map(({ key }) => key)).toEqual(list)
            expect(options.map((option) => option.label)).toEqual(list.map((_, i) => labels[i]!.replace(/^the /, '')))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never fails, names no key twice, and points at words that were given', () => {
    const vocabulary =
      'press one two to for four star pound key or say sales enter your digit number dial 9 , . if then followed by the hang up'
    const word = fc.oneof(fc.constantFrom(...vocabulary.split(' ')), fc.string({ maxLength: 6 }))
    const heard = fc.array(
      fc.tuple(word, fc.nat(900), fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined })),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(heard, (list) => {
        let at = 0
        const words = list.map(([text, pause, confidence]) => {
          const fromMs = at
          at += 200 + pause
          return { word: text, fromMs, toMs: fromMs + 200, ...(confidence === undefined ? {} : { confidence }) }
        })
        const { options } = understand(words)
        expect(new Set(options.map(({ key }) => key)).size).toBe(options.length)
        for (const { key, confidence, words: range } of options) {
          expect(key).toMatch(/^[0-9*#]+$/)
          expect(confidence).toBeGreaterThan(0)
          expect(confidence).toBeLessThanOrEqual(1)
          expect(range.from).toBeLessThan(range.to)
          expect(range.to).toBeLessThanOrEqual(words.length)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('takes marks and pauses for the same', () => {
    expect(tokensOf(wordsOfText('For sales, press 1. Bye.')).map(({ after }) => after)).toEqual([0, 1, 0, 2, 2])
    expect(
      tokensOf(spoken('For sales, press 1. Bye.', { comma: 250, sentence: 600 })).map(({ after }) => after),
    ).toEqual([0, 1, 0, 2, 2])
  })

  it('believes less what was heard less well', () => {
    const words = (confidence: number) => wordsOfText('Press 1 for sales.').map((word) => ({ ...word, confidence }))
    expect(understand(words(0.1)).options[0]!.confidence).toBeLessThan(understand(words(0.9)).options[0]!.confidence)
  })
})

describe('keys that are said as numbers', () => {
  it.each([
    ['For sales, press twenty two. For parts, press forty four. For billing, press thirty.', '22 44 30'],
    ['Press twenty one for sales. Press seventeen for parts. Press ninety nine for billing.', '21 17 99'],
  ])('%s', (text, keys) => {
    expect(
      read(text)
        .options.map(({ key }) => key)
        .join(' '),
    ).toBe(keys)
  })
})
