import { describe, expect, it } from 'vitest'
import { branchEnd } from '../../../../src/menu/understand/branch-end.ts'
import { type Understanding, understand } from '../../../../src/menu/understand/understand.ts'
import { vote } from '../../../../src/menu/understand/vote.ts'
import { read, spoken } from './kit.ts'

/** As a recogniser tells it that is not sure of itself. */
const recognised = (text: string): Understanding =>
  understand(spoken(text, { comma: 250, sentence: 500 }).map((word) => ({ ...word, confidence: 0.8 })))
const keys = ({ options }: Understanding): string => options.map(({ key }) => key).join(' ')

describe('the verb of a menu', () => {
  it.each([
    ['select one for sales. lessons for billing. select three for support.', '1 2 3'],
    ['for sales, select one. for billing, last two. for support, select three.', '1 2 3'],
    ['dial one for sales. file two for billing. dial three for support.', '1 2 3'],
    [
      'select one for sales. select two for support. select clearance if this is a representative. select the pound key to go back to the main menu.',
      '1 2 0 #',
    ],
  ])('is known in what it was taken for: %s', (text, offered) => {
    expect(keys(recognised(text))).toBe(offered)
  })

  it('is looked for where it was heard, and where a recogniser was at work, alone', () => {
    expect(keys(recognised('for our last two branches, press one. for riding lessons, press two.'))).toBe('1 2')
    expect(keys(read('Select one for sales. Lessons for billing. Select three for support.'))).toBe('1 3')
  })
})

describe('keys that were not understood', () => {
  it('are counted, a clause behind the last key as well', () => {
    expect(recognised('for sales, press one. for support, press two.').lost).toBe(0)
    expect(recognised('for sales, press one. for support, press two. to repeat this menu princess.').lost).toBe(1)
    expect(read('For sales, press one. For support, press two. To repeat this menu princess.').lost).toBe(0)
    expect(
      recognised(
        'select one to speak to hear. the message to the hometown. unless nearest if this is an operator. select star to hear this menu again.',
      ).lost,
    ).toBe(2)
  })
})

describe('a clause before the first key that begins as a label does', () => {
  it.each([
    [
      'thank you for calling acme, for marriage. to book a visit, press five five. for the parts desk, press seven five.',
      1,
    ],
    ['thank you for calling acme. to book a visit, press five five. for the parts desk, press seven five.', 0],
    ['for your convenience, calls are recorded. for sales, press one. for support, press two.', 0],
    ['if you know your extension, you may dial it at any time. for sales, press one. for support, press two.', 0],
    ['welcome to acme. for marriage. press one for sales. press two for support.', 0],
  ])('is one whose key was lost, where labels stand before theirs: %s', (text, lost) => {
    expect(recognised(text).lost).toBe(lost)
  })
})

describe('a label that a hearing gives to two keys', () => {
  it('is that of the one, where another hearing has one of its own for the other', () => {
    const noisy = recognised(
      'press one to refill a prescription, press two. three for directions, press four for the warehouse.',
    )
    const whole = recognised(
      'press one to refill a prescription, press two for heating and cooling, press three for directions, press four for the warehouse.',
    )

    const labels = vote([noisy, whole]).map(({ key, label }) => `${key} ${label}`)

    expect(labels).toEqual(['1 refill a prescription', '2 heating and cooling', '3 directions', '4 warehouse'])
  })
})

describe('a key that a recogniser made two words of', () => {
  const heard = (doubtful: number): Understanding =>
    understand(
      spoken('press one to switch to record. press eight eight to begin again.', { comma: 250, sentence: 500 }).map(
        (word, i) => ({ ...word, confidence: i === 7 ? doubtful : 0.9 }),
      ),
    )

  it('is one where the first of them was hardly heard', () => {
    expect(keys(heard(0.1))).toBe('1 8')
    expect(keys(heard(0.9))).not.toBe('1 8')
  })
})

