import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BranchHeard, branchEnd } from '../../../../src/menu/understand/branch-end.ts'
import { promptLikeness, samePrompt, wordLikeness } from '../../../../src/menu/understand/likeness.ts'
import { orderKeys } from '../../../../src/menu/understand/order.ts'
import type { Understanding } from '../../../../src/menu/understand/understand.ts'
import { vote } from '../../../../src/menu/understand/vote.ts'
import { prompts, read } from './kit.ts'

describe('the order of keys', () => {
  const keys = (list: string, confidence = 0.9) =>
    list.split(' ').map((key) => ({ keys: key === '?' ? '' : key, confidence }))
  it.each([
    ['1 2 3', '1 2 3'],
    ['1 ? 3', '1 2 3'],
    ['? 2 3', '1 2 3'],
    ['1 2 ?', '1 2 3'],
    ['1 2 2 4', '1 2 3 4'],
    ['1 9 0', '1 9 0'],
    ['4 8 2', '4 8 2'],
    ['? 0', '? 0'],
    ['1 2 3 * 0', '1 2 3 * 0'],
    ['?', '?'],
  ])('%s is %s', (heard, meant) => {
    expect(
      orderKeys(keys(heard))
        .map((key) => key.keys || '?')
        .join(' '),
    ).toBe(meant)
  })

  it('does not change a key that was heard well, though it stands out of the row', () => {
    expect(orderKeys(keys('1 5 3', 0.9)).map((key) => key.keys)).toEqual(['1', '5', '3'])
    expect(orderKeys(keys('1 5 3', 0.4)).map((key) => key.keys)).toEqual(['1', '2', '3'])
  })

  it.each([
    ['9 2 3 4', '1 2 3 4'],
    ['9 2 3 1', '1 2 3 4'],
    ['4 9 6', '4 5 6'],
    ['9 1 2', '9 1 2'],
    ['9 2 4', '1 2 4'],
    ['8 2 3', '8 2 3'],
  ])('takes %s of a recogniser, keys that sound alike, for %s', (heard, meant) => {
    const recognised = keys(heard, 0.94).map((key) => ({ ...key, recognised: true }))
    expect(
      orderKeys(recognised)
        .map((key) => key.keys)
        .join(' '),
    ).toBe(meant)
    expect(orderKeys(keys(heard, 0.94))[0]?.keys).toBe(heard[0])
  })

  it.each(['2 3 1', '4 1 2 3', '1 4 2 3 0', '3 1 2 * #', '2 1'])(
    'leaves %s, one to the last in another order',
    (heard) => {
      for (const confidence of [0.94, 0.6]) {
        const recognised = keys(heard, confidence).map((key) => ({ ...key, recognised: true }))
        expect(
          orderKeys(recognised)
            .map((key) => key.keys)
            .join(' '),
        ).toBe(heard)
      }
    },
  )

  it.each([
    ['14 22 71', '14 22 71'],
    ['29 96 0 # *', '29 96 0 # *'],
    ['1 22 3 4', '1 2 3 4'],
    // One has two, and one has one: neither is odd.
    ['4 68', '4 68'],
  ])('takes %s, where some have two digits, for %s', (heard, meant) => {
    const recognised = keys(heard, 0.9).map((key) => ({ ...key, recognised: true }))
    expect(
      orderKeys(recognised)
        .map((key) => key.keys)
        .join(' '),
    ).toBe(meant)
  })

  it.each([
    ['1 2 3 4 4', '*'],
    ['1 2 3 1', '#'],
    ['1 2 3 # 4', '*'],
    ['1 2 3 5', '*'],
    ['1 2 3 # 1', '*'],
    ['1 2 20', '#'],
    // Zero is for something else already.
    ['1 2 0 0', '*'],
    // It stands in the row.
    ['1 2 3 4', '4'],
    ['1 2 9', '9'],
    // Nine often leads back, also behind zero, and where it alone has one digit.
    ['1 2 3 0 9', '9'],
    ['11 12 13 9', '9'],
    ['11 12 13 0 9', '9'],
  ])('takes the last key of %s, heard where it leads back, for %s', (heard, meant) => {
    const all = keys(heard)
    const ordered = orderKeys(
      all.map((key, i) => ({ ...key, recognised: true, role: i === all.length - 1 ? 'repeat' : 'branch' })),
    )

    expect(ordered.at(-1)?.keys).toBe(meant)
  })

  it('takes of two signs that lead back the one that was heard worse for the other', () => {
    const heard = keys('1 2 # #').map((key, i) => ({
      ...{ ...key, recognised: true, confidence: i < 3 ? 0.9 : 0.6 },
      role: i < 2 ? ('branch' as const) : i === 2 ? ('repeat' as const) : ('main_menu' as const),
    }))

    expect(orderKeys(heard).map((key) => key.keys)).toEqual(['1', '2', '#', '*'])
  })

  it('takes a second two that reaches somebody for zero', () => {
    const role = (i: number) => (i === 3 ? ('operator' as const) : ('branch' as const))
    const heard = keys('1 2 3 2').map((key, i) => ({ ...key, recognised: true, role: role(i) }))

    expect(orderKeys(heard).at(-1)?.keys).toBe('0')
  })

  it('leaves out a key that comes twice in a breath', () => {
    const heard = keys('1 2 3 4 4 5 6').map((key) => ({ ...key, recognised: true }))

    expect(orderKeys(heard).map((key) => key.keys)).toEqual(['1', '2', '3', '4', '', '5', '6'])
  })

  it('leaves a menu that is said twice as it is', () => {
    const labels = ['sales', 'support', 'billing']
    const heard = keys('1 2 3 1 2 3', 0.8).map((key, i) => ({ ...key, recognised: true, label: labels[i % 3]! }))

    expect(orderKeys(heard).map((key) => key.keys)).toEqual(['1', '2', '3', '1', '2', '3'])
  })

  it('weighs what several hearings had by the row', () => {
    const votes = (...heard: string[]) => heard.map((key) => ({ key, confidence: 0.9 }))
    const heard = [
      { keys: '4', confidence: 0.5, recognised: true, votes: votes('4', '1') },
      ...keys('2 3 0').map((key) => ({ ...key, recognised: true })),
    ]

    expect(orderKeys(heard).map((key) => key.keys)).toEqual(['1', '2', '3', '0'])
  })

  it.each([
    ['3 4 3 1 5 0', 2, '3 4 2 1 5 0'],
    ['1 2 3 5 1 0', 0, '4 2 3 5 1 0'],
  ])('takes %s, all in an order of their own but %i, which one hearing alone had, for %s', (heard, once, meant) => {
    const votes = (key: string) => [0, 1, 2].map(() => ({ key, confidence: 0.95 }))
    const recognised = keys(heard).map((key, i) => ({
      ...{ ...key, recognised: true },
      ...(i === once ? {} : { votes: votes(key.keys) }),
    }))

    expect(orderKeys(recognised).map((key) => key.keys)).toEqual(meant.split(' '))
  })

  it('leaves every list as long as it was, with confidences within bounds, and a good one as it is', () => {
    const heard = fc.array(
      fc.record({
        keys: fc.constantFrom('', ...'1234567890*#', '44'),
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(heard, (list) => {
        const ordered = orderKeys(list)
        expect(ordered).toHaveLength(list.length)
        for (const { confidence } of ordered) expect(confidence >= 0 && confidence <= 1).toBe(true)
      }),
    )
  })
})

describe('several hearings of one prompt', () => {
  const voted = (...texts: string[]) => vote(texts.map(read)).map(({ key, label }) => `${key} ${label}`.trim())

  it('find an option that one of them missed', () => {
    expect(
      voted(
        'press one for sales press three for billing',
        'press one for sales press two for support press three for billing',
      ),
    ).toEqual(['1 sales', '2 support', '3 billing'])
  })

  it('outvote a key that was misheard', () => {
    expect(
      voted(
        'For sales, press 1. For support, press 2. For parking, press 9.',
        'For sales, press 1. For support, press 2. For parking, press 5.',
        'For sales, press 1. For support, press 2. For parking, press 5.',
      ),
    ).toEqual(['1 sales', '2 support', '5 parking'])
  })

  it('choose the label that most agree on', () => {
    expect(voted('Press 4 for fax.', 'Press 4 for facts.', 'Press 4 for fax.')).toEqual(['4 fax'])
  })

  it('take a hearing that began late for what it has', () => {
    expect(voted('For support, press 2. For billing, press 3.', 'For sales, press 1. For support, press 2.')).toEqual([
      '1 sales',
      '2 support',
      '3 billing',
    ])
  })

  it.each([6, 7, 10])('are put together where one began behind %i options of the other', (missed) => {
    const labels = 'sales service billing parts rentals jobs directions claims refunds orders news'.split(' ')
    const options = labels
      .slice(0, missed + 1)
      .map((label, i) => `For ${label}, press ${i === 9 ? 0 : i === 10 ? '*' : i + 1}.`)
    const voted = vote([read(options.join(' ')), read(options.at(-1)!)])
    expect(voted.map(({ label }) => label)).toEqual(labels.slice(0, missed + 1))
  })

  it('are surer together than alone', () => {
    const text = 'press for for sms press five for facts'
    const [alone] = vote([read(text)])
    const [together] = vote([read(text), read(text)])
    expect(together!.confidence).toBeGreaterThan(alone!.confidence)
  })

  it('do not change what is heard the same each time', () => {
    for (const { text } of prompts) {
      const once = read(text)
      expect(vote([once, once, once]).map(({ key }) => key)).toEqual(once.options.map(({ key }) => key))
    }
  })

  it('tell which key others heard', () => {
    const [, , parking] = vote(
      [
        'For sales, press 1. For support, press 2. For parking, press 9.',
        'For sales, press 1. For support, press 2. For parking, press 5.',
        'For sales, press 1. For support, press 2. For parking, press 5.',
      ].map(read),
    )
    expect(parking!.otherKeys).toEqual([{ key: '9', weight: expect.closeTo(1 / 3, 1) }])
    expect(parking!.heard.map(({ hearing }) => hearing).sort()).toEqual([0, 1, 2])
  })
})

describe('whether two hearings are of one prompt', () => {
  it.each([
    [
      'For sales, press 1. For support, press 2. For billing, press 3.',
      'for sails press one for support press two for building press three',
    ],
    ['For sales, press 1. For support, press 2. For billing, press 3.', 'For support, press 2. For billing, press 3.'],
    ['Thanks for your query, goodbye.', 'thanks for your query good bye'],
  ])('%s / %s: yes', (a, b) => {
    expect(promptLikeness(read(a), read(b))).toBeGreaterThanOrEqual(samePrompt)
  })

  it('tells all known prompts apart', () => {
    const heard = prompts.map(({ text }) => read(text))
    const alike = heard.flatMap((a, i) =>
      heard
        .slice(i + 1)
        .filter((b) => promptLikeness(a, b) >= samePrompt)
        .map((b) => [a.text, b.text]),
    )
    // Two ways to ask for yes or no are one question.
    expect(alike).toEqual([['if yes press 1 if no press 2', 'press 1 for yes or 2 for no']])
    for (const each of heard) expect(promptLikeness(each, each)).toBeGreaterThanOrEqual(0.99)
  })

  it('counts words in common without the little ones', () => {
    expect(wordLikeness('speak with an operator', 'to speak to the operator')).toBe(1)
    expect(wordLikeness('sales', 'support')).toBe(0)
    expect(wordLikeness('', '')).toBe(0)
  })
})

describe('where a key has led', () => {
  const quiet: Omit<BranchHeard, 'understanding'> = { tones: [], music: false, hungUp: false, silentMs: 4000 }
  const menu = 'For sales, press 1. For support, press 2.'
  it.each<[string, string, Partial<BranchHeard>, string]>([
    ['a menu', menu, {}, 'menu'],
    ['a menu that may go on', menu, { silentMs: 1200 }, 'undecided'],
    ['a menu that hung up', menu, { hungUp: true, silentMs: 0 }, 'menu'],
    ['a menu heard before', menu, { known: [read('Hello.'), read(menu)] }, 'same'],
    ['digits wanted', 'Please enter your pin.', {}, 'entry'],
    ['a mailbox', 'Please leave a message after the tone.', {}, 'voicemail'],
    ['a mailbox by its beep', 'You have reached Ann.', { tones: ['beep'], silentMs: 0 }, 'voicemail'],
    ['a person', 'Good morning, this is Karen, how may I help you?', {}, 'person'],
    ['a queue', 'All our agents are busy. Please stay on the line.', {}, 'hold'],
    ['music', 'Thank you.', { music: true, silentMs: 0 }, 'hold'],
    ['somebody rung', 'Please hold while I transfer your call.', { tones: ['ringback'], silentMs: 500 }, 'ringing'],
    ['a transfer', 'Please hold while I transfer your call.', {}, 'transfer'],
    ['a busy line', '', { tones: ['busy'] }, 'busy'],
    ['a fax', '', { tones: ['fax'] }, 'fax'],
    ['a dead number', 'The number you have dialed is not in service.', { tones: ['sit'] }, 'refused'],
    ['a closed office', 'Our office is currently closed.', {}, 'closed'],
    ['a goodbye', 'Thank you for calling. Goodbye.', { hungUp: true, silentMs: 0 }, 'hung_up'],
    ['an announcement', 'Our address is 12 Elm Street.', {}, 'said'],
    ['an announcement, then the end', 'Our address is 12 Elm Street.', { hungUp: true, silentMs: 0 }, 'hung_up'],
    ['nothing yet', '', {}, 'undecided'],
    ['nothing for long', '', { silentMs: 20_000 }, 'dead'],
    ['nothing, then the end', '', { hungUp: true }, 'hung_up'],
  ])('%s', (_, text, over, kind) => {
    expect(branchEnd({ ...quiet, understanding: read(text), ...over }).kind).toBe(kind)
  })

  it('names the prompt that was heard before', () => {
    const end = branchEnd({ ...quiet, understanding: read(menu), known: [read('Hello.'), read(menu)] })
    expect(end).toEqual({ kind: 'same', prompt: 1, confidence: expect.closeTo(1, 5) })
  })
})

describe('a hole of one hearing', () => {
  const hearing = (...offered: readonly (readonly [key: string, label: string, gap?: true])[]): Understanding => ({
    ...{ kind: 'menu', kindConfidence: 0.9, sayable: [], stayOnLine: false, stayFor: '', extensions: false },
    ...{ text: '', recognised: true, lost: 0, labelsBehind: 0, heard: [] },
    options: offered.map(([key, label, gap]) => ({
      ...{ key, label, role: 'branch', confidence: gap ? 0.4 : 0.95, words: { from: 0, to: 1, fromMs: 0, toMs: 1 } },
      ...(gap ? { gap } : {}),
    })),
  })
  const keys = (...hearings: readonly Understanding[]): string =>
    vote(hearings)
      .map(({ key }) => key)
      .join(' ')
  const holed = hearing(['1', 'sales'], ['2', 'billing'], ['3', '', true], ['4', 'claims'])

  it('stays where no other heard what stands there', () => {
    expect(keys(holed)).toBe('1 2 3 4')
    expect(keys(holed, hearing(['1', 'sales'], ['2', 'billing']))).toBe('1 2 3 4')
  })

  it('is filled by what another heard, also where that is no key', () => {
    expect(keys(holed, hearing(['1', 'sales'], ['2', 'billing'], ['3', 'support'], ['4', 'claims']))).toBe('1 2 3 4')
    expect(keys(holed, hearing(['1', 'sales'], ['2', 'billing'], ['4', 'claims']))).toBe('1 2 4')
  })

  it('takes two words for one key where one hearing alone has two digits once', () => {
    expect(keys(hearing(['34', 'sales'], ['4', 'billing']), hearing(['3', 'sales'], ['4', 'billing']))).toBe('3 4')
  })

  it('gives no key its label: one that a single hearing has is better than none', () => {
    const labels = vote([hearing(['1', ''], ['2', 'billing']), hearing(['1', 'sales'], ['2', 'billing'])])

    expect(labels.map(({ label }) => label)).toEqual(['sales', 'billing'])
  })

  it('does not make a key of two digits out of the one that was heard of it', () => {
    expect(keys(hearing(['21', 'sales'], ['3', 'billing']), hearing(['2', 'sales'], ['37', 'billing']))).toBe('21 37')
  })
})
