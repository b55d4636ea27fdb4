import { describe, expect, it } from 'vitest'
import { type Understanding, understand } from '../../../../src/menu/understand/understand.ts'
import { vote } from '../../../../src/menu/understand/vote.ts'
import { heardAs, offered, spoken, votedAs } from './kit.ts'

const heard = heardAs(0.4)
const voted = votedAs(0.4)

describe('a verb that is not that of the menu', () => {
  it('names no key where it was hardly heard within a label', () => {
    const { options } = heard(
      'hello you have reached acme, ~choose five for ~complaints select one, for banking select two. for parking select three.',
    )
    expect(options.map(({ key }) => key)).toEqual(['1', '2', '3'])
  })

  it('names none where neither it nor the key was heard', () => {
    const menu =
      'you for calling questions ?dial the ~pound, press one one for sales, press two seven for parts, press four three for jobs'

    expect(offered(heard(menu))).toBe('11 sales; 27 parts; 43 jobs')
    expect(offered(heard(menu.replace('~', '')))).toContain('#')
  })

  it.each([
    ['for sales, ~push one. for banking, press two. for parking, press three.', '1 sales; 2 banking; 3 parking'],
    ['~push one for sales. press two for banking. press three for parking.', '1 sales; 2 banking; 3 parking'],
    [
      'choose five for complaints. press six for banking. press seven for parking.',
      '5 complaints; 6 banking; 7 parking',
    ],
  ])('names one where a label of its own stands beside it, or it was heard: %s', (text, options) => {
    expect(offered(heard(text))).toBe(options)
  })
})

describe('a label that goes on in words that were hardly heard', () => {
  it.each([
    'press one for billing. press two for savings accounts, ~respirators ~used to speak with a representative.',
    'press one for billing. press two for savings accounts, to ~hear ~assistance listen representative.',
  ])('ends with its first pause: %s', (text) => {
    const { options, lost } = heard(text)

    expect([options.map(({ label }) => label), lost]).toEqual([['billing', 'savings accounts'], 1])
  })

  it.each([
    ['press one to start, stop, or ~move your service. press two for billing.', 'start stop or move your service'],
    [
      'press one for billing, payments, and to ask for a refund. press two for sales.',
      'billing payments and to ask for a refund',
    ],
  ])('is whole where it only lists: %s', (text, label) => {
    expect(heard(text).options[0]!.label).toBe(label)
  })
})

describe('a label that is nothing but a key', () => {
  it('is none', () => {
    expect(offered(heard('press one for sales. press five to ~zero. press six for ~pound.'))).toBe('1 sales; 5; 6')
  })

  it('is that of another hearing', () => {
    const other = 'press one for sales. press five to ~hear our ~hours.'

    expect(voted('press one for sales. press five to zero.', 'press one for sales. press five to zero.', other)).toBe(
      '1 sales; 5 hear our hours',
    )
  })
})

it('a label that breaks off is that of a hearing which has more of it', () => {
  const broken = 'for sales, press one. to open an, press two.'
  const whole = 'for sales, press one. to open a ?new ?client, press two.'

  expect(voted(broken, whole)).toBe('1 sales; 2 open a new client')
})

it('a label of which only "if you are" was heard is that of another hearing', () => {
  const broken = 'press two, if you are. a wacko press three. to check your balance, press four.'
  const whole =
    'to report ?an outage, press two. if you are a landlord, press three. to check your balance, press four.'
  const none = 'press two. if you are a landlord, press three. to check your balance, press four.'

  expect(voted(broken, whole, none)).toBe('2 report an outage; 3 you are a landlord; 4 check your balance')
})

it('a label that breaks off is no surer than its words', () => {
  const sure = (text: string): number | undefined => heard(text).options[0]?.labelConfidence

  expect(sure('to open an, press two. for parts, press three.')).toBeCloseTo(0.2, 5)
  expect(sure('to ~open an, press two. for parts, press three.')).toBeLessThan(0.1)
})

it('a label that alone begins neither with "for" nor with "to" is doubtful', () => {
  const doubts = (text: string): readonly boolean[] =>
    heard(text).options.map(({ labelConfidence = 1 }) => labelConfidence < 0.5)

  expect(doubts('for therapy, dial one. produration, dial two. for banking, dial three.')).toEqual([false, true, false])
  expect(doubts('therapy, dial one. directions, dial two. for banking, dial three.')).toEqual([false, false, false])
  // Of two it may be chance.
  expect(doubts('for therapy, dial one. produration, dial two.')).toEqual([false, false])
})

it.each([
  'for sales, press one. for support, press two. all other callers, press three.',
  'to find out where we are, press one. to hear our hours, press two. to learn who we are, press three.',
])('a label is not doubtful for how it is worded: %s', (text) => {
  expect(heard(text).options.map(({ labelConfidence = 1 }) => labelConfidence > 0.5)).toEqual([true, true, true])
})

it('a key of two digits beside none of one is what was heard', () => {
  const lost = 'for car insurance, select forces. for surgery, select nine four. to speak with somebody, select zero.'

  expect(heard(lost).options.map(({ key }) => key)).toEqual(['94', '0'])
})

it('a key behind "or press" that was hardly heard is one of its own, whose label is lost', () => {
  const noisy = 'to change your address press one or two or ~press three. for returns, press four.'

  expect(offered(heard(noisy))).toBe('1 change your address; 2 change your address; 3; 4 returns')
  expect(offered(heard(noisy.replace('~', '')))).toContain('3 change your address')
})

it('"or say" behind a verb is known in "four say"', () => {
  const menu = 'press four say one for banking. press four say four for power outages. press four for parking.'

  expect(offered(heard(menu))).toMatch(/^1 banking; 4 power outages/)
})

it('of two labels that are as doubtful the one is chosen that is usual on the telephone', () => {
  const hearing = (label: string, usual: number): Understanding => {
    const words = spoken(`to ${label}, press one. for sales, press two.`, { comma: 250, sentence: 500 })
    const count = label.split(' ').length
    return understand(
      words.map((word, i) => ({
        ...word,
        confidence: i > 0 && i <= count ? 0.3 : 0.9,
        usual: i <= count ? usual : -1,
      })),
    )
  }
  const labels = (...hearings: readonly Understanding[]): string | undefined => vote(hearings)[0]?.label

  expect(labels(hearing('close an account', -0.8), hearing('clothes any sound', -3))).toBe('close an account')
  expect(labels(hearing('clothes any sound', -3), hearing('close an account', -0.8))).toBe('close an account')
})

it('what "key" behind a sign was taken for is no label, and moves none', () => {
  const menu =
    'thank you for calling the city of acme dial one, for banking dial two, for claims dial three, to hear these choices again dial the pound ~cube.'

  expect(
    heard(menu)
      .options.slice(1)
      .map(({ key, label }) => `${key} ${label}`),
  ).toEqual(['2 banking', '3 claims', '# hear these choices again'])
})
