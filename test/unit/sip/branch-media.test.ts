import { describe, expect, it } from 'vitest'
import type { LocalMedia } from '../../../src/sip/sdp/media.ts'
import type { MediaDescription } from '../../../src/sip/sdp/media-description.ts'
import { negotiate, newNegotiation } from '../../../src/sip/sdp/offer-answer.ts'
import { type BranchAnswer, type BranchMedia, hearAnswer } from '../../../src/sip/user-agent/branch-media.ts'

const ours: LocalMedia = { address: '192.0.2.1', port: 4000, codecs: ['PCMU', 'PCMA'] }

const make = (local: LocalMedia): MediaDescription => {
  const step = negotiate(newNegotiation('2'), { kind: 'make_offer', local, direction: 'sendrecv' })
  if (step.kind === 'fault' || step.description === undefined) throw new Error('there is no description')
  return step.description
}
/** What the other side says, at a port of its own. */
const at = (port: number): MediaDescription => make({ address: '192.0.2.2', port, codecs: ['PCMA'] })
const useless: MediaDescription = { ...at(1), codecs: [] }

/** The INVITE has our offer. */
const offering = (): BranchMedia => {
  const step = negotiate(newNegotiation('1'), { kind: 'make_offer', local: ours, direction: 'sendrecv' })
  if (step.kind === 'fault') throw new Error(step.sentence)
  return { negotiation: step.negotiation }
}
/** It asks for theirs: a delayed offer. */
const asking = (): BranchMedia => ({ negotiation: newNegotiation('1') })

const unreliable = (remote: BranchAnswer['remote']): BranchAnswer => ({ kind: 'unreliable', remote })
const reliable = (remote: BranchAnswer['remote']): BranchAnswer => ({ kind: 'reliable', remote })
const success = (remote?: BranchAnswer['remote']): BranchAnswer => ({ kind: 'success', remote })

/** What came of each: the port that is talked with, `answered` where our answer goes back, or the fault. */
function run(state: BranchMedia, answers: readonly BranchAnswer[]): readonly string[] {
  return answers.map((answer) => {
    const step = hearAnswer(state, answer, ours)
    state = step.state
    if (step.fault !== undefined) return `fault ${step.fault.sentence ?? ''}`.trim()
    if (step.media === undefined) return '-'
    return `${step.media.port}${step.answers ? ' answered' : ''}`
  })
}

describe('what answers say of the media in one branch', () => {
  it.each<[string, () => BranchMedia, BranchAnswer[], string[]]>([
    ['the 2xx answers our offer', offering, [success(at(5000))], ['5000']],
    [
      'early media is heard, and the 2xx may change its mind',
      offering,
      [unreliable(at(5000)), success(at(5002))],
      ['5000', '5002'],
    ],
    [
      'the same early answer again is nothing new',
      offering,
      [unreliable(at(5000)), unreliable(at(5000))],
      ['5000', '-'],
    ],
    ['another early answer is', offering, [unreliable(at(5000)), unreliable(at(5002))], ['5000', '5002']],
    ['a ring without a description says nothing', offering, [unreliable(undefined), success(at(5000))], ['-', '5000']],
    ['an answer in the 183 alone counts', offering, [unreliable(at(5000)), success()], ['5000', '5000']],
    ['not where the 2xx brings rubbish', offering, [unreliable(at(5000)), success('unreadable')], ['5000', 'fault']],
    ['no answer at all is a fault', offering, [success()], ['fault']],
    [
      'an answer without a codec of ours is a fault',
      offering,
      [success(useless)],
      ['fault The answer has none of the codecs that were offered.'],
    ],
    [
      'one that is acknowledged holds for good (RFC 3262 §5)',
      offering,
      [reliable(at(5000)), success(at(5002))],
      ['5000', '5000'],
    ],
    [
      'and for whatever comes provisionally after it',
      offering,
      [reliable(at(5000)), reliable(at(5002)), unreliable(at(5004))],
      ['5000', '-', '-'],
    ],
    ['one that is of no use leaves it to the 2xx', offering, [reliable(useless), success(at(5002))], ['-', '5002']],
    [
      'their offer in the 2xx is answered in the ACK (RFC 3261 §13.2.1)',
      asking,
      [success(at(5000))],
      ['5000 answered'],
    ],
    [
      'their offer in a 183 that is acknowledged is answered in the PRACK',
      asking,
      [reliable(at(5000)), success()],
      ['5000 answered', '5000'],
    ],
    [
      'an offer in a 183 that is not acknowledged is none',
      asking,
      [unreliable(at(5000)), success(at(5002))],
      ['-', '5002 answered'],
    ],
    [
      'a 183 whose offer is of no use leaves it to the 2xx',
      asking,
      [reliable(useless), success(at(5002))],
      ['-', '5002 answered'],
    ],
    ['who neither offers nor answers is a fault', asking, [success()], ['fault There is no offer to answer.']],
    [
      'an offer without a codec of ours is a fault',
      asking,
      [success(useless)],
      ['fault The offer has no codec that this server knows (PCMU, PCMA).'],
    ],
  ])('%s', (_, begun, answers, expected) => {
    expect(run(begun(), answers)).toEqual(expected)
  })

  it('what an UPDATE agreed on outlasts the 2xx', () => {
    const heard = hearAnswer(offering(), reliable(at(5000)), ours)
    const agreed = { ...heard.media!, port: 6000 }
    expect(hearAnswer({ ...heard.state, agreed }, success(at(5000)), ours).media?.port).toBe(6000)
  })

  it('branches answer the same offer each by itself', () => {
    const offer = offering()
    const [one, two] = [hearAnswer(offer, success(at(5000)), ours), hearAnswer(offer, success(at(5002)), ours)]
    expect([one.media?.port, two.media?.port]).toEqual([5000, 5002])
  })
})
