import { describe, expect, it } from 'vitest'
import { branchEnd } from '../../../../src/menu/understand/branch-end.ts'
import { type Understanding, understand } from '../../../../src/menu/understand/understand.ts'
import { vote } from '../../../../src/menu/understand/vote.ts'
import { keys, read, recognised, spoken } from './kit.ts'

describe('the verb of a menu', () => {
  it.each([
    ['select one for sales. lessons for billing. select three for support.', '1 2 3'],
    ['for sales, select one. for billing, last two. for support, select three.', '1 2 3'],
    ['select one for sales. select zero to reach the operator the left pound to go back to the main menu.', '1 0 #'],
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

  it.each([
    ['dial one two to activate your card. dial two for billing. dial three for claims.', '1 2 3', 'activate your card'],
    ['press two four sales. press three for billing. press five for claims.', '2 3 5', 'sales'],
    ['press one two for sales. press three four for billing. press five for claims.', '12 34 5', 'sales'],
  ])('one key of two digits alone is a key and the word behind it: %s', (prompt, expected, label) => {
    const { options } = recognised(prompt)

    expect(options.map(({ key }) => key).join(' ')).toBe(expected)
    expect(options[0]!.label).toBe(label)
  })

  it('of three digits alone are two keys', () => {
    const prompt = 'press one for billing. for roofing, press two zero three. press zero for help.'
    expect(keys(recognised(prompt))).toBe('1 2 3 0')
    expect(
      keys(recognised('press two one for sales. press three four for billing. press two zero three for help.')),
    ).toBe('21 34 203')
    expect(
      keys(recognised('dial one zero one for sales. dial one zero two for billing. dial two zero three for help.')),
    ).toBe('101 102 203')
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
