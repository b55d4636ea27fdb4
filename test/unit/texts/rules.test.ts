import { describe, expect, it, test } from 'vitest'
import { readKeyword } from '../../../src/phone/keyword.ts'
import { chooseSender, hopsFor } from '../../../src/phone/text-rules.ts'

test.each([
  ['STOP', false, 'stop'],
  ['  stop! ', false, 'stop'],
  ['Stop all', false, 'stop'],
  ['ＳＴＯＰ', false, 'stop'],
  ['Unsubscribe.', false, 'stop'],
  ['please stop', false, undefined],
  ['stop by at nine', false, undefined],
  ['Start', true, 'start'],
  ['yes', false, undefined],
  ['yes', true, 'start'],
  ['help?', false, 'help'],
  ['', false, undefined],
] as const)('%j (out: %s) means %s', (body, isOut, word) => {
  expect(readKeyword(body, isOut)).toBe(word)
})

describe('the sender of a text that names none', () => {
  const numbers = ['+12025550100', '+447700900100', '+254711082100', '+14165550100']
  const none = { routes: [] }

  it.each([
    ['+254722000001', '+254711082100'],
    ['+12125550123', '+12025550100'],
    ['+14165550199', '+14165550100'],
    ['+4915112345678', '+12025550100'],
  ])('to %s is %s', (to, from) => {
    expect(chooseSender(none, numbers, to)).toBe(from)
  })

  it('is what the rule of the longest prefix says', () => {
    const routes = [
      { prefix: '+254', from: 'ACME' },
      { prefix: '+25473', from: '20880' },
    ]
    expect(chooseSender({ routes }, numbers, '+254722000001')).toBe('ACME')
    expect(chooseSender({ routes }, numbers, '+254733000001')).toBe('20880')
  })

  it('is nobody where nothing is rented', () => {
    expect(chooseSender(none, [], '+254722000001')).toBeUndefined()
  })
})

describe('the carriers of a text', () => {
  const routes = [{ prefix: '+254', carriers: [{ carrier: 'smpp', from: 'ACME' }, { carrier: 'africastalking' }] }]
  const parties = { from: '+12025550100', to: '+254722000001' }

  it('are those of the rule, each with its sender, but not those that are not there', () => {
    expect(hopsFor({ routes }, ['flowroute', 'smpp', 'africastalking'], parties)).toEqual([
      { carrier: 'smpp', from: 'ACME' },
      { carrier: 'africastalking', from: '+12025550100' },
    ])
    expect(hopsFor({ routes }, ['africastalking'], parties)).toHaveLength(1)
  })

  it('without a rule are the one that the sender is rented at, else the first', () => {
    const elsewhere = { ...parties, to: '+4915112345678' }
    expect(hopsFor({ routes }, ['flowroute', 'plivo'], { ...elsewhere, own: 'plivo' })).toMatchObject([
      { carrier: 'plivo' },
    ])
    expect(hopsFor({ routes }, ['flowroute', 'plivo'], { ...elsewhere, own: 'local' })).toMatchObject([
      { carrier: 'flowroute' },
    ])
    expect(hopsFor({ routes }, [], elsewhere)).toEqual([])
  })
})