describe('words that are none', () => {
  const heard = (text: string): Understanding =>
    understand(
      spoken(text.replaceAll('~', ''), { comma: 250, sentence: 500 }).map((word, i) => ({
        ...word,
        confidence: text.split(' ')[i]!.startsWith('~') ? 0.05 : 0.8,
      })),
    )

  it('behind the verb are a key that was lost, which what it is for may tell', () => {
    const some = heard('for sales, press one. for billing, press two. to return to the main menu, press ~listen ~team.')

    expect(keys(some)).toMatch(/^1 2 [*#]$/)
    expect(some.options.at(-1)!.label).toBe('return to the main menu')
  })

  it('behind "press the" are one that was lost, too', () => {
    const some = heard(
      'to reach sales press two, for accounting press three, for a company directory press the ~owner, for an operator press zero.',
    )

    expect(some.options.map(({ key, label }) => `${key} ${label}`)).toEqual([
      ...['2 sales', '3 accounting', '4 company directory', '0 operator'],
    ])
  })

  it('are the key that they sound like, where the sign is said with "the" and "key"', () => {
    expect(
      keys(heard('press one for sales. press two for billing. press the phone ~three to return to the main menu.')),
    ).toBe('1 2 #')
    expect(keys(heard('press one for sales. press two for billing. press the fun ~team.'))).toBe('1 2 #')
  })

  it('before the first key that was heard, which is not the first, are one that was lost', () => {
    const front = 'thank you for calling ~omega insurance, '
    const rest = ', press two. for billing, press three.'

    expect(heard(`${front}for lab. ~eight ~for the manager${rest}`).lost).toBe(1)
    expect(heard(`${front}for the manager${rest}`).lost).toBe(0)
    expect(heard(`${front}for ~the manager, press one. for support${rest}`).lost).toBe(0)
    expect(heard(`${front}for ~the manager${rest} for support, press one.`).lost).toBe(0)
    expect(heard(`${front}~perhaps for ~the ~company, press zero to speak with a person.`).lost).toBe(1)
    expect(heard(`${front}press zero to speak with a person.`).lost).toBe(0)
    expect(heard(`${front}for. the manager${rest}`).lost).toBe(1)
    expect(
      heard('hello you have reached acme, ~hours and how. ~hours, dial one for sales, dial three for billing.').lost,
    ).toBe(1)
    expect(
      heard('hello you have reached acme, ~hours and how. ~hours, dial one for sales, dial two for billing.').lost,
    ).toBe(0)
  })

  it('are none at all where nobody speaks for so long behind the greeting', () => {
    const lost = (text: string, pauseMs: number): number => {
      const words = spoken(text, { comma: 250, sentence: 500 }).map((word, i) => {
        const ms = i < 5 ? 0 : pauseMs
        return { ...word, fromMs: word.fromMs + ms, toMs: word.toMs + ms, confidence: 0.8 }
      })
      return understand(words).lost
    }

    const gap = 'thank you for calling acme. select three for sales, select four for parts.'
    expect([lost(gap, 0), lost(gap, 2000)]).toEqual([0, 1])
    expect(lost('thank you for calling acme. select one for sales, select two for parts.', 2000)).toBe(0)
  })

  it('behind the last label are one that was lost where the verb comes once more', () => {
    const menu = 'press one to rent a truck. press two for sales. press zero to speak with a representative.'

    expect(heard(`${menu} press the pharmacy to hear this menu again.`).lost).toBe(1)
    expect(heard(`${menu} thank you for your call.`).lost).toBe(0)
  })

  it('by themselves between two options are another whose key was lost', () => {
    const menu = (noise: string): string =>
      `for sales, select one.${noise} to speak with a person, select zero. to repeat this, select star.`

    expect(heard(menu(' ~that,')).lost).toBe(1)
    expect(heard(menu('')).lost).toBe(0)
    expect(heard(menu(' ~or')).lost).toBe(0)
  })

  it('between two keys join none: a clause was lost there', () => {
    expect(heard('press one for sales. press two now and, three for the front desk.').options[1]?.label).not.toBe(
      'front desk',
    )
  })

  it('in front of a greeting make no label of it', () => {
    const [first] = heard(
      '~nancy for calling regional hospital, press one if you are a doctor, press two for surgery.',
    ).options

    expect(first?.label).toBe('you are a doctor')
  })
})

it('a label of which only its first word was heard is none', () => {
  const { options } = recognised(
    'press one for the school office. press four for say the pound. press five to find a store.',
  )

  expect(options.map(({ key, label }) => `${key} ${label}`.trim())).toEqual(['1 school office', '4', '5 find a store'])
})

describe('a label on the other side of its key than all others', () => {
  it('is rather that of a key that was lost', () => {
    const some = recognised('press one, for sales. for billing, press three. for support, press four.')
    const none = recognised('for sales, press one. for billing, press three. for support, press four.')

    expect([some.lost, none.lost]).toEqual([1, 0])
    expect(recognised('press one for sales. press two for billing. press three for support.').lost).toBe(0)
  })
})

describe('a hole in what was heard', () => {
  /** "press one for sales, press two for support" and so on, each clause a second and a half long. */
  const clauses = (...heard: readonly (string | undefined)[]): Understanding =>
    understand(
      heard.flatMap((clause, i) =>
        (clause ?? '')
          .split(' ')
          .filter((word) => word !== '')
          .map((word, k) => ({ word, fromMs: i * 1500 + k * 200, toMs: i * 1500 + k * 200 + 190, confidence: 0.8 })),
      ),
    )
  const [one, two, three, zero] = [
    'press one for sales',
    'press two for parking',
    'press three for billing',
    'press zero for help',
  ]

  it('is a key of the count, also the last of it', () => {
    expect(keys(clauses(one, two, undefined, 'press four for repairs', zero))).toBe('1 2 3 4 0')
    expect(keys(clauses(one, two, three, undefined, zero))).toBe('1 2 3 4 0')
    expect(keys(clauses(one, two, three, zero))).toBe('1 2 3 0')
  })

  /** Each clause begins at its second; the last word of one lasts for so long. */
  const at = (lastMs: number, ...timed: readonly (readonly [number, string])[]): string =>
    keys(
      understand(
        timed.flatMap(([second, clause]) =>
          clause.split(' ').map((word, k, all) => {
            const fromMs = second * 1000 + k * 300
            const short = k < all.length - 1 || second !== 2.4
            return { word, fromMs, toMs: fromMs + (short ? 290 : lastMs), confidence: 0.9 }
          }),
        ),
      ),
    )
  const [first, last] = [
    [0, 'for mobile phones press one'],
    [
      [6.8, 'for media relations press four'],
      [8.9, 'for claims and refunds press five'],
    ],
  ] as const

  it.each([
    ['nothing', 290],
    ['one long word', 2000],
  ])('in which the beginning of a label was heard, and then %s, is one as well', (_, lastMs) => {
    expect(at(lastMs, first, [2.4, 'for garden'], [5, 'for gas leaks press three'], ...last)).toBe('1 2 3 4 5')
    expect(at(lastMs, first, [2.4, 'for our gas and water leaks press three'], ...last)).toBe('1 3 4 5')
  })
})

describe('keys with holes of their own', () => {
  /** Half a second after each clause, and a third of one for each word. */
  const heard = (...clauses: readonly string[]): Understanding => {
    let at = 0
    return understand(
      clauses.flatMap((clause) => {
        const words = clause.split(' ').map((word, k) => {
          const fromMs = at + k * 330
          return { word, fromMs, toMs: fromMs + 320, confidence: 0.95 }
        })
        at += words.length * 330 + 500
        return words
      }),
    )
  }
  const [one, two] = ['for sales press one', 'for support press two']

  it.each([
    [[one, two, 'for all questions about your bill or your account press four'], '1 2 4'],
    [
      [one, two, 'if you are calling to report a power outage in your street press four', 'for jobs press five'],
      '1 2 4 5',
    ],
    [
      [
        'press one for sales',
        'press two for anything that has to do with your bill',
        'press four for parts',
        'press five for jobs',
      ],
      '1 2 4 5',
    ],
    [[one, two, 'for returns and exchanges of whatever you bought press four', 'for parts press seven'], '1 2 4 7'],
  ])('are not filled because a label is long: %s', (clauses, offered) => {
    expect(keys(heard(...clauses))).toBe(offered)
  })

  it('are kept where they have two digits each', () => {
    expect(keys(heard('for sales press one four', 'for support press two two', 'for parts press seven one'))).toBe(
      '14 22 71',
    )
  })

  it('count on behind the last of several', () => {
    expect(keys(heard('for sales press one or two', 'for support press three', 'for parts press four'))).toBe('1 2 3 4')
  })
})

describe('what ends a branch at once', () => {
  const heard = { tones: [], music: false, hungUp: false, silentMs: 0 }
  const end = (text: string, silentMs = 0) => branchEnd({ ...heard, understanding: read(text), silentMs }).kind

  it('is that somebody is about to be rung, and a mailbox that waits for its tone', () => {
    expect(end('Please hold while we transfer your call.')).toBe('transfer')
    expect(end('You have reached the mailbox of the company. Please leave a message after the tone.')).toBe('voicemail')
    expect(end('You have reached the mailbox of the company.')).toBe('undecided')
  })

  it('is a person who asks and waits, also one who was taken for a menu', () => {
    expect(end('Hello, this is Harper speaking. How can I help you?')).toBe('undecided')
    expect(end('Hello, this is Harper speaking. How can I help you?', 1200)).toBe('person')
    expect(read('Hello, please choose one for Steve King. How can I help you?').kind).toBe('human')
  })

  it('is no message that may go on', () => {
    expect(end('Our office is closed.', 1200)).toBe('undecided')
    expect(end('Sorry, that is not one of the options.', 3000)).toBe('refused')
  })
})

describe('keys of two digits', () => {
  it.each([
    [
      'for sales, press two one. for billing, press three four. for heating, press six for. for claims, press eight five.',
      '21 34 64 85',
    ],
    ['press two one for sales. press three four for billing. press for six for claims.', '21 34 46'],
    ['press two one for sales. press three four for billing. press six for for claims.', '21 34 64'],
  ])('are heard in what sounds like them where others have two: %s', (text, offered) => {
    expect(keys(recognised(text))).toBe(offered)
  })

  it('are less sure where one has a single digit', () => {
    const { options } = recognised('press two one for sales. press three four for billing. press six for claims.')
    expect(options.map(({ key, confidence }) => [key, confidence < 0.6])).toEqual([
      ['21', false],
      ['34', false],
      ['6', true],
    ])
  })
})

describe('keys in another order', () => {
  it('are kept where a sign behind them was taken for one of them', () => {
    const heard = recognised(
      'for repairs, press three. for inspections, press one. for heating, press two. to repeat these options, press star. to return to the main menu, press one.',
    )
    expect(keys(heard)).toBe('3 1 2 * #')
  })
})

describe('a label', () => {
  it('does not begin with what is left of a greeting', () => {
    const { options } = recognised(
      'for calling coastal airlines, for road repairs, press three. for parking, press two.',
    )
    expect(options.map(({ label }) => label)).toEqual(['road repairs', 'parking'])
  })

  it('does not begin with how to dial an extension', () => {
    const { options } = recognised(
      'your parties tension you may dial it at any time if you are a doctor press one. for parking, press two.',
    )
    expect(options.map(({ label }) => label)).toEqual(['you are a doctor', 'parking'])
  })

  it('is as doubtful as the worst of its words', () => {
    const heard = (worst: number): number | undefined => {
      const words = spoken('for road repairs, press one. for parking, press two.', { comma: 250, sentence: 500 })
      const doubtful = words.map((word) => ({ ...word, confidence: word.word === 'repairs' ? worst : 0.9 }))
      return understand(doubtful).options[0]!.labelConfidence
    }
    expect(heard(0.9)).toBeCloseTo(0.9)
    expect(heard(0)).toBeLessThan(0.5)
  })
})

it('a key that stands twice, the second time behind a higher one, is the one that it was taken for', () => {
  const menu = 'press one for sales. press two for parts. press three for billing. press five for repairs.'

  expect(keys(recognised(`${menu} press six for hours. press three for directions.`))).toBe('1 2 3 5 6 8')
})
