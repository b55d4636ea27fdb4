import { describe, expect, it } from 'vitest'
import { refusalOfOffer, type Taking } from '../../../src/sip/user-agent/offer-comes.ts'

describe('an offer that comes in a dialog', () => {
  const up = { method: 'INVITE', state: 'confirmed', phase: 'stable', described: true } as const
  const invite: Taking = { ...up, asking: false, accepting: false }
  const update: Taking = { method: 'UPDATE', offers: true, phase: 'stable', described: true }

  it.each<[string, Taking, 491 | 500 | undefined]>([
    ['by re-INVITE is taken', invite, undefined],
    ['is refused 491 while ours by re-INVITE is under way (RFC 3261 §14.2)', { ...invite, asking: true }, 491],
    ['is refused 491 while ours has no answer', { ...invite, phase: 'offer_sent' }, 491],
    ['is refused 500 before the first INVITE is answered', { ...invite, state: 'early' }, 500],
    ['is refused 500 while our 2xx waits for its ACK', { ...invite, accepting: true }, 500],
    ['is refused 491 where both hold: ours is what it crosses', { ...invite, asking: true, accepting: true }, 491],
    ['is refused 500 where our side of the media is not known', { ...invite, described: false }, 500],
    ['by UPDATE is taken, also before the call is answered (RFC 3311 §5.2)', update, undefined],
    ['by UPDATE is refused 491 while ours has no answer', { ...update, phase: 'offer_sent' }, 491],
    ['by UPDATE is refused 500 while theirs has no answer', { ...update, phase: 'offer_received' }, 500],
    ['by UPDATE is refused 500 where our side is not known', { ...update, described: false }, 500],
    [
      'an UPDATE without one is taken whatever is under way',
      { ...update, offers: false, phase: 'offer_sent' },
      undefined,
    ],
  ])('%s', (_, taking, refusal) => {
    expect(refusalOfOffer(taking)).toBe(refusal)
  })
})
