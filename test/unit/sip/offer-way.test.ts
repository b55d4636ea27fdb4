import { describe, expect, it } from 'vitest'
import { type Offering, offerWay } from '../../../src/sip/user-agent/offer-way.ts'

describe('what carries an offer of ours (RFC 3261 §14.1, RFC 3311 §5.1)', () => {
  const early: Offering = {
    state: 'early',
    settled: true,
    accepting: false,
    unacknowledged: false,
    allowsUpdate: true,
  }
  const up: Offering = { ...early, state: 'confirmed' }

  it.each<[string, Offering, 'INVITE' | 'UPDATE' | undefined]>([
    ['nothing before there is a dialog', { ...early, state: undefined }, undefined],
    ['UPDATE in an early dialog whose media is settled', early, 'UPDATE'],
    ['nothing while the first offer has no answer', { ...early, settled: false }, undefined],
    ['nothing while our answer waits for its PRACK', { ...early, unacknowledged: true }, undefined],
    ['nothing to who takes no UPDATE', { ...early, allowsUpdate: false }, undefined],
    ['a re-INVITE once the call is up', up, 'INVITE'],
    ['a re-INVITE to who takes no UPDATE', { ...up, allowsUpdate: false }, 'INVITE'],
    ['a re-INVITE again after an offer that failed', { ...up, settled: false }, 'INVITE'],
    ['nothing while our 2xx waits for its ACK', { ...up, accepting: true }, undefined],
    ['nothing after the end', { ...up, state: 'terminated' }, undefined],
  ])('%s', (_, offering, way) => {
    expect(offerWay(offering)).toBe(way)
  })
})
