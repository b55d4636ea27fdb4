import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import type { Hearing } from '../../../../src/menu/scan/hearing.ts'
import { openKeys } from '../../../../src/menu/scan/plan.ts'
import { rootOf, stateOf } from '../../../../src/menu/scan/tree.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import { understand } from '../../../../src/menu/understand/understand.ts'
import { bounds, hearing } from './kit.ts'

const goodbye = (key: string) => hearing([key], 'Thank you for calling. Goodbye.', { hungUp: true })
const refused = (key: string, says: string) => hearing([key], `Sorry, that is not a valid option. ${says}`)
const open = (...hearings: readonly Hearing[]) => {
  const tree = growAll(hearings)
  return openKeys(tree, rootOf(tree)!, { ...bounds, probe: 'gaps' })
}

describe('keys of two digits', () => {
  it('leave no gaps, whatever stands beside them', () => {
    const says = 'To use it, press 3. For parts, press 4 9. For billing, press 7 9. For an operator, press 0.'

    expect(open(hearing([], says), ...['3', '49', '79', '0'].map(goodbye))).toEqual([])
  })

  it.each([
    ['to', '32'],
    ['for', '34'],
    ['if', '33'],
  ])('of which the second was taken for a little word are looked for by that: %s', (word, key) => {
    const says = `press three ${word} you pay press four nine for parts press seven nine for billing press zero for an operator`

    expect(open(hearing([], says), refused('3', says), ...['49', '79', '0'].map(goodbye))).toEqual([key])
  })

  it('of which the second was swallowed, are for what was heard of the first', () => {
    const says = 'press one six for online banking press six for plumbing press eight for customer service'
    const found = growAll([
      hearing([], says),
      ...['6', '8'].map((key) => refused(key, says)),
      ...['82', '62'].map(goodbye),
    ])

    const labels = rootOf(found)!.options.flatMap(({ key, label, from }) =>
      from === 'probed' ? `${key} ${label}` : [],
    )

    expect(labels).toEqual(['82 customer service', '62 plumbing'])
  })

  it('of which the first was swallowed by "say", begin with eight', () => {
    const says =
      'press or say three seven for records press or say four nine for parts press or say seven for repairs press or say nine for jobs'
    const heard = [hearing([], says), ...['37', '49'].map(goodbye), ...['7', '9'].map((key) => refused(key, says))]

    expect(open(...heard)).toEqual(['87'])
    expect(open(...heard, goodbye('87'))).toEqual(['89'])
    const found = rootOf(growAll([...heard, ...['87', '89'].map(goodbye)]))!.options
    expect(found.slice(-2).map(({ key, label }) => `${key} ${label}`)).toEqual(['87 repairs', '89 jobs'])
  })

  it('are rather behind one that is heard, than that a third digit is added to it', () => {
    const says = (last: string) => `press three nine to pay press nine four ${last} press seven one for parts`
    const tree = growAll([hearing([], says('for gift cards')), hearing([], says('four to use'))])

    expect(rootOf(tree)!.options.map(({ key }) => key)).toEqual(['39', '94', '71'])
  })

  it('stand beside one of three digits that is heard beside them', () => {
    const tree = growAll([hearing([], 'For sales, press 10. For room service, press 102. For the spa, press 20.')])

    expect(rootOf(tree)!.options.map(({ key }) => key)).toEqual(['10', '102', '20'])
  })

  it.each([
    ['', 'explored'],
    ['Thank you.', 'explored'],
    ['Goodbye.', 'refused'],
  ])('that are followed by "%s" and a hang-up are %s', (says, state) => {
    const menu = 'For sales, press 3 1. For parts, press 4 9. For billing, press 7 9.'
    const tree = growAll([hearing([], menu), hearing(['49'], says, { hungUp: true })])
    const root = rootOf(tree)!

    expect(stateOf(tree, root, root.options[1]!).kind).toBe(state)
  })

  it('that are followed by a goodbye are explored where others were refused aloud', () => {
    const menu = 'For sales, press 3 1. For parts, press 4 9. For billing, press 7 9.'
    const tree = growAll([hearing([], menu), hearing(['49'], 'Goodbye.', { hungUp: true }), refused('48', menu)])
    const root = rootOf(tree)!

    expect(stateOf(tree, root, root.options[1]!).kind).toBe('explored')
  })

  it('are lost before the first where nothing was heard for as long as one is said', () => {
    const words = (pauseMs: number) =>
      wordsOfText('Hello, you have reached Acme. Press 3 4 for billing. Press 5 5 for parts.').map((word, i) => {
        const fromMs = i * 300 + (i < 5 ? 0 : pauseMs)
        return { word: word.word, fromMs, toMs: fromMs + 280, confidence: 0.9 }
      })

    expect([300, 2500].map((pauseMs) => understand(words(pauseMs)).lost)).toEqual([0, 1])
  })

  it('are tried in place of one that is refused, and no keys of one digit', () => {
    const says = 'For orders, press 3. For parts, press 4 9. For billing, press 7 9. For help, press 0.'
    const tries: string[] = []
    const heard = [hearing([], says), refused('3', says), ...['49', '79', '0'].map(goodbye)]
    for (let [key] = open(...heard); key !== undefined && tries.length < 9; [key] = open(...heard)) {
      tries.push(key)
      heard.push(refused(key, says))
    }

    expect(tries.slice(0, 3)).toEqual(['33', '32', '34'])
    expect(tries.filter((key) => /^[1-9]$/.test(key))).toEqual([])
  })

  it('are tried in the order of the others, where those go up, with either digit swallowed', () => {
    const says =
      'select one for information select two nine for plumbing select three one to order select nine seven to pay'
    const tries: string[] = []
    const heard = [hearing([], says), refused('1', says), ...['29', '31', '97'].map(goodbye)]
    for (let [key] = open(...heard); key !== undefined && key !== '21'; [key] = open(...heard)) {
      tries.push(key)
      heard.push(refused(key, says))
    }
    const found = rootOf(growAll([...heard, goodbye('21')]))!

    expect(tries).toEqual(['14', '11', '12'])
    expect(found.options.at(-1)).toMatchObject({ key: '21', label: 'information' })
  })

  it('make one of one digit doubtful', () => {
    const says = 'For orders, press 3. For parts, press 4 9. For billing, press 7 9. For help, press 0.'
    const tree = growAll([hearing([], says), hearing(['3'], 'Goodbye.', { hungUp: true })])

    expect(stateOf(tree, rootOf(tree)!, rootOf(tree)!.options[0]!).kind).toBe('refused')
  })

  it('are none where the far end only says goodbye, however well they were heard, but for one that ends the call', () => {
    const says = 'For sales, press 3 1. For parts, press 4 9. To end this call, press 7 9.'
    const tree = growAll([
      hearing([], says),
      goodbye('49'),
      ...['31', '79'].map((key) => hearing([key], 'Goodbye.', { hungUp: true })),
    ])
    const root = rootOf(tree)!

    expect(root.options.map((option) => [option.key, stateOf(tree, root, option).kind])).toEqual([
      ['31', 'refused'],
      ['49', 'explored'],
      ['79', 'explored'],
    ])
  })
})

describe('a key that is refused', () => {
  const open3 = (label: string) => {
    const says = `For events, press one. For claims, press two. ${label}, press eight. For help, press zero.`
    const heard = [hearing([], says), refused('8', says), ...['1', '2', '0'].map(goodbye)]
    const tries: string[] = []
    for (let [key] = open(...heard); key !== undefined && tries.length < 5; [key] = open(...heard)) {
      tries.push(key)
      heard.push(refused(key, says))
    }
    return tries
  }

  it('was rather another digit, and a sign first where it is to lead back', () => {
    expect(open3('For legal questions').slice(0, 2)).toEqual(['3', '6'])
    expect(open3('To repeat these options').slice(0, 3)).toEqual(['*', '#', '3'])
  })
})
