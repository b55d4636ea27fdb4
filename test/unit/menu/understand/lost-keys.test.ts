import { describe, expect, it } from 'vitest'
import { type Understanding, understand } from '../../../../src/menu/understand/understand.ts'
import { keys, read, recognised, spoken } from './kit.ts'

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

it('a word that lasts two seconds lies over a clause that was lost', () => {
  const said = (ms: number): Understanding => {
    const words = spoken('press one for a bill that, press pound to go back', { comma: 250, sentence: 500 })
    const at = words.findIndex(({ word }) => word.startsWith('that'))
    return understand(
      words.map((word, i) => {
        const [from, to] = [i > at ? ms : 0, i >= at ? ms : 0]
        return { ...word, confidence: 0.9, fromMs: word.fromMs + from, toMs: word.toMs + to }
      }),
    )
  }

  expect(said(1800).lost).toBe(1)
  expect(said(0).lost).toBe(0)
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

    const { options } = heard(`${menu} press the pharmacy to hear this menu again.`)

    expect(options.at(-1)).toMatchObject({ key: '*', label: 'hear this menu again', confidence: 0.5 })
    expect(heard(`${menu} press pharmacies to call us again.`).lost).toBe(1)
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

it.each(['press any key to continue.', 'you may press your selection at any time.', 'please press a key now.'])(
  'words behind the last option that name no key are none: %s',
  (rest) => {
    expect(recognised(`press one for sales. press two for support. ${rest}`).lost).toBe(0)
  },
)

describe('a time in which nothing was understood', () => {
  const said = (...pausesMs: readonly number[]): Understanding => {
    const words = spoken('press one to speak with sales, press two for parts, press zero for an operator', {
      comma: 300,
      sentence: 500,
    })
    const behind = ['with', 'sales,', 'parts,']
    return understand(
      words.map((word, i) => {
        const by = behind.reduce(
          (sum, one, k) => sum + (words.findIndex(({ word: w }) => w === one) < i ? (pausesMs[k] ?? 0) : 0),
          0,
        )
        return { ...word, confidence: 0.9, fromMs: word.fromMs + by, toMs: word.toMs + by }
      }),
    )
  }

  it('is a clause that was lost, where it is the only one', () => {
    expect(said(1600).lost).toBe(1)
  })

  it('is a pause where a menu makes one between all of its options, or a short one', () => {
    expect(said(0, 1900, 1900).lost).toBe(0)
    expect(said(1400).lost).toBe(0)
  })
})
