import { describe, expect, it } from 'vitest'
import { heardAs, keys, offered, votedAs } from './kit.ts'

const heard = heardAs(0.3)
const voted = votedAs(0.3)

describe('hearings of one prompt that disagree', () => {
  const plain = 'dial five for tickets. dial one to pay. dial two for parts.'

  it('have no key that one of them made of a noise, and nothing that it is for', () => {
    expect(voted(`reached ~the dial ?eight to. ${plain}`, plain, plain)).toBe('5 tickets; 1 pay; 2 parts')
  })

  it('have none that a noise was taken for in one, where others have that key for something, though they lost others', () => {
    const menu = 'press one for sales. press two for parts. press ~lake. press five for tickets.'

    expect(voted(`press ?five. press ~two. ${menu}`, menu, menu)).toContain('5 tickets')
    expect(voted(`press five. ${menu}`, menu, menu)).toMatch(/^1 sales; /)
  })

  it('are for what one is sure of, rather than for what two are in doubt of alike', () => {
    const menu = (label: string) => `press one for ${label}. press two for parts.`

    expect(voted(menu('?tours'), menu('?tours'), menu('repairs'))).toBe('1 repairs; 2 parts')
    expect(voted(menu('tours'), menu('tours'), menu('repairs'))).toBe('1 tours; 2 parts')
  })

  it('have one that the others lost', () => {
    const menu = (third: string) => `press two for sales. press four for parts. ${third} press six to pay.`
    const lost = menu('press ~lake.')

    expect(voted(menu('press five.'), lost, lost)).toContain('4 parts; 5')
  })

  it('have one that stands in its row, though what it is for was lost', () => {
    const menu = (second: string) => `press one for sales. ${second}press three for parts. press four to pay.`

    expect(voted(menu('press two. '), menu(''), menu(''))).toBe('1 sales; 2; 3 parts; 4 pay')
  })

  it('have one that was said behind the place where the others were cut off', () => {
    const cut = 'press one for sales. press two for parts.'

    expect(voted(`${cut} press seven. press eight to pay.`, cut, cut)).toBe('1 sales; 2 parts; 7; 8 pay')
  })

  it('have a key once that one of them heard twice in a breath', () => {
    const stutters = 'sales, for plumbing, select ?one ?select ?four ?select ?four ?so to hear this again, select star'
    const clear = 'sales, for plumbing, select one, to get a quote, select four, to hear this again, select star'

    expect(heard(stutters).options).toHaveLength(3)
    expect(voted(stutters, clear, clear)).toBe('1 plumbing; 4 get a quote; * hear this again')
  })

  it('lay a key beside the same rather than beside one that was taken for it', () => {
    const twice = 'for plumbing, press one. ?press ?four, or ?so. ?press ?four. to hear this again, press star.'
    const clear = 'for plumbing, press one. to get a quote, press four. to hear this again, press star.'

    expect(voted(twice, clear, clear)).toContain('4 get a quote')
  })

  it('have them on the side on which one hearing has each key with its label, where one lost the first', () => {
    const rest = (third: string, last: string) =>
      `select one, for test results select three, ${third} select five, for delivery, select six, to speak to an operator select zero, to hear this menu again select star, to go back to the main menu select ${last}`
    const begun = rest('for the ?nurse', '?five')
    const whole = `to change your address ${rest('for careers', 'pound')}`
    const all =
      '1 change your address; 3 test results; 5 careers; 6 delivery; 0 operator; * hear this menu again; # go back to the main menu'

    expect([voted(begun, whole), voted(whole, begun)]).toEqual([all, all])
  })

  it('have their labels on one side of their keys', () => {
    const clear = 'for property taxes, press one. for catering, press two. for parts, press three. to pay, press four.'
    const cut = '~press ~five for ~lessons press one, for catering press two, for parts press three, to pay press four.'

    expect(voted(clear, cut, clear)).toBe('1 property taxes; 2 catering; 3 parts; 4 pay')
  })

  it('are as mistaken as one where each took a key for the same', () => {
    const menu =
      'press four eight for sales. press six two for parts. press zero for an operator. press one to go back.'

    expect(voted(menu, menu, menu)).toBe(voted(menu))
  })

  it('are right about a digit that they all heard, whatever the row of one would make of it', () => {
    const menu = (seven: string) =>
      `for a job, press one. for power, press two. for parks, press three. for games, press four. for schools, press five. to cancel, press ${seven}. for an operator, press zero.`

    expect(voted(menu('?seven'), menu('seven'), menu('?seven'))).toContain('5 schools; 7 cancel')
  })

  it('are weighed by what each heard, not by what its own row made of that', () => {
    const menu = (last: string) =>
      `for the pharmacy, press one. for sales, press three. for an operator, press zero. to go back to the main menu, press ${last}.`

    expect(voted(menu('?five'), menu('one'))).toContain('# go back to the main menu')
  })
})

it('a menu that puts its last labels before their keys has them there, however often it is heard', () => {
  const menu = 'press one for sales press two for support press three for billing to speak to an operator press zero'
  const said = `${menu} to repeat this menu press nine`

  expect(voted(said, said, said)).toBe('1 sales; 2 support; 3 billing; 0 operator; 9 repeat this menu')
})

it('a key of two digits that was heard well is rather it than one of which a digit was hardly heard', () => {
  const menu = (key: string) => `press four two for claims. press seven one to pay. press ${key} to request a catalog.`

  expect(voted(menu('?eight eight'), menu('six eight'))).toContain('68 request')
})

describe('what leads back', () => {
  it('has a sign rather than the digit that comes next, where five was heard', () => {
    const menu = 'press seven for sales. press eight for parts. press five to hear this menu again.'

    expect(keys(heard(menu))).toBe('7 8 *')
  })

  it('has nine where that was heard', () => {
    expect(offered(heard('press one for sales. press two for parts. press nine to hear this menu again.'))).toBe(
      '1 sales; 2 parts; 9 hear this menu again',
    )
  })
})
