import { describe, expect, it } from 'vitest'
import { readCallerId, readChannel } from '../../../src/apps/spool/channel.ts'
import { readContexts, useOf } from '../../../src/apps/spool/contexts.ts'

describe('channels of call files', () => {
  it.each([
    ['PJSIP', '1001', { kind: 'name', name: '1001' }],
    ['sip', '1001', { kind: 'name', name: '1001' }],
    ['PJSIP', '15550100@pstn', { kind: 'number', number: '15550100', beyond: 'pstn' }],
    ['PJSIP', 'pstn/sip:15550100@192.0.2.1:5070', { kind: 'number', number: '15550100', beyond: 'pstn' }],
    ['SIP', 'flowroute/18002223333', { kind: 'number', number: '18002223333', beyond: 'flowroute' }],
    ['DAHDI', 'g1/5551234', { kind: 'number', number: '5551234', beyond: 'g1' }],
    ['Local', '1001@internal/n', { kind: 'place', extension: '1001', context: 'internal' }],
    ['Local', '1001', { kind: 'place', extension: '1001', context: 'default' }],
  ])('%s/%s', (technology, destination, callee) => {
    expect(readChannel(technology, destination)).toEqual(callee)
  })

  it.each([
    ['Motif', 'a/b'],
    ['PJSIP', '1001&PJSIP/1002'],
    ['PJSIP', '@pstn'],
    ['SIP', 'pstn/'],
    ['PJSIP', 'a@b@c'],
    ['Local', '@internal'],
  ])('%s/%s names nobody', (technology, destination) => {
    expect(readChannel(technology, destination)).toMatchObject({ kind: 'none' })
  })

  it.each([
    ['"Test User" <5555555555>', 'Test User', '5555555555'],
    ['Test User <5555555555>', 'Test User', '5555555555'],
    ['<+15550100>', undefined, '+15550100'],
    ['15550100', undefined, '15550100'],
    ['Ann', 'Ann', undefined],
    ['"A \\"B\\" <1> C" <2>', 'A "B" <1> C', '2'],
    ['"Ann" <>', 'Ann', undefined],
  ])('the caller id %s', (text, name, number) => {
    expect(readCallerId(text)).toEqual({ name, number })
  })
})

describe('contexts', () => {
  it('lead to the site, menus, flows, forwards and mailboxes; an extension of its own wins', () => {
    const contexts = readContexts('internal=site, survey=menu:Our survey,support=flow:flo_1,support/100=voicemail:Ann')
    if ('wants' in contexts) throw new Error(contexts.wants)
    expect(useOf(contexts, 'Internal', '1001')).toEqual({ kind: 'site' })
    expect(useOf(contexts, 'survey', 's')).toEqual({ kind: 'menu', name: 'Our survey' })
    expect(useOf(contexts, 'support', '100')).toEqual({ kind: 'voicemail', name: 'Ann' })
    expect(useOf(contexts, 'support', '101')).toEqual({ kind: 'flow', name: 'flo_1' })
    expect(useOf(contexts, 'other', 's')).toBeUndefined()
  })

  it.each(['', 'a', 'a=', 'a=b', 'a=menu:', 'a=site,a=site', 'a b=site', 'a/b/c=site'])('%j is refused', (text) => {
    expect(readContexts(text)).toHaveProperty('wants')
  })
})
