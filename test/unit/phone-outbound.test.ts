import { describe, expect, it } from 'vitest'
import { mayCallOut, type OutboundRule } from '../../src/phone/outbound.ts'

const ours = ['+15550100']

describe('calling out', () => {
  it.each<[OutboundRule, string, boolean]>([
    ['national', '+15550142', true],
    ['national', '+442079460000', false],
    ['international', '+442079460000', true],
    ['international', '+19005550100', false],
    ['none', '+15550142', false],
    [{ prefixes: ['+4420'] }, '+442079460000', true],
    [{ prefixes: ['+4420'] }, '+15550142', false],
    [{ prefixes: [] }, '+15550142', false],
  ])('%j to %s: %s', (rule, to, allowed) => {
    expect(mayCallOut(rule, to, ours).allowed).toBe(allowed)
  })

  it('says why', () => {
    expect(mayCallOut('national', '+442079460000', ours)).toMatchObject({ sentence: expect.stringContaining('+1') })
  })
})
