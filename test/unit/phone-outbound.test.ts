import { describe, expect, it } from 'vitest'
import { mayCallOut, type OutboundRule } from '../../src/phone/outbound.ts'

const ours = ['+15550100']

describe('calling out', () => {
  it.each<[OutboundRule, string, boolean]>([
    ['national', '+15550142', true],
    ['national', '+442079460000', false],
    ['national', '+12125550142', true],
    ['national', '+18765551234', false],
    ['national', '+18095551234', false],
    ['national', '+112', false],
    ['national', '+19005550100', false],
    ['international', '+442079460000', true],
    ['international', '+19005550100', false],
    ['none', '+15550142', false],
    [{ prefixes: ['+4420'] }, '+442079460000', true],
    [{ prefixes: ['+4420'] }, '+15550142', false],
    [{ prefixes: [] }, '+15550142', false],
  ])('%j to %s: %s', (rule, to, allowed) => {
    expect(mayCallOut(rule, to, ours).allowed).toBe(allowed)
  })

  it.each([
    ['+12125550142', true],
    ['+18765551234', false],
    ['+15550142', false],
  ])('with a number of New York, national is the United States: %s', (to, allowed) => {
    expect(mayCallOut('national', to, ['+12125550100']).allowed).toBe(allowed)
  })

  it('says why', () => {
    expect(mayCallOut('national', '+442079460000', ours)).toMatchObject({ sentence: expect.stringContaining('+1') })
  })
})
