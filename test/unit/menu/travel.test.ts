import { describe, expect, it } from 'vitest'
import { stepOf, type TravelHeard, travelMove } from '../../../src/menu/travel.ts'
import { wordsOfText } from '../../../src/menu/understand/token.ts'

const main = 'Welcome to Acme. For sales, press 1. For support, press 2. For billing, press 3.'
const support = 'You have reached support. Press 1 for hardware. Press 2 for software.'

const heard = (text: string, over: Partial<TravelHeard> = {}): TravelHeard => ({
  words: wordsOfText(text),
  spoken: text !== '',
  tones: [],
  untranscribed: undefined,
  silentMs: 0,
  ms: 5000,
  hungUp: false,
  ...over,
})

describe('on the way through a menu', () => {
  const step = stepOf('2', main)

  it.each([
    ['nothing was said yet', '', 0],
    ['the greeting is said', 'Welcome to Acme.', 1200],
    ['another option is said', 'Welcome to Acme. For sales, press 1.', 1200],
  ])('it waits while %s', (_name, text, silentMs) => {
    expect(travelMove(step, undefined, heard(text, { silentMs }))).toEqual({ kind: 'wait' })
  })

  it('the key is pressed as soon as it is offered', () => {
    const said = heard('Welcome to Acme. For sales, press 1. For support, press 2.')

    expect(travelMove(step, undefined, said)).toEqual({ kind: 'press', key: '2', moved: false })
  })

  it('the key is pressed where the menu is known and the option was not understood', () => {
    const said = heard('Welcome to Acme. For sales, press 1. For support. For billing, press 3.', { silentMs: 3000 })

    expect(travelMove(step, undefined, said)).toEqual({ kind: 'press', key: '2', moved: false })
  })

  it('what has another key now is followed, once all was heard', () => {
    const said = 'Welcome to Acme. For billing, press 1. For sales, press 2. For support, press 3.'

    expect(travelMove(step, undefined, heard(said))).toEqual({ kind: 'wait' })
    expect(travelMove(step, undefined, heard(said, { silentMs: 3000 }))).toEqual({
      kind: 'press',
      key: '3',
      moved: true,
    })
  })

  it.each([
    ['another menu', 'Thank you for calling the city library. For opening hours, press 1. To renew a book, press 2.'],
    ['an announcement', 'We are closed today. Please call again tomorrow. Goodbye.'],
  ])('%s is told as a change', (_name, said) => {
    expect(travelMove(step, undefined, heard(said, { silentMs: 3000 }))).toMatchObject({
      kind: 'failed',
      code: 'changed',
      sentence: expect.stringContaining('key 2 for support'),
    })
  })

  const bank =
    'Welcome to Hudson Valley Bank. For credit cards, press 1. For mortgages, press 2. For lost or stolen cards, press 4. To speak with an operator, press 0.'

  it.each([
    ['mortgages', 'loans'],
    ['loans', 'claims'],
    ['directions', 'donations'],
    ['sales', 'billing'],
    ['repairs', 'careers'],
    ['new orders', 'old orders'],
    ['parking', 'careers'],
  ])('the key of %s is not pressed where it is for %s now', (was, is) => {
    const wanted = stepOf('2', bank.replace('mortgages', was))
    const said = heard(bank.replace('mortgages', is), { silentMs: 8000, ms: 20_000 })

    expect(travelMove(wanted, undefined, said)).toMatchObject({ kind: 'failed', code: 'changed' })
  })

  it.each([
    ['sales', 'sails'],
    ['mortgages', 'more gauges'],
    ['billing', 'building'],
    ['technical support', 'support'],
  ])('the key of %s is pressed where that is heard as %s', (was, is) => {
    const wanted = stepOf('2', bank.replace('mortgages', was))

    expect(travelMove(wanted, undefined, heard(bank.replace('mortgages', is)))).toMatchObject({
      kind: 'press',
      key: '2',
    })
  })

  it('the key of what is not offered any more is not pressed', () => {
    const said = heard(bank.replace('For mortgages, press 2. ', ''), { silentMs: 8000, ms: 20_000 })

    expect(travelMove(stepOf('2', bank), undefined, said)).toMatchObject({ kind: 'failed', code: 'changed' })
  })

  it('what was misheard is heard once more', () => {
    const wanted = stepOf('2', bank)
    const misheard = bank.replace('mortgages', 'modern pages')
    const first = wordsOfText(misheard)
    const after = first.at(-1)!.toMs + 4000
    const second = wordsOfText(bank).map((word) => ({ ...word, fromMs: word.fromMs + after, toMs: word.toMs + after }))

    expect(travelMove(wanted, undefined, heard(misheard, { silentMs: 3000 }))).toEqual({ kind: 'wait' })
    expect(
      travelMove(wanted, undefined, { ...heard('', { silentMs: 3000, ms: 30_000 }), words: [...first, ...second] }),
    ).toMatchObject({ kind: 'press', key: '2' })
  })

  it('of a menu whose first half was lost the second time is awaited', () => {
    const half = wordsOfText('For billing, press 3.')
    const after = half.at(-1)!.toMs + 4000
    const again = wordsOfText(main).map((word) => ({ ...word, fromMs: word.fromMs + after, toMs: word.toMs + after }))

    expect(travelMove(step, undefined, { ...heard('', { silentMs: 3000 }), words: half })).toEqual({ kind: 'wait' })
    expect(travelMove(step, undefined, { ...heard(''), words: [...half, ...again] })).toMatchObject({
      kind: 'press',
      key: '2',
    })
    expect(travelMove(step, undefined, { ...heard('', { silentMs: 8000 }), words: half })).toMatchObject({
      code: 'changed',
    })
  })

  it.each([
    ['all of it', '', 15_000, 'What was said was not understood: The recogniser is busy.'],
    [
      'a part of it',
      'We are here for you.',
      8000,
      'key 2 for support was not heard in "we are here for you"; not all was understood: The recogniser is busy.',
    ],
  ])(
    'a menu that could not be transcribed, %s, is not told as silence or as a change',
    (_name, said, silentMs, why) => {
      const untranscribed = 'The recogniser is busy.'

      expect(travelMove(step, undefined, heard(said, { untranscribed, silentMs: 3000 }))).toEqual({ kind: 'wait' })
      expect(travelMove(step, undefined, heard(said, { untranscribed, silentMs }))).toEqual({
        ...{ kind: 'failed', code: 'lost', sentence: why },
      })
    },
  )

  it.each([
    ['hung_up', { hungUp: true }, 'The far end hung up on the way'],
    ['busy', { tones: ['busy'] as const }, 'The line was busy'],
    ['lost', { ms: 120_000 }, 'No menu was heard for two minutes'],
  ])('what ends with %s tells also why not all was understood', (code, over, sentence) => {
    expect(travelMove(step, undefined, heard('', { ...over, untranscribed: 'The recogniser is busy.' }))).toEqual({
      ...{ kind: 'failed', code, sentence: `${sentence}; not all was understood: The recogniser is busy.` },
    })
  })

  it('a menu that is known to talk for longer than that is heard out, and judged where it goes on for much longer', () => {
    const news = Array.from({ length: 200 }, (_, i) => `word${i}`).join(' ')
    const long = stepOf('2', `${news}. ${main}`)

    expect(travelMove(long, undefined, heard(news, { ms: 50_000 }))).toEqual({ kind: 'wait' })
    expect(travelMove(long, undefined, heard(news, { ms: 100_000 }))).toMatchObject({ code: 'changed' })
    expect(travelMove(step, undefined, heard(news, { ms: 50_000 }))).toMatchObject({ code: 'changed' })
  })

  it('a key that was not heard is pressed again', () => {
    const next = stepOf('1', support)

    expect(travelMove(next, step, heard(main, { silentMs: 3000 }))).toEqual({ kind: 'again' })
    expect(travelMove(next, step, heard(support))).toMatchObject({ kind: 'press', key: '1' })
  })

  it.each([
    ['hung_up', { hungUp: true }],
    ['busy', { tones: ['busy'] as const }],
    ['silent', { silentMs: 15_000 }],
    ['lost', { ms: 120_000 }],
  ])('it ends with %s', (code, over) => {
    expect(travelMove(step, undefined, heard('', over))).toMatchObject({ kind: 'failed', code })
  })

  it('a menu that nobody described is heard to its first pause, whatever its words are', () => {
    const blind = stepOf('4', undefined)

    const without = (over: Partial<TravelHeard>): TravelHeard => heard('', { spoken: true, ...over })
    expect(travelMove(blind, undefined, without({}))).toEqual({ kind: 'wait' })
    expect(travelMove(blind, undefined, without({ silentMs: 1200 }))).toMatchObject({ kind: 'press', key: '4' })
    expect(travelMove(blind, undefined, without({ spoken: false, silentMs: 1200 }))).toEqual({ kind: 'wait' })
  })

  it('is quoted once, however often it was said', () => {
    const said = 'Thank you for calling the city library. For opening hours, press 1. To renew a book, press 2. '

    expect(travelMove(step, undefined, heard(said.repeat(2), { silentMs: 8000 }))).toMatchObject({
      sentence: expect.stringMatching(
        /is not offered in "thank you for calling the city library for opening hours press \S+ to renew a book press \S+"\.$/,
      ),
    })
  })

  it('a menu that says itself without a pause is judged in the end', () => {
    const said = 'For opening hours, press 1. To renew a book, press 2. '

    expect(travelMove(step, undefined, heard(said.repeat(6), { ms: 45_000 }))).toMatchObject({ code: 'changed' })
  })
})
