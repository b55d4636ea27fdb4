import { describe, expect, it } from 'vitest'
import { type Describing, type Said, saidOf } from '../../../src/sip/user-agent/description.ts'

/** The INVITE had an offer. */
const offered: Describing = { phase: 'offer_received', settled: false, reliability: 'none', described: false }
/** It had none: a delayed offer. */
const delayed: Describing = { ...offered, phase: 'stable' }

const said = (kind: 'offer' | 'again' | 'nothing', reliable = false): Said => ({ reliable, description: { kind } })
const answer = (final: boolean, reliable = final): Said => ({ reliable, description: { kind: 'answer', final } })

describe('what an answer to an INVITE says of the media (RFC 3261 §13.2.1, RFC 3262 §5)', () => {
  it.each<[string, 180 | 183 | 200, Describing, Said | undefined]>([
    ['a phone that rings says nothing new', 180, offered, said('again')],
    ['nor where its 180 is acknowledged', 180, { ...offered, reliability: 'required' }, said('nothing', true)],
    ['a 180 that may be acknowledged is not', 180, { ...offered, reliability: 'supported' }, said('again')],
    ['early media has an answer that is said again in the 2xx', 183, offered, answer(false)],
    ['and one for good where it is acknowledged', 183, { ...offered, reliability: 'supported' }, answer(true)],
    ['the same where it must be', 183, { ...offered, reliability: 'required' }, answer(true)],
    ['the 2xx has the answer', 200, offered, answer(true)],
    [
      'the 2xx has none where a 183 had it that was acknowledged',
      200,
      { phase: 'stable', settled: true, reliability: 'supported', described: true },
      said('nothing', true),
    ],
    ['an INVITE without an offer gets ours in the 2xx', 200, delayed, said('offer', true)],
    ['in no 183 that is not acknowledged', 183, delayed, said('again')],
    ['in the 183 where that is acknowledged', 183, { ...delayed, reliability: 'supported' }, said('offer', true)],
    ['who insists on 100rel gets no 180 before it', 180, { ...delayed, reliability: 'required' }, undefined],
    [
      'a second 183 has no second offer',
      183,
      { phase: 'offer_sent', settled: false, reliability: 'supported', described: true },
      said('nothing'),
    ],
    [
      'who insists on 100rel gets a 180 once the offer went out',
      180,
      { phase: 'offer_sent', settled: false, reliability: 'required', described: true },
      said('nothing', true),
    ],
    [
      'the 2xx has no second offer once the PRACK answered it',
      200,
      { phase: 'stable', settled: true, reliability: 'required', described: true },
      said('nothing', true),
    ],
  ])('%s', (_, status, at, expected) => {
    expect(saidOf(status, at)).toEqual(expected)
  })
})
